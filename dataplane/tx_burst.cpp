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
  if (num_fresh_ != 0) rte_pktmbuf_free_bulk(fresh_.data(), num_fresh_);
}

std::span<uint8_t> TxBurst::room() noexcept {
  if (count_ == kFramesMax) flush();
  if (count_ == kFramesMax) return {};
  if (num_fresh_ == 0 && !take_fresh()) {
    counters_.add(PollCounter::tx_no_mbuf);
    return {};
  }
  rte_mbuf* const next = fresh_[num_fresh_ - 1];
  return {rte_pktmbuf_mtod(next, uint8_t*), rte_pktmbuf_tailroom(next)};
}

// A whole burst, or what is left where that is less.
bool TxBurst::take_fresh() noexcept {
  for (uint16_t wanted = kFramesMax; wanted > 0; wanted = static_cast<uint16_t>(wanted / 2)) {
    if (rte_pktmbuf_alloc_bulk(place_.pool, fresh_.data(), wanted) != 0) continue;
    num_fresh_ = wanted;
    return true;
  }
  return false;
}

void TxBurst::send(size_t length) noexcept {
  rte_mbuf* const sent = fresh_[--num_fresh_];
  sent->data_len = static_cast<uint16_t>(length);
  sent->pkt_len = static_cast<uint32_t>(length);
  frames_[count_++] = sent;
  bytes_ += length;
}

void TxBurst::flush() noexcept {
  if (count_ == 0) return;
  const uint16_t sent = rte_eth_tx_burst(place_.port, place_.queue, frames_.data(), count_);
  uint64_t left = 0;
  for (uint16_t i = sent; i < count_; ++i)
    left += frames_[i]->pkt_len;
  counters_.add(PollCounter::tx_packets, sent);
  counters_.add(PollCounter::tx_bytes, bytes_ - left);
  bytes_ = left;
  if (sent < count_) counters_.add(PollCounter::tx_full);
  std::copy(frames_.begin() + sent, frames_.begin() + count_, frames_.begin());
  count_ = static_cast<uint16_t>(count_ - sent);
}

}  // namespace dataplane
