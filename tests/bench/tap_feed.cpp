// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/tap_feed.hpp"

#include "flowtable/base/big_endian.hpp"

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

namespace bench {
namespace {

constexpr size_t kSeqAt = 14 + 20 + 4;

workload::Settings long_flows(const TapFeed::Options& options) {
  return {.flows = options.flows,
          .tls_per_mille = options.plain ? 0u : 1000u,
          .data_packets = 4,
          .data_bytes = options.payload_bytes,
          .endless = true,
          .seed = 1};
}

// Numbered far from the long ones, so that no two conversations have the same ends.
workload::Settings short_sessions() {
  return {.flows = 256, .data_packets = 4, .seed = 2, .first_number = uint64_t{1} << 32};
}

// As many as a card's descriptors would hold.
std::unique_ptr<dataplane::MbufPool> make_pool() {
  static unsigned number = 0;
  auto pool = dataplane::MbufPool::create({.name = "tap_feed_" + std::to_string(++number),
                                           .mbufs = 8191,
                                           .buffer_bytes = 2048,
                                           .cache = 512});
  if (!pool) throw std::runtime_error(pool.error().message);
  return std::move(pool).value();
}

}  // namespace

TapFeed::TapFeed(const Options& options, const std::vector<workload::Script>& scripts,
                 uint16_t port)
    : options_(options), flows_(long_flows(options), scripts), port_(port), pool_(make_pool()) {
  if (options.handshake_percent > 0)
    sessions_ = std::make_unique<workload::Conversations>(short_sessions(), scripts);
}

void TapFeed::open_flows() {
  std::array<rte_mbuf*, kBurst> mbufs;
  workload::Frame frame;
  bool opening = true;
  images_.reserve(options_.flows);
  while (images_.size() < options_.flows) {
    take_mbufs(mbufs);
    for (rte_mbuf* mbuf : mbufs) {
      opening = opening && flows_.next_opening(frame);
      if (!opening) flows_.next(frame);
      write(frame, *mbuf);
      if (!opening && images_.size() < options_.flows)
        images_.push_back({frame.header, static_cast<uint16_t>(frame.payload.size())});
    }
    send(mbufs);
  }
}

void TapFeed::send_data(uint64_t packets) {
  send_among(packets, [this](uint64_t number, workload::Frame& frame) {
    const bool of_session = sessions_ && number % 100 < options_.handshake_percent;
    if (of_session) sessions_->next(frame);
    return of_session;
  });
}

void TapFeed::send_flood(uint64_t packets) {
  send_among(packets, [this](uint64_t number, workload::Frame& frame) {
    const bool of_flood = number % 2 == 0;
    if (of_flood) flood_.next(frame);
    return of_flood;
  });
}

template <typename Other>
void TapFeed::send_among(uint64_t packets, Other&& other) {
  std::array<rte_mbuf*, kBurst> mbufs;
  workload::Frame frame;
  for (uint64_t out = 0; out < packets; out += kBurst) {
    take_mbufs(mbufs);
    for (size_t i = 0; i < kBurst; ++i) {
      if (other(out + i, frame)) {
        write(frame, *mbufs[i]);
      } else {
        write_image(*mbufs[i]);
      }
    }
    send(mbufs);
  }
}

uint64_t TapFeed::sessions_said() const noexcept {
  return flows_.tally().tls_said + (sessions_ ? sessions_->tally().tls_said : 0);
}

void TapFeed::write(const workload::Frame& frame, rte_mbuf& mbuf) const {
  auto* const bytes = rte_pktmbuf_mtod(&mbuf, uint8_t*);
  std::copy(frame.header.begin(), frame.header.end(), bytes);
  // Nobody looks at filler, so whatever lies there is as good.
  if (!frame.filler && !frame.payload.empty())
    std::memcpy(bytes + frame.header.size(), frame.payload.data(), frame.payload.size());
  mbuf.data_len = static_cast<uint16_t>(frame.size());
  mbuf.pkt_len = mbuf.data_len;
}

void TapFeed::write_image(rte_mbuf& mbuf) {
  Image& image = images_[next_image_];
  if (++next_image_ == images_.size()) next_image_ = 0;
  __builtin_prefetch(&images_[std::min(next_image_ + 8, images_.size() - 1)], 1);
  auto* const bytes = rte_pktmbuf_mtod(&mbuf, uint8_t*);
  std::memcpy(bytes, image.header.data(), image.header.size());
  mbuf.data_len = static_cast<uint16_t>(image.header.size() + image.payload_bytes);
  mbuf.pkt_len = mbuf.data_len;
  uint8_t* const seq = image.header.data() + kSeqAt;
  flowtable::store_be32(seq, flowtable::load_be32(seq) + image.payload_bytes);
}

void TapFeed::take_mbufs(std::array<rte_mbuf*, kBurst>& out) {
  while (rte_pktmbuf_alloc_bulk(pool_->get(), out.data(), kBurst) != 0)
    rte_pause();  // the core has them all
}

void TapFeed::send(std::array<rte_mbuf*, kBurst>& mbufs) {
  uint16_t out = rte_eth_tx_burst(port_, 0, mbufs.data(), kBurst);
  ++bursts_;
  if (out < kBurst) ++full_;
  while (out < kBurst) {
    rte_pause();
    out = static_cast<uint16_t>(
        out + rte_eth_tx_burst(port_, 0, mbufs.data() + out, static_cast<uint16_t>(kBurst - out)));
  }
  sent_ += kBurst;
}

}  // namespace bench
