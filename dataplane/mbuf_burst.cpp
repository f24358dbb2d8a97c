// SPDX-License-Identifier: Apache-2.0
#include "dataplane/mbuf_burst.hpp"

#include "flowtable/base/check.hpp"

#include <algorithm>

namespace dataplane {

flowtable::Bytes LinearBuffer::join(const rte_mbuf& mbuf) noexcept {
  CHECK(has_room());
  uint8_t* const start = bytes_.data() + used_;
  uint32_t length = 0;
  for (const rte_mbuf* piece = &mbuf; piece != nullptr; piece = piece->next) {
    const uint32_t part = std::min<uint32_t>(piece->data_len, kPacketBytesMax - length);
    std::copy_n(rte_pktmbuf_mtod(piece, const uint8_t*), part, start + length);
    length += part;
  }
  used_ += length;
  return {start, length};
}

}  // namespace dataplane
