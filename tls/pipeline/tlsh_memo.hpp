// SPDX-License-Identifier: Apache-2.0
// TLSH of a session, as D4's sensor makes it.
#pragma once

#include "tls/pipeline/memo.hpp"
#include "tls/pipeline/observation.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tls {

// The same client at the same server gives the same text and so the same hash, which takes longer
// than all else of a session. One thread.
class TlshMemo {
 public:
  // Of JA3, JA3S and the server's certificates; empty where none of these has a text.
  [[nodiscard]] std::string of(const Observation& seen);

 private:
  static constexpr size_t kTextsMax = 4096;

  void add(std::string_view part);

  Memo<std::string> texts_{kTextsMax};
  std::vector<uint8_t> key_;
};

}  // namespace tls
