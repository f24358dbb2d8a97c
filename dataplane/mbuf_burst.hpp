// SPDX-License-Identifier: Apache-2.0
// Packets of one loop, their bytes in one piece, and packets made of bytes.
#pragma once

#include "dataplane/linear_buffer.hpp"
#include "flowtable/base/byte_reader.hpp"

#include <rte_mbuf.h>

#include <array>
#include <cstdint>
#include <span>

namespace dataplane {

// Up to kMax mbufs that are freed together. Belongs to one poll core; an mbuf that is passed on to
// another core leaves the burst by take().
class MbufBurst {
 public:
  static constexpr uint16_t kMax = 64;

  MbufBurst() noexcept = default;
  ~MbufBurst() { free_all(); }
  MbufBurst(const MbufBurst&) = delete;
  MbufBurst& operator=(const MbufBurst&) = delete;

  [[nodiscard]] uint16_t size() const noexcept { return size_; }
  [[nodiscard]] bool full() const noexcept { return size_ == kMax; }
  [[nodiscard]] rte_mbuf* operator[](size_t i) const noexcept { return mbufs_[i]; }
  void add(rte_mbuf* mbuf) noexcept { mbufs_[size_++] = mbuf; }
  void free_all() noexcept {
    if (size_ == 0) return;
    if (are_plain()) {
      void* const objects = mbufs_.data();
      rte_mempool_put_bulk(mbufs_[0]->pool, static_cast<void* const*>(objects), size_);
    } else {
      rte_pktmbuf_free_bulk(mbufs_.data(), size_);
    }
    size_ = 0;
  }

 private:
  // Of one pool and of one piece each, whose bytes and owner they alone are. Such an mbuf goes back
  // as it is; rte_pktmbuf_free_bulk() would look for a next piece, in the mbuf's second line, which
  // nobody else has touched here.
  [[nodiscard]] bool are_plain() const noexcept {
    bool plain = true;
    for (uint16_t i = 0; i < size_; ++i) {
      rte_mbuf* const mbuf = mbufs_[i];
      plain &= mbuf->pool == mbufs_[0]->pool && mbuf->nb_segs == 1 && RTE_MBUF_DIRECT(mbuf) &&
               rte_mbuf_refcnt_read(mbuf) == 1;
    }
    return plain;
  }

  std::array<rte_mbuf*, kMax> mbufs_{};
  uint16_t size_ = 0;
};

// The packet's bytes: in place where they are in one piece, else copied into `room` (which has
// room), cut off at LinearBuffer::kPacketBytesMax.
[[nodiscard]] flowtable::Bytes join_pieces(const rte_mbuf& mbuf, LinearBuffer& room) noexcept;
[[nodiscard]] inline flowtable::Bytes bytes_of(const rte_mbuf& mbuf, LinearBuffer& room) noexcept {
  if (mbuf.nb_segs == 1) return {rte_pktmbuf_mtod(&mbuf, const uint8_t*), mbuf.data_len};
  return join_pieces(mbuf, room);
}

// A packet of these bytes, in as many mbufs of `pool` as it takes; null where it has too few.
[[nodiscard]] rte_mbuf* make_packet(rte_mempool& pool, flowtable::Bytes bytes) noexcept;

}  // namespace dataplane
