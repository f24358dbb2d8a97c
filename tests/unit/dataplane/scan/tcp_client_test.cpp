// SPDX-License-Identifier: Apache-2.0
// Our TCP against a model of a server, over a network that loses, doubles and reorders.
#include "dataplane/scan/tcp_client.hpp"

#include "dataplane/packet_decode.hpp"
#include "dataplane/segment.hpp"
#include "tests/support/packet_builder.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>

namespace dataplane {
namespace {

using flowtable::Endpoint;
using flowtable::ScanEvent;
using flowtable::ScanEventKind;
using flowtable::ScanOrder;
using flowtable::Tick;
using tests::ByteString;

constexpr Tick kBegin = flowtable::tick_from_ns(1'700'000'000'000'000'000);
constexpr auto kMs = std::chrono::milliseconds(1);

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

PacketView decode(const ByteString& frame, Tick now) {
  PacketView view;
  const FrameMeta meta{
      .tick = now, .wire_bytes = static_cast<uint32_t>(frame.size()), .hash_seed = 7};
  EXPECT_EQ(decode_packet(LinkType::ethernet, frame, meta, view), DropReason::none);
  return view;
}

class TcpClientTest : public testing::Test {
 protected:
  explicit TcpClientTest(const TcpClientLimits& limits = {.connections_max = 8})
      : client_(limits, events_, wire_, kBegin) {}

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
      now_ += 5 * kMs;
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
  TcpClient client_;
  Tick now_ = kBegin;
  ScanEventKind last_kind_ = ScanEventKind::established;
};

TEST_F(TcpClientTest, SendsItsFirstWordsWithTheAck) {
  ASSERT_TRUE(open(text("hello")));
  const auto first = sent();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->seq, 5001u);
  EXPECT_EQ(first->ack, 1000u);
  EXPECT_EQ(first->flags, TcpFlags::kAck | TcpFlags::kPsh);
  EXPECT_EQ(first->payload, text("hello"));
  EXPECT_FALSE(sent()) << "one frame";
  const auto told = event();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->kind, ScanEventKind::established);
  EXPECT_EQ(told->server, kServer);
  EXPECT_EQ(ByteString(told->bytes.begin(), told->bytes.begin() + told->size), text("hello"));
}

TEST_F(TcpClientTest, SaysNothingButAckWhereTheServerBegins) {
  ASSERT_TRUE(open());
  const auto ack = sent();
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->flags, TcpFlags::kAck);
  EXPECT_TRUE(ack->payload.empty());
  ASSERT_TRUE(hear({TcpFlags::kAck | TcpFlags::kPsh, 1000, 5001, text("220 mail\r\n"), {}}));
  EXPECT_EQ(heard(), text("220 mail\r\n"));
  EXPECT_EQ(sent()->ack, 1010u);
  client_.obey(say(text("EHLO me\r\n")), now_);
  const auto words = sent();
  EXPECT_EQ(words->payload, text("EHLO me\r\n"));
  EXPECT_EQ(words->seq, 5001u);
}

TEST_F(TcpClientTest, PutsSegmentsInOrderAndTakesEachByteOnce) {
  ASSERT_TRUE(open());
  (void)heard();
  (void)hear({TcpFlags::kAck, 1003, 5001, text("def"), {}});
  EXPECT_EQ(heard(), text(""));
  EXPECT_EQ(sent()->ack, 1000u) << "the ACK of the handshake";
  EXPECT_EQ(sent()->ack, 1000u) << "asks for what is missing";
  (void)hear({TcpFlags::kAck, 1001, 5001, text("bcd"), {}});
  (void)hear({TcpFlags::kAck, 1000, 5001, text("a"), {}});
  (void)hear({TcpFlags::kAck, 1000, 5001, text("XYZ"), {}});
  EXPECT_EQ(heard(), text("abcdef"));
}

TEST_F(TcpClientTest, SendsAgainUntilAcknowledgedWithLongerAndLongerWaits) {
  ASSERT_TRUE(open(text("hello")));
  std::vector<double> times;
  const auto note = [&] {
    while (const auto frame = sent())
      if (!frame->payload.empty())
        times.push_back(std::chrono::duration<double>(now_ - kBegin).count());
  };
  note();
  for (int i = 0; i < 800; ++i) {
    pass(5 * kMs);
    note();
  }
  ASSERT_GE(times.size(), 3u);
  EXPECT_NEAR(times[1], 1.0, 0.03);
  EXPECT_NEAR(times[2], 3.0, 0.05);
  EXPECT_TRUE(hear({TcpFlags::kAck, 1000, 5006, {}, {}}));
  times.clear();
  pass(900 * kMs);
  note();
  EXPECT_TRUE(times.empty());
}

TEST_F(TcpClientTest, LearnsTheRoundTripFromTimestamps) {
  // Our SYN left 30 ms ago, as its echo says.
  ByteString options = {1, 1, 8, 10, 0, 0, 0, 77};
  const auto echo = static_cast<uint32_t>((1'700'000'000'000 - 30) & 0xffffffff);
  for (int shift = 24; shift >= 0; shift -= 8)
    options.push_back(static_cast<uint8_t>(echo >> shift));
  ASSERT_TRUE(open(text("hello"), options));
  const auto first = sent();
  ASSERT_TRUE(first->options.timestamps);
  EXPECT_EQ(first->options.timestamps->echo, 77u);
  pass(190 * kMs);
  EXPECT_FALSE(sent());
  pass(40 * kMs);
  EXPECT_EQ(sent()->payload, text("hello")) << "after 200 ms, the least";
}

TEST_F(TcpClientTest, EndsWithFinAndWaitsForThePeers) {
  ASSERT_TRUE(open());
  (void)heard();
  (void)sent();
  client_.obey({{0, 0}, ScanOrder::Kind::close, 0, {}}, now_);
  const auto fin = sent();
  EXPECT_EQ(fin->flags, TcpFlags::kAck | TcpFlags::kFin);
  EXPECT_EQ(client_.num_connections(), 1u);
  // close_notify, then its FIN.
  (void)hear({TcpFlags::kAck, 1000, 5002, text("bye"), {}});
  (void)hear({TcpFlags::kAck | TcpFlags::kFin, 1003, 5002, {}, {}});
  EXPECT_EQ(client_.num_connections(), 0u);
  uint32_t ack = 0;
  while (const auto frame = sent()) {
    EXPECT_EQ(frame->flags & TcpFlags::kRst, 0);
    ack = frame->ack;
  }
  EXPECT_EQ(ack, 1004u);
  EXPECT_FALSE(event()) << "the worker closed it and is told nothing";
}

TEST_F(TcpClientTest, ResetsAPeerThatDoesNotLetGo) {
  ASSERT_TRUE(open());
  client_.obey({{0, 0}, ScanOrder::Kind::close, 0, {}}, now_);
  pass(1100 * kMs);
  EXPECT_EQ(client_.num_connections(), 0u);
  bool reset = false;
  while (const auto frame = sent())
    reset |= (frame->flags & TcpFlags::kRst) != 0;
  EXPECT_TRUE(reset);
}

TEST_F(TcpClientTest, TellsOfThePeersEndAfterItsBytes) {
  ASSERT_TRUE(open());
  (void)hear({TcpFlags::kAck | TcpFlags::kFin, 1003, 5001, text("def"), {}});
  EXPECT_EQ(heard(), text(""));
  (void)hear({TcpFlags::kAck, 1000, 5001, text("abc"), {}});
  EXPECT_EQ(heard(), text("abcdef"));
  EXPECT_EQ(last_kind_, ScanEventKind::peer_closed);
  EXPECT_EQ(client_.counters().get(ScanCounter::peers_closed), 1u);
  (void)hear({TcpFlags::kAck, 1007, 5002, {}, {}});
  EXPECT_EQ(client_.num_connections(), 0u);
}

TEST_F(TcpClientTest, BelievesOnlyTheExactReset) {
  ASSERT_TRUE(open());
  (void)hear({TcpFlags::kRst, 1001, 0, {}, {}});
  (void)hear({TcpFlags::kRst, 999, 0, {}, {}});
  EXPECT_EQ(client_.num_connections(), 1u);
  EXPECT_EQ(client_.counters().get(ScanCounter::challenges_answered), 1u);
  EXPECT_EQ(client_.counters().get(ScanCounter::segments_outside), 1u);
  (void)heard();
  (void)hear({TcpFlags::kRst, 1000, 0, {}, {}});
  (void)heard();
  EXPECT_EQ(last_kind_, ScanEventKind::peer_reset);
  EXPECT_EQ(client_.counters().get(ScanCounter::peers_reset), 1u);
  EXPECT_EQ(client_.num_connections(), 0u);
}

TEST_F(TcpClientTest, IgnoresAcknowledgementsOfWhatWasNeverSent) {
  ASSERT_TRUE(open(text("hello")));
  (void)heard();
  (void)hear({TcpFlags::kAck, 1000, 5007, text("forged"), {}});
  (void)hear({TcpFlags::kAck, 1000, 5001 - 5000, text("forged"), {}});
  EXPECT_EQ(heard(), text(""));
  EXPECT_EQ(client_.counters().get(ScanCounter::segments_outside), 2u);
}

TEST_F(TcpClientTest, EndsSilenceAndTarpits) {
  ASSERT_TRUE(open());
  pass(std::chrono::milliseconds(5100));
  (void)heard();
  EXPECT_EQ(last_kind_, ScanEventKind::timed_out);
  EXPECT_EQ(client_.num_connections(), 0u);
  // A byte a second is no silence, but there is an end to it.
  ASSERT_TRUE(open());
  for (uint32_t second = 0; second < 30; ++second) {
    (void)hear({TcpFlags::kAck, 1000 + second, 5001, text("."), {}});
    pass(std::chrono::seconds(1));
  }
  EXPECT_NEAR(static_cast<double>(heard().size()), 20, 1);
  EXPECT_EQ(last_kind_, ScanEventKind::timed_out);
  EXPECT_EQ(client_.num_connections(), 0u);
  EXPECT_EQ(client_.counters().get(ScanCounter::connections_timed_out), 2u);
}

TEST_F(TcpClientTest, EndsPeersThatNeverEnd) {
  ASSERT_TRUE(open());
  uint32_t seq = 1000;
  for (int i = 0; i < 300 && client_.num_connections() == 1; ++i) {
    (void)hear({TcpFlags::kAck, seq, 5001, ByteString(1400, 'x'), {}});
    seq += 1400;
    (void)heard();
  }
  EXPECT_EQ(last_kind_, ScanEventKind::too_much);
  EXPECT_EQ(client_.num_connections(), 0u);
  EXPECT_EQ(client_.counters().get(ScanCounter::connections_too_much), 1u);
}

TEST_F(TcpClientTest, RefusesMoreConnectionsThanSlots) {
  for (uint16_t i = 0; i < 8; ++i)
    EXPECT_TRUE(open({}, {}, static_cast<uint16_t>(40'000 + i)));
  EXPECT_FALSE(open({}, {}, 40'100));
  EXPECT_EQ(client_.counters().get(ScanCounter::connections_full), 1u);
  EXPECT_EQ(client_.counters().get(ScanCounter::connections_opened), 8u);
}

TEST_F(TcpClientTest, WaitsForRoomInTheWorkersRing) {
  ASSERT_TRUE(open());
  (void)heard();
  ByteString all;
  uint32_t seq = 1000;
  for (int i = 0; i < 80; ++i) {
    const ByteString part(100, static_cast<uint8_t>(i));
    all.insert(all.end(), part.begin(), part.end());
    (void)hear({TcpFlags::kAck, seq, 5001, part, {}});
    seq += 100;
  }
  EXPECT_GT(client_.counters().get(ScanCounter::events_full), 0u);
  ByteString got = heard();
  EXPECT_LT(got.size(), all.size());
  pass(50 * kMs);
  const ByteString rest = heard();
  got.insert(got.end(), rest.begin(), rest.end());
  EXPECT_EQ(got, all);
}

TEST_F(TcpClientTest, TellsTheEndWhenThereIsRoomForIt) {
  ASSERT_TRUE(open());
  for (uint32_t i = 0; i < 80; ++i)
    (void)hear({TcpFlags::kAck, 1000 + i, 5001, text("."), {}});
  (void)hear({TcpFlags::kRst, 1063, 0, {}, {}});
  EXPECT_EQ(client_.num_connections(), 1u);
  (void)heard();
  pass(50 * kMs);
  (void)heard();
  EXPECT_EQ(last_kind_, ScanEventKind::peer_reset);
  EXPECT_EQ(client_.num_connections(), 0u);
}

TEST_F(TcpClientTest, OrdersForOthersDoNothing) {
  ASSERT_TRUE(open());
  client_.obey(say(text("x"), 1), now_);
  client_.obey({{77, 0}, ScanOrder::Kind::close, 0, {}}, now_);
  EXPECT_EQ(client_.counters().get(ScanCounter::orders_stale), 2u);
  (void)heard();
  client_.obey(say(ByteString(1200, 'a')), now_);
  client_.obey(say(ByteString(1200, 'b')), now_);
  EXPECT_EQ(client_.counters().get(ScanCounter::orders_too_long), 1u);
  (void)heard();
  EXPECT_EQ(last_kind_, ScanEventKind::too_much);
}

TEST_F(TcpClientTest, SendsAgainWhatHadNoRoom) {
  wire_.blocked = true;
  ASSERT_TRUE(open(text("hello")));
  EXPECT_EQ(client_.counters().get(ScanCounter::segments_unsent), 1u);
  wire_.blocked = false;
  pass(1100 * kMs);
  EXPECT_EQ(sent()->payload, text("hello"));
  EXPECT_EQ(client_.counters().get(ScanCounter::segments_resent), 1u);
  EXPECT_EQ(client_.counters().get(ScanCounter::segments_sent), 1u);
}

// ---- a server that talks over a bad line

class ModelServer {
 public:
  ModelServer(uint32_t seed, size_t answer_bytes) : random_(seed) {
    for (size_t i = 0; i < answer_bytes; ++i)
      answer_.push_back(static_cast<uint8_t>(random_()));
  }
  const ByteString& answer() const { return answer_; }
  const ByteString& asked() const { return asked_; }

  // Takes one segment of the client's.
  void take(uint32_t seq, uint32_t ack, const ByteString& payload) {
    if (seq == 5001 + asked_.size()) asked_.insert(asked_.end(), payload.begin(), payload.end());
    acknowledged_ = std::max(acknowledged_, ack - 1000);
  }
  // Some segment that is not acknowledged yet, of any size.
  struct Part {
    uint32_t at;
    ByteString bytes;
  };
  std::optional<Part> part(size_t window) {
    if (acknowledged_ >= answer_.size()) return std::nullopt;
    const size_t room = std::min(answer_.size() - acknowledged_, window);
    if (room == 0) return std::nullopt;
    const size_t ahead = random_() % 3 == 0 ? 0 : random_() % std::min<size_t>(room, 4000);
    const size_t at = acknowledged_ + ahead;
    const size_t size = std::min<size_t>(1 + random_() % 1400, acknowledged_ + room - at);
    return Part{static_cast<uint32_t>(at),
                ByteString(answer_.begin() + static_cast<ptrdiff_t>(at),
                           answer_.begin() + static_cast<ptrdiff_t>(at + size))};
  }

 private:
  std::mt19937 random_;
  ByteString answer_;
  ByteString asked_;
  uint32_t acknowledged_ = 0;
};

TEST_F(TcpClientTest, CarriesBothDirectionsOverABadLine) {
  for (uint32_t seed = 1; seed <= 60; ++seed) {
    std::mt19937 random(seed);
    ModelServer server(seed, 1000 + random() % 60'000);
    const ByteString question(300 + random() % 900, static_cast<uint8_t>(seed));
    ASSERT_TRUE(open(question));
    ByteString got;
    size_t window = 1000;
    const auto lost = [&] { return random() % 100 < 12; };
    const auto done = [&] { return got == server.answer() && server.asked() == question; };
    for (int step = 0; step < 19'000 && !done(); ++step) {
      now_ += kMs;
      while (const auto frame = sent()) {
        if (lost()) continue;
        server.take(frame->seq, frame->ack, frame->payload);
        window = frame->window;
      }
      const auto asked = static_cast<uint32_t>(server.asked().size());
      if (const auto part = server.part(window); part && !lost()) {
        (void)hear({TcpFlags::kAck, 1000 + part->at, 5001 + asked, part->bytes, {}});
      } else if (!part && !lost()) {
        const auto end = static_cast<uint32_t>(server.answer().size());
        (void)hear({TcpFlags::kAck, 1000 + end, 5001 + asked, {}, {}});
      }
      client_.finish_burst(now_);
      const ByteString more = heard();
      got.insert(got.end(), more.begin(), more.end());
    }
    ASSERT_EQ(got, server.answer()) << seed;
    ASSERT_EQ(server.asked(), question) << seed;
    // Whoever has slot and generation closes; then it is free again.
    for (uint32_t generation = 0; generation < 1000; ++generation)
      client_.obey({{0, generation}, ScanOrder::Kind::close, 0, {}}, now_);
    pass(std::chrono::seconds(2));
    ASSERT_EQ(client_.num_connections(), 0u) << seed;
    wire_.sent.clear();
    (void)heard();
  }
}

}  // namespace
}  // namespace dataplane
