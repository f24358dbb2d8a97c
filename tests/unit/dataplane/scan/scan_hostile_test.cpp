// SPDX-License-Identifier: Apache-2.0
// Forgers, broken networks, workers that do not listen, and more answers than there is room for.
#include "tests/unit/dataplane/scan/scan_lab.hpp"

#include <gtest/gtest.h>

namespace dataplane {
namespace {

// Three targets behind the gateway; the scan waits for them for a while.
class ScanHostile : public testing::Test {
 protected:
  void begin() {
    for (const Endpoint& each : {first_, second_, third_})
      lab_.set(each, ScanLab::Host::silent);
    lab_.begin({.ranges = {AddressRange::of_prefix(first_.address, 127),
                           AddressRange::of_prefix(third_.address, 128)},
                .attempts = 1});
    lab_.pass(100 * kMs);
    ASSERT_EQ(lab_.syns().size(), 3u);
  }
  // The answer to the SYN that `server` got.
  OwnSegment answer(const Endpoint& server, uint8_t flags) {
    OwnSegment out;
    for (const ScanLab::Sent& each : lab_.syns()) {
      if (each.packet.key.endpoint(other(each.packet.sender)) != server) continue;
      out.from = server;
      out.to = each.packet.key.endpoint(each.packet.sender);
      out.seq = 999;
      out.ack = each.packet.seq + 1;
      out.flags = flags;
      out.window = 1000;
    }
    return out;
  }
  ByteString frame_of(const OwnSegment& segment) {
    ByteString frame(1600);
    frame.resize(write_segment(lab_.to_us(segment.from.address), segment, frame));
    return frame;
  }
  void hear(const OwnSegment& segment) {
    lab_.deliver(frame_of(segment));
    lab_.round();
  }
  uint64_t count(ScanCounter counter) const { return lab_.count(counter); }

  static constexpr uint8_t kSynAck = TcpFlags::kSyn | TcpFlags::kAck;
  static constexpr uint8_t kRstAck = TcpFlags::kRst | TcpFlags::kAck;
  const Endpoint first_{ip4(10, 1, 0, 4), 443};
  const Endpoint second_{ip4(10, 1, 0, 5), 443};
  const Endpoint third_{ip4(10, 1, 0, 6), 443};
  ScanLab lab_;
};

TEST_F(ScanHostile, ForgedAnswersAreNobodys) {
  begin();
  OwnSegment forged = answer(first_, kSynAck);
  ++forged.ack;
  hear(forged);
  forged = answer(first_, kRstAck);
  forged.to.port ^= 1;
  hear(forged);
  forged = answer(first_, kSynAck);
  forged.from = second_;  // somebody else's number
  hear(forged);
  forged.from = {ip4(10, 7, 7, 7), 443};  // of whom nobody asked
  hear(forged);
  EXPECT_EQ(count(ScanCounter::answers_forged), 4u);
  forged = answer(first_, TcpFlags::kRst);
  hear(forged);
  EXPECT_EQ(count(ScanCounter::segments_stray), 1u);
  EXPECT_TRUE(lab_.events.empty());
  ASSERT_TRUE(lab_.finish());
  EXPECT_EQ(lab_.sum(&ScanProgress::silent), 3u);
}

TEST_F(ScanHostile, WrongChecksumsAreDropped) {
  begin();
  const ByteString good = frame_of(answer(first_, kSynAck));
  for (size_t byte = 14; byte < good.size(); ++byte) {
    ByteString bad = good;
    bad[byte] ^= 0x10;
    lab_.deliver(bad);
  }
  EXPECT_TRUE(lab_.events.empty());
  EXPECT_GT(count(ScanCounter::checksums_wrong), 10u);
  lab_.deliver(good);
  lab_.round();
  EXPECT_EQ(lab_.events.size(), 1u);
}

TEST_F(ScanHostile, AChecksumOfThePseudoHeaderIsTaken) {
  begin();
  ByteString frame = frame_of(answer(first_, kSynAck));
  // What a Linux host leaves there for a card to go on with.
  uint32_t sum = 6 + 20;
  for (size_t at = 26; at < 34; at += 2)
    sum += uint32_t{frame[at]} << 8 | frame[at + 1];
  sum = (sum & 0xffff) + (sum >> 16);
  frame[50] = static_cast<uint8_t>(sum >> 8);
  frame[51] = static_cast<uint8_t>(sum);
  lab_.deliver(frame);
  lab_.round();
  EXPECT_EQ(count(ScanCounter::checksums_partial), 1u);
  EXPECT_EQ(lab_.events.size(), 1u);
}

TEST_F(ScanHostile, AnswersCountOnce) {
  begin();
  hear(answer(first_, kRstAck));
  hear(answer(first_, kRstAck));
  hear(answer(first_, kSynAck));
  EXPECT_EQ(count(ScanCounter::answers_repeated), 2u);
  ASSERT_EQ(lab_.sent.back().tcp_flags, TcpFlags::kRst) << "nobody wants that connection";
  EXPECT_EQ(lab_.sent.back().packet.seq, answer(first_, kSynAck).ack);
  ASSERT_TRUE(lab_.finish());
  hear(answer(second_, kSynAck));
  EXPECT_EQ(count(ScanCounter::answers_late), 1u);
  EXPECT_EQ(lab_.sum(&ScanProgress::closed), 1u);
  EXPECT_EQ(lab_.sum(&ScanProgress::silent), 2u);
  EXPECT_EQ(lab_.replies[first_].size(), 1u);
  EXPECT_TRUE(lab_.events.empty());
}

TEST_F(ScanHostile, IcmpCountsWhereItQuotesOurNumber) {
  begin();
  ScanLab::Sent quoted = lab_.syns()[0];
  const Endpoint target = quoted.packet.key.endpoint(other(quoted.packet.sender));
  const auto changed = [&](size_t byte) {
    ScanLab::Sent other = quoted;
    other.bytes = std::make_shared<ByteString>(*quoted.bytes);
    (*other.bytes)[byte] ^= 1;
    return other;
  };
  lab_.unreachable(changed(38));  // the number
  lab_.pass(50 * kMs);
  EXPECT_EQ(count(ScanCounter::answers_forged), 1u);
  lab_.unreachable(changed(29));  // not from us
  lab_.pass(50 * kMs);
  EXPECT_EQ(lab_.replies.size(), 0u);
  lab_.unreachable(quoted);
  lab_.pass(50 * kMs);
  ASSERT_EQ(lab_.replies[target].size(), 1u);
  EXPECT_EQ(lab_.replies[target][0].outcome, TargetOutcome::unreachable);
  EXPECT_EQ(lab_.replies[target][0].icmp_type, 3);
  EXPECT_EQ(lab_.replies[target][0].icmp_code, 1);
}

// Of a connection ICMP says nothing (RFC 5927).
TEST_F(ScanHostile, IcmpEndsNoConnection) {
  begin();
  lab_.server = [](const ScanLab::Sent&) {};
  hear(answer(first_, kSynAck));
  ASSERT_EQ(lab_.events.size(), 1u);
  for (const ScanLab::Sent& each : lab_.syns())
    if (each.frame.destination == first_.address) lab_.unreachable(each);
  lab_.pass(50 * kMs);
  EXPECT_EQ(lab_.events.size(), 1u);
  EXPECT_EQ(count(ScanCounter::icmp_ignored), 1u);
}

TEST_F(ScanHostile, StraysAreCounted) {
  begin();
  OwnSegment stray = answer(first_, kSynAck);
  stray.to.port = 50'123;
  hear(stray);
  EXPECT_EQ(count(ScanCounter::segments_stray), 1u);
  ByteString frame(200);
  frame.resize(write_datagram(lab_.to_us(first_.address), {first_, stray.to, {}}, frame));
  lab_.deliver(frame);
  EXPECT_EQ(count(ScanCounter::datagrams_stray), 1u);
  lab_.cores[0]->core->take({}, ScanCore::Answers::yes, lab_.now);
  EXPECT_EQ(count(ScanCounter::frames_strange), 1u);
  const size_t sent = lab_.sent.size();
  lab_.pass(100 * kMs);
  EXPECT_EQ(lab_.sent.size(), sent) << "and nobody is answered";
}

// A byte a second, out of order and overlapping: what is told is in order, and there is an end.
TEST_F(ScanHostile, TarpitsEnd) {
  begin();
  lab_.server = [](const ScanLab::Sent&) {};
  hear(answer(first_, kSynAck));
  for (uint32_t second = 0; second < 30; ++second) {
    static const ByteString kWords = tests::text("abcdefghijklmnopqrstuvwxyz0123456789");
    for (const uint32_t at : {second + 1, second}) {
      OwnSegment part = answer(first_, TcpFlags::kAck | TcpFlags::kPsh);
      part.seq = 1000 + at;
      part.payload = flowtable::Bytes(kWords).subspan(at, 2);
      hear(part);
    }
    lab_.pass(kSecond);
  }
  ByteString told;
  for (const ScanEvent& each : lab_.events_of(ScanEventKind::heard))
    told.insert(told.end(), each.bytes.begin(), each.bytes.begin() + each.size);
  EXPECT_GE(told.size(), 19u);
  EXPECT_LE(told.size(), 24u);
  EXPECT_EQ(std::string(told.begin(), told.end()),
            std::string("abcdefghijklmnopqrstuvwxyz").substr(0, told.size()));
  EXPECT_EQ(lab_.events_of(ScanEventKind::timed_out).size(), 1u);
  EXPECT_EQ(lab_.cores[0]->progress.connections.get(), 0u);
}

// Nobody takes anything from the rings for a while; when they do, all is told.
TEST(ScanFull, WorkersThatDoNotListenLoseNothing) {
  for (const bool small_replies : {true, false}) {
    ScanLab lab({.cores = 2,
                 .connections_max = 1024,
                 .replies = small_replies ? size_t{32} : size_t{16384},
                 .events = small_replies ? size_t{4096} : size_t{16}});
    lab.begin({.ranges = {AddressRange::of_prefix(ip4(10, 1, 0, 0), 120)}, .ports = {22, 443}});
    for (int i = 0; i < 20; ++i) {
      lab.workers_listen = i % 4 == 3;
      lab.pass(100 * kMs);
    }
    lab.workers_listen = true;
    ASSERT_TRUE(lab.finish(200 * kSecond));
    lab.expect_truth();
    EXPECT_GT(lab.count(ScanCounter::answers_put_off), 0u);
    EXPECT_GT(lab.count(ScanCounter::walks_held_up), 0u);
  }
}

TEST(ScanFull, TargetsWithoutASlotAreUnserved) {
  ScanLab lab({.delay = 200 * kMs, .connections_max = 64});
  lab.server = [](const ScanLab::Sent&) {};  // connections stay
  for (uint8_t host = 0; host < 255; ++host)
    lab.set({ip4(10, 1, 0, host), 443}, ScanLab::Host::open);
  lab.begin({.ranges = {AddressRange::of_prefix(ip4(10, 1, 0, 0), 120)}});
  lab.pass(kSecond);
  const size_t served = lab.events_of(ScanEventKind::established).size();
  EXPECT_EQ(served, 56u) << "an eighth is kept for dials";
  const auto unserved = lab.events_of(ScanEventKind::unserved);
  EXPECT_GT(unserved.size(), 100u);
  EXPECT_EQ(lab.count(ScanCounter::targets_unserved), unserved.size());
  EXPECT_TRUE(unserved[0].syn_ack.seen);
  EXPECT_EQ(unserved[0].job, 7u);
  EXPECT_EQ(lab.replies[unserved[0].server].at(0).outcome, TargetOutcome::open);
  // Whoever wants to talk to it dials.
  lab.dial(0, unserved[0].server);
  lab.pass(500 * kMs);
  EXPECT_EQ(lab.events_of(ScanEventKind::established).size(), served + 1);
  ASSERT_TRUE(lab.finish());
  lab.expect_truth();
}

TEST(ScanWords, AreThePortsAndFreshForEach) {
  ScanLab lab;
  std::vector<ByteString> heard;
  lab.server = [&](const ScanLab::Sent& each) {
    if (each.packet.payload.empty()) return;
    heard.emplace_back(each.packet.payload.begin(), each.packet.payload.end());
  };
  for (uint8_t host = 0; host < 8; ++host)
    for (const uint16_t port : {uint16_t{25}, uint16_t{443}})
      lab.set({ip4(10, 1, 0, host), port}, ScanLab::Host::open);
  lab.begin({.ranges = {AddressRange::of_prefix(ip4(10, 1, 0, 0), 125)}, .ports = {25, 443}});
  // The same with words.
  auto plan = std::make_unique<ScanPlan>();
  plan->job = 7;
  plan->space = lab.space.get();
  plan->probes = lab.cores[0]->plan->probes;
  plan->first_words = {{25, {}, -1}};
  plan->other_words = {0, ByteString(100, 'h'), 11};
  lab.cores[0]->control.plan = plan.get();
  lab.pass(300 * kMs);
  ASSERT_EQ(heard.size(), 8u) << "the server speaks first on port 25";
  std::set<ByteString> fresh;
  for (const ByteString& words : heard) {
    ASSERT_EQ(words.size(), 100u);
    fresh.insert({words.begin() + 11, words.begin() + 43});
    ByteString rest = words;
    std::fill(rest.begin() + 11, rest.begin() + 43, uint8_t{'h'});
    EXPECT_EQ(rest, ByteString(100, 'h'));
  }
  EXPECT_EQ(fresh.size(), 8u);
  lab.cores[0]->control.plan = nullptr;
  lab.round();
}

}  // namespace
}  // namespace dataplane
