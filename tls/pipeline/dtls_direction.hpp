// SPDX-License-Identifier: Apache-2.0
// The clear records of one direction of a DTLS conversation.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/pipeline/direction.hpp"
#include "tls/wire/dtls_handshake.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tls {

// What a log of datagrams holds, message by message in their order. Allocates; one thread.
class DtlsFlight {
 public:
  static constexpr size_t kFragmentsMax = 4096;
  static constexpr size_t kMessagesMax = 32;  // a handshake has less than a dozen per side

  // `log`: see flowtable/datagram_log.hpp. Borrowed.
  explicit DtlsFlight(flowtable::Bytes log);

  [[nodiscard]] Speaker speaker() const noexcept;
  // Gives every whole message, in the order of their numbers, and every alert to `out`, which is a
  // ClientDirection or a ServerDirection, and says there how the direction ends. True where
  // fragments contradicted each other.
  template <typename Direction>
  bool read(std::span<uint8_t> join_buffer, Direction& out) const;

 private:
  void take_record(ContentType type, flowtable::Bytes payload);

  std::vector<DtlsFragment> fragments_;  // by message, then as they came
  std::vector<Alert> alerts_;
  bool cipher_changed_ = false;
  bool encrypted_ = false;
};

}  // namespace tls
