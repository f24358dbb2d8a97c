// SPDX-License-Identifier: Apache-2.0
// Our TCP on a wire of which each frame is seen.
#pragma once

#include "dataplane/packet_decode.hpp"
#include "dataplane/scan/tcp_client.hpp"
#include "tests/support/packet_builder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <string_view>

namespace dataplane {

using flowtable::Endpoint;
using flowtable::ScanEvent;
using flowtable::ScanEventKind;
using flowtable::ScanOrder;
using flowtable::Tick;
using tests::ByteString;

inline constexpr Tick kBegin = flowtable::tick_from_ns(1'700'000'000'000'000'000);
inline constexpr auto kMillisecond = std::chrono::milliseconds(1);

class Wire : public FrameSink {
 public:
  std::span<uint8_t> room() noexcept override {
    if (blocked) return {};
    return room_;
  }
  void send(size_t length) noexcept override {
    sent.emplace_back(room_.begin(), room_.begin() + static_cast<ptrdiff_t>(length));
  }
  std::deque<ByteString> sent;
  bool blocked = false;

 private:
  std::array<uint8_t, 2048> room_{};
};

inline PacketView decode(const ByteString& frame, Tick now) {
  PacketView view;
  const FrameMeta meta{
      .tick = now, .wire_bytes = static_cast<uint32_t>(frame.size()), .hash_seed = 7};
  EXPECT_EQ(decode_packet(LinkType::ethernet, frame, meta, view), DropReason::none);
  return view;
}

class TcpClientTest : public testing::Test {
 protected:
  explicit TcpClientTest(const TcpClientLimits& limits = {.connections_max = 8})
      : client_(limits, {events_, wire_, queue_, counters_, 1460, 3, 7}, kBegin) {}

  // What the server sends next, as the client's core sees it.
  struct Say {
    uint8_t flags = TcpFlags::kAck;
    uint32_t seq = 0;
    uint32_t ack = 0;
    ByteString payload;
    ByteString options;
  };
  ByteString frame(const Say& say, uint16_t ours = 40'000) const {
    return tests::PacketBuilder(kServer, tests::v4(1, ours))
        .tcp(say.flags, say.seq, say.ack)
        .tcp_options(say.options)
        .payload(say.payload)
        .build();
  }
  bool hear(const Say& say) {
    const ByteString bytes = frame(say);
    const PacketView view = decode(bytes, now_);
    const bool ours = client_.accept(view);
    client_.finish_burst(now_);
    return ours;
  }
  bool open(ByteString first_words = {}, ByteString options = {}, uint16_t ours = 40'000) {
    const ByteString bytes = frame({TcpFlags::kSyn | TcpFlags::kAck, 999, 5001, {}, options}, ours);
    const bool opened = client_.open(decode(bytes, now_), {}, first_words);
    client_.finish_burst(now_);
    return opened;
  }
  void pass(flowtable::TickSpan time) {
    for (const Tick end = now_ + time; now_ < end;) {
      now_ += 5 * kMillisecond;
      client_.finish_burst(now_);
    }
  }
  // The oldest frame that was sent.
  struct Sent {
    uint32_t seq = 0, ack = 0;
    uint8_t flags = 0;
    uint16_t window = 0;
    ByteString payload;
    TcpOptions options;
  };
  std::optional<Sent> sent() {
    if (wire_.sent.empty()) return std::nullopt;
    const ByteString bytes = wire_.sent.front();
    wire_.sent.pop_front();
    const PacketView view = decode(bytes, now_);
    return Sent{view.seq,
                view.ack,
                view.tcp_flags,
                view.window,
                ByteString(view.payload.begin(), view.payload.end()),
                read_tcp_options(view.tcp_options)};
  }
  std::optional<ScanEvent> event() {
    std::array<ScanEvent, 1> one;
    if (events_.pop(one) == 0) return std::nullopt;
    return one[0];
  }
  ByteString heard() {
    ByteString out;
    for (std::optional<ScanEvent> next; (next = event());) {
      if (next->kind == ScanEventKind::heard)
        out.insert(out.end(), next->bytes.begin(), next->bytes.begin() + next->size);
      last_kind_ = next->kind;
    }
    return out;
  }
  ScanOrder say(const ByteString& words, uint32_t generation = 0) {
    ScanOrder order;
    order.connection = {0, generation};
    order.kind = ScanOrder::Kind::send;
    order.size = static_cast<uint16_t>(words.size());
    std::ranges::copy(words, order.bytes.begin());
    return order;
  }
  static ByteString text(std::string_view words) { return tests::text(words); }

  const Endpoint kServer = tests::v4(2, 443);
  Wire wire_;
  TcpClient::EventRing events_{64};
  // Dials that wait for their turn, which a test gives them.
  class Queue : public DialQueue {
   public:
    void ask(uint32_t slot, const flowtable::IpAddress&, Tick) noexcept override {
      waiting.push_back(slot);
    }
    void withdraw(uint32_t slot) noexcept override { std::erase(waiting, slot); }
    std::vector<uint32_t> waiting;
  };
  Queue queue_;
  ScanCounters counters_;
  TcpClient client_;
  Tick now_ = kBegin;
  ScanEventKind last_kind_ = ScanEventKind::established;
};

}  // namespace dataplane
