// SPDX-License-Identifier: Apache-2.0
// What the name of a segment's file says.
#pragma once

#include "control/spool/spool_point.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace control {

// How far a complete segment goes.
struct SealedExtent {
  int64_t last = 0;
  SpoolLoad before;  // of the epoch's records before it
  SpoolLoad load;    // its own
};

// `EPOCH-FIRST.open` while it is written; complete, all that is needed to count it without reading:
// `EPOCH-FIRST-LAST.rROWS+OWN.sROWS+OWN.aROWS+OWN.sealed`, where ROWS is the epoch's sum before it
// and OWN its own load. `EPOCH+FIRST` is a segment whose records lean on the one before it: it is
// dropped along with that.
struct SegmentName {
  int64_t epoch = 0;
  int64_t first = 0;
  bool continues = false;
  std::optional<SealedExtent> sealed;

  [[nodiscard]] SpoolPoint begin() const noexcept;  // of a sealed one
  [[nodiscard]] SpoolPoint end() const noexcept;
};

[[nodiscard]] std::string text_of(const SegmentName& name);
// nullopt where it is none that text_of() writes.
[[nodiscard]] std::optional<SegmentName> parse_segment_name(std::string_view text);

}  // namespace control
