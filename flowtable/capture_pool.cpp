// SPDX-License-Identifier: Apache-2.0
#include "flowtable/capture_pool.hpp"

#include "flowtable/base/check.hpp"

namespace flowtable {
HandshakeCapture* CapturePool::acquire() noexcept {
  if (free_captures_.empty()) return nullptr;
  const uint32_t slot = free_captures_.take();
  HandshakeCapture& capture = captures_[slot];
  capture = HandshakeCapture{};
  capture.pool_slot = slot;
  holdings_[slot] = Holding{};
  holdings_[slot].out = true;
  return &capture;
}

HandshakeCapture* CapturePool::at(uint32_t slot) noexcept {
  CHECK(slot < captures_.size());
  return &captures_[slot];
}

void CapturePool::start_stream(HandshakeCapture& capture, Side sender, bool client,
                               uint32_t base_seq) noexcept {
  std::array<Half, 2>& halves = holdings_[capture.pool_slot].halves;
  const Half wanted = client ? Half::client : Half::server;
  const Half left = client ? Half::server : Half::client;
  const Half half = halves[index_of(other(sender))] == wanted ? left : wanted;
  halves[index_of(sender)] = half;
  capture.streams[index_of(sender)].start(buffer_of(capture.pool_slot, half), base_seq);
}

bool CapturePool::grow(HandshakeCapture& capture) noexcept {
  Holding& holding = holdings_[capture.pool_slot];
  if (holding.large != kNone || free_large_.empty()) return false;
  holding.large = free_large_.take();
  for (const Side side : {Side::a, Side::b}) {
    const Half half = holding.halves[index_of(side)];
    if (half == Half::none) continue;
    capture.streams[index_of(side)].move_to(buffer_of(capture.pool_slot, half));
  }
  return true;
}

std::span<uint8_t> CapturePool::buffer_of(uint32_t slot, Half half) noexcept {
  const uint32_t large = holdings_[slot].large;
  if (large != kNone) {
    const size_t number = size_t{large} * 2 + (half == Half::server ? 1 : 0);
    return {large_bytes_.get() + number * options_.large_bytes, options_.large_bytes};
  }
  const size_t both = size_t{options_.small_client_bytes} + options_.small_server_bytes;
  uint8_t* const begin = small_bytes_.get() + slot * both;
  if (half == Half::client) return {begin, options_.small_client_bytes};
  return {begin + options_.small_client_bytes, options_.small_server_bytes};
}

void CapturePool::release(HandshakeCapture& capture) noexcept {
  Holding& holding = holdings_[capture.pool_slot];
  CHECK(holding.out && &capture == &captures_[capture.pool_slot]);
  if (holding.large != kNone) free_large_.give_back(holding.large);
  holding = Holding{};
  free_captures_.give_back(capture.pool_slot);
}

}  // namespace flowtable
