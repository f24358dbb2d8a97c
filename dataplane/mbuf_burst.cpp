// SPDX-License-Identifier: Apache-2.0
#include "dataplane/mbuf_burst.hpp"

#include <algorithm>

namespace dataplane {

flowtable::Bytes join_pieces(const rte_mbuf& mbuf, LinearBuffer& room) noexcept {
  const std::span<uint8_t> out = room.room();
  size_t length = 0;
  for (const rte_mbuf* piece = &mbuf; piece != nullptr; piece = piece->next) {
    const size_t part = std::min<size_t>(piece->data_len, out.size() - length);
    std::copy_n(rte_pktmbuf_mtod(piece, const uint8_t*), part, out.data() + length);
    length += part;
  }
  room.keep(length);
  return out.first(length);
}

rte_mbuf* make_packet(rte_mempool& pool, flowtable::Bytes bytes) noexcept {
  rte_mbuf* const first = rte_pktmbuf_alloc(&pool);
  if (first == nullptr) return nullptr;
  for (rte_mbuf* piece = first;;) {
    const auto part =
        static_cast<uint16_t>(std::min<size_t>(bytes.size(), rte_pktmbuf_tailroom(piece)));
    std::copy_n(bytes.data(), part, rte_pktmbuf_mtod(piece, uint8_t*));
    piece->data_len = part;
    first->pkt_len += part;
    bytes = bytes.subspan(part);
    if (bytes.empty()) return first;
    piece->next = rte_pktmbuf_alloc(&pool);
    if (piece->next == nullptr) {
      rte_mbuf* all = first;
      rte_pktmbuf_free_bulk(&all, 1);
      return nullptr;
    }
    piece = piece->next;
    ++first->nb_segs;
  }
}

}  // namespace dataplane
