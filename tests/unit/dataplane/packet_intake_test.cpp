// SPDX-License-Identifier: Apache-2.0
#include "dataplane/packet_intake.hpp"

#include "tests/support/ip_fragmenter.hpp"
#include "tests/support/path_under_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace dataplane {
namespace {

using tests::ByteString;
using tests::Conversation;
using tests::PathUnderTest;
using Fate = PacketIntake::Fate;
using Frames = std::vector<ByteString>;

Frames handshake_frames(const flowtable::Endpoint& client, const flowtable::Endpoint& server) {
  Conversation conversation(client, server);
  Frames frames = conversation.handshake();
  tests::append(frames, conversation.client_sends(tests::tls12_client()));
  tests::append(frames, conversation.server_sends(tests::tls12_server(20'000), 8000));
  return frames;
}

Frames cut(const Frames& frames, size_t bytes) {
  Frames out;
  uint32_t id = 0;
  for (const ByteString& frame : frames)
    tests::append(out, tests::frames_of_fragments(frame, bytes, ++id));
  return out;
}

void expect_same_capture(const Frames& whole, const Frames& fragmented) {
  PathUnderTest left, right;
  left.accept_burst(whole);
  right.accept_burst(fragmented);
  const auto expected = left.take();
  const auto got = right.take();
  ASSERT_EQ(expected.size(), 1u);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].end, expected[0].end);
  EXPECT_EQ(got[0].flow.key, expected[0].flow.key);
  EXPECT_EQ(got[0].streams, expected[0].streams);
}

TEST(PacketIntake, GivesFragmentsTheSameResultAsWholePackets) {
  for (const bool v6 : {false, true}) {
    const Frames whole = v6 ? handshake_frames(tests::v6(1, 40000), tests::v6(2, 443))
                            : handshake_frames(tests::v4(1, 40000), tests::v4(2, 443));
    for (const size_t bytes : {8u, 64u, 1480u}) {
      SCOPED_TRACE(bytes);
      Frames fragmented = cut(whole, bytes);
      ASSERT_GT(fragmented.size(), whole.size());
      expect_same_capture(whole, fragmented);
      // A mirror that shows each twice.
      Frames twice;
      for (const ByteString& frame : fragmented)
        tests::append(twice, {frame, frame});
      expect_same_capture(whole, twice);
    }
  }
}

// The bytes a flow is said to have had on the wire are those of all frames that brought it.
TEST(PacketIntake, CountsTheFramesOfAPacket) {
  const Frames whole = handshake_frames(tests::v4(1, 40000), tests::v4(2, 443));
  const Frames fragmented = cut(whole, 64);
  PathUnderTest path;
  path.accept_burst(fragmented);
  uint64_t bytes = 0;
  for (const ByteString& frame : fragmented)
    bytes += frame.size();
  EXPECT_EQ(path.count(PathCounter::wire_bytes), bytes);
  EXPECT_EQ(path.count(PathCounter::packets), whole.size());
}

// More long packets in one burst than there is room to put together: the burst ends earlier.
TEST(PacketIntake, HasRoomForAnyBurst) {
  Conversation conversation(tests::v4(1, 40000), tests::v4(2, 443));
  Frames frames = conversation.handshake();
  for (int i = 0; i < 20; ++i)
    tests::append(frames, conversation.client_sends(ByteString(65'000, 'x'), 65'000));
  PathUnderTest path;
  path.accept_burst(cut(frames, 1480));
  EXPECT_EQ(path.count(PathCounter::packets), frames.size());
  EXPECT_EQ(path.count(PathCounter::datagrams_reassembled), 20u);
}

TEST(PacketIntake, LetsGoOfFragmentsWhoseNeighboursWereCut) {
  const Frames whole = handshake_frames(tests::v4(1, 40000), tests::v4(2, 443));
  Frames fragments = tests::frames_of_fragments(whole.back(), 1480);
  fragments[1].resize(700);  // by the snap length of the capture
  PathUnderTest path;
  path.accept_burst(fragments);
  EXPECT_EQ(path.drops(DropReason::frame_truncated), 1u);
  path.drain();
  EXPECT_EQ(path.drops(DropReason::fragment_timeout), 1u);
  EXPECT_EQ(path.count(PathCounter::packets), 0u);
}

// Nothing says how long these are.
TEST(PacketIntake, TakesNoFragmentWithoutALength) {
  PathUnderTest path;
  const tests::PacketBuilder v4(tests::v4(1, 1), tests::v4(2, 2));
  path.accept(tests::PacketBuilder(v4).ipv4_fragment(0x2000).ip_length(0).build());
  const tests::PacketBuilder v6(tests::v6(1, 1), tests::v6(2, 2));
  path.accept(
      tests::PacketBuilder(v6).extension(44, {0, 0, 0, 1, 0, 0, 0, 1}).ip_length(0).build());
  EXPECT_EQ(path.drops(DropReason::fragment_bad), 2u);
  EXPECT_EQ(path.count(PathCounter::fragments_taken), 0u);
}

Frames cut_again(const Frames& packets, size_t bytes, uint32_t first_id) {
  Frames out;
  for (const ByteString& frame : packets)
    tests::append(out, tests::frames_of_fragments(frame, bytes, first_id++));
  return out;
}

// Behind a fragment header may stand another one.
TEST(PacketIntake, JoinsFragmentsOfFragmentsToABound) {
  const ByteString whole = tests::PacketBuilder(tests::v6(1, 40000), tests::v6(2, 443))
                               .tcp(TcpFlags::kAck, 1, 1)
                               .payload(ByteString(3980, 'x'))
                               .build();
  const Frames once = tests::frames_of_fragments(whole, 2000);
  const Frames twice = cut_again(once, 800, 10);
  const Frames thrice = cut_again(twice, 200, 100);
  ASSERT_LT(once.size(), twice.size());
  PathUnderTest path;
  path.accept_burst(twice);
  EXPECT_EQ(path.count(PathCounter::packets), 1u);
  EXPECT_EQ(path.drops(DropReason::ip_fragment), 0u);
  PathUnderTest deeper;
  deeper.accept_burst(thrice);
  EXPECT_EQ(deeper.count(PathCounter::packets), 0u);
  EXPECT_EQ(deeper.drops(DropReason::ip_fragment), once.size());
}

class IntakeOfOneOfThree : public ::testing::Test {
 protected:
  PacketIntake intake_of(uint16_t core) {
    return PacketIntake({.core = core, .owners = FlowOwners(3)}, counters_);
  }
  static IntakeFrame frame_of(const ByteString& bytes) {
    return {.bytes = bytes, .meta = {{}, 0, 77}};
  }
  CoreCounters counters_;
};

TEST_F(IntakeOfOneOfThree, KeepsItsOwnFlowsAndNamesTheOwnerOfOthers) {
  PacketIntake intake = intake_of(1);
  std::array<int, 3> flows{};
  for (uint16_t port = 1; port <= 600; ++port) {
    const ByteString bytes =
        tests::PacketBuilder(tests::v4(1, port), tests::v4(2, 443)).tcp(TcpFlags::kSyn, 1).build();
    IntakeFrame frame = frame_of(bytes);
    PacketView view;
    const PacketIntake::Result result = intake.take(frame, view);
    ASSERT_EQ(result.fate == Fate::view, result.core == 1);
    ++flows[result.core];
  }
  for (const int count : flows)
    EXPECT_GT(count, 150);
}

// Fragments meet on the core that their datagram's number names; the packet goes from there to the
// core that whole packets of its flow go to.
TEST_F(IntakeOfOneOfThree, BringsFragmentsTogetherAndTheirPacketToItsFlow) {
  std::vector<PacketIntake> cores;
  for (uint16_t core = 0; core < 3; ++core)
    cores.push_back(intake_of(core));
  const ByteString whole = tests::PacketBuilder(tests::v4(1, 999), tests::v4(2, 443))
                               .tcp(TcpFlags::kAck, 1, 1)
                               .payload(ByteString(3000, 'x'))
                               .build();
  PacketView view;
  IntakeFrame whole_frame = frame_of(whole);
  const uint16_t owner = cores[0].take(whole_frame, view).core;
  std::array<int, 3> joined_by{};
  for (uint32_t id = 1; id <= 60; ++id) {
    std::array<int, 3> met{};
    for (const ByteString& bytes : tests::frames_of_fragments(whole, 1480, id)) {
      IntakeFrame frame = frame_of(bytes);
      PacketIntake::Result result = cores[0].take(frame, view);
      uint16_t at = 0;
      if (result.fate == Fate::elsewhere && frame.joins == 0) {
        at = result.core;
        result = cores[at].take(frame, view);
      }
      ++met[at];
      if (frame.joins == 0) continue;
      ++joined_by[at];
      EXPECT_EQ(result.core, owner);
      EXPECT_EQ(result.fate, at == owner ? Fate::view : Fate::elsewhere);
      EXPECT_EQ(frame.link, LinkType::raw_ip);
    }
    EXPECT_EQ(std::ranges::max(met), 3);
    for (PacketIntake& core : cores)
      core.end_burst();
  }
  for (const int count : joined_by)
    EXPECT_GT(count, 5);
}

}  // namespace
}  // namespace dataplane
