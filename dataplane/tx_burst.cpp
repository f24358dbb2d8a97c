// SPDX-License-Identifier: Apache-2.0
#include "dataplane/tx_burst.hpp"

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <algorithm>

namespace dataplane {

TxBurst::TxBurst(const Place& place, PollCounters& counters) noexcept
    : place_(place), counters_(counters) {}

TxBurst::~TxBurst() {
  if (count_ != 0) rte_pktmbuf_free_bulk(frames_.data(), count_);
  if (next_ != nullptr) rte_pktmbuf_free_bulk(&next_, 1);
}

std::span<uint8_t> TxBurst::room() noexcept {
  if (count_ == kFramesMax) flush();
  if (count_ == kFramesMax) return {};
  if (next_ == nullptr) next_ = rte_pktmbuf_alloc(place_.pool);
  if (next_ == nullptr) {
    counters_.add(PollCounter::tx_no_mbuf);
    return {};
  }
  return {rte_pktmbuf_mtod(next_, uint8_t*), rte_pktmbuf_tailroom(next_)};
}

void TxBurst::send(size_t length) noexcept {
  next_->data_len = static_cast<uint16_t>(length);
  next_->pkt_len = static_cast<uint32_t>(length);
  frames_[count_++] = next_;
  next_ = nullptr;
}

void TxBurst::flush() noexcept {
  if (count_ == 0) return;
  uint64_t bytes = 0;
  std::array<uint32_t, kFramesMax> lengths;
  for (uint16_t i = 0; i < count_; ++i)
    lengths[i] = frames_[i]->pkt_len;
  const uint16_t sent = rte_eth_tx_burst(place_.port, place_.queue, frames_.data(), count_);
  for (uint16_t i = 0; i < sent; ++i)
    bytes += lengths[i];
  counters_.add(PollCounter::tx_packets, sent);
  counters_.add(PollCounter::tx_bytes, bytes);
  if (sent < count_) counters_.add(PollCounter::tx_full);
  std::copy(frames_.begin() + sent, frames_.begin() + count_, frames_.begin());
  count_ = static_cast<uint16_t>(count_ - sent);
}

}  // namespace dataplane
