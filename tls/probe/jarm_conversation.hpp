// SPDX-License-Identifier: Apache-2.0
// One of the ten connections of a JARM.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/probe/client_hello_builder.hpp"
#include "tls/probe/step.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace tls::probe {

// The reference reads once: what is heard first is all that counts, however it was cut, and then it
// is over. One thread at a time.
class JarmConversation {
 public:
  explicit JarmConversation(const HelloDescription& hello)
      : first_flight_(client_hello_record(hello)) {}

  [[nodiscard]] const std::vector<uint8_t>& first_flight() const noexcept { return first_flight_; }
  [[nodiscard]] Step heard(flowtable::Bytes bytes) {
    if (!finished_) first_segment_.assign(bytes.begin(), bytes.end());
    finished_ = true;
    return {Step::Kind::finished, {}};
  }
  void ended(PeerEnd end) noexcept {
    if (!finished_) end_ = end;
    finished_ = true;
  }
  [[nodiscard]] bool finished() const noexcept { return finished_; }
  // Empty where the server said nothing.
  [[nodiscard]] flowtable::Bytes first_segment() const noexcept { return first_segment_; }
  [[nodiscard]] bool timed_out() const noexcept { return end_ == PeerEnd::timed_out; }

 private:
  std::vector<uint8_t> first_flight_;
  std::vector<uint8_t> first_segment_;
  std::optional<PeerEnd> end_;
  bool finished_ = false;
};

}  // namespace tls::probe
