// SPDX-License-Identifier: Apache-2.0
// Pieces of a byte stream that come in datagrams: late, again, overlapping, in any order.
#pragma once

#include "flowtable/base/byte_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace tls::probe {

// Of a DTLS message's fragments (RFC 6347 section 4.2.3) or a QUIC CRYPTO stream (RFC 9000 section
// 19.6). Unlike tls::MessageAssembler it takes memory as bytes come, not for what was announced:
// a worker has thousands of conversations. Where pieces overlap the bytes that came in order first
// count. One thread at a time.
class ArrivedPieces {
 public:
  // Of pieces behind a gap. More are passed over: the sender says them again.
  static constexpr size_t kWaitingMax = 256;
  static constexpr size_t kWaitingBytesMax = 128 * 1024;

  void add(uint64_t offset, flowtable::Bytes piece);
  // The bytes from offset 0 to the first gap; valid until the next add().
  [[nodiscard]] flowtable::Bytes in_order() const noexcept { return in_order_; }

 private:
  void append(uint64_t offset, flowtable::Bytes piece);

  std::vector<uint8_t> in_order_;
  std::map<uint64_t, std::vector<uint8_t>> waiting_;  // by offset
  size_t num_waiting_bytes_ = 0;
};

}  // namespace tls::probe
