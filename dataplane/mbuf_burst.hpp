// SPDX-License-Identifier: Apache-2.0
// Packets of one loop, and their bytes in one piece.
#pragma once

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
    if (size_ != 0) rte_pktmbuf_free_bulk(mbufs_.data(), size_);
    size_ = 0;
  }

 private:
  std::array<rte_mbuf*, kMax> mbufs_{};
  uint16_t size_ = 0;
};

// Room for packets that came in several pieces. One per poll core; a packet's bytes stay until
// clear().
class LinearBuffer {
 public:
  // More than the longest packet that a device can make of pieces: an mbuf says 32 bits, a frame
  // has at most 64 KiB and a few headers.
  static constexpr uint32_t kPacketBytesMax = 68 * 1024;
  static constexpr uint32_t kBytes = 4 * kPacketBytesMax;

  // Does not touch the memory: it is used only where packets do come in pieces.
  LinearBuffer() noexcept {}

  void clear() noexcept { used_ = 0; }
  // True where any packet that bytes_of() may be asked about still has room.
  [[nodiscard]] bool has_room() const noexcept { return kBytes - used_ >= kPacketBytesMax; }

  // The packet's bytes: in place where they are in one piece, else copied here, cut off at
  // kPacketBytesMax.
  [[nodiscard]] flowtable::Bytes bytes_of(const rte_mbuf& mbuf) noexcept {
    if (mbuf.nb_segs == 1) return {rte_pktmbuf_mtod(&mbuf, const uint8_t*), mbuf.data_len};
    return join(mbuf);
  }

 private:
  [[nodiscard]] flowtable::Bytes join(const rte_mbuf& mbuf) noexcept;

  std::array<uint8_t, kBytes> bytes_;
  uint32_t used_ = 0;
};

}  // namespace dataplane
