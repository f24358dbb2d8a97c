// SPDX-License-Identifier: Apache-2.0
// What the packet path may spend: probes, buffers and not one allocation. A program of its own,
// because it counts every allocation of the process.
#include "tests/support/path_under_test.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {
std::atomic<size_t> g_allocations{0};  // NOLINT: operator new has no other place to count
}  // namespace

void* operator new(size_t bytes) {
  g_allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* const memory = std::malloc(bytes)) return memory;
  std::abort();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}

namespace dataplane {
namespace {

using flowtable::Endpoint;
using flowtable::FlowStage;
using tests::ByteString;
using tests::Conversation;
using tests::PathUnderTest;
using tests::play;
using Frames = std::vector<ByteString>;

const Endpoint kClient = tests::v4(1, 40000);
const Endpoint kServer = tests::v4(2, 443);

TEST(PacketPathCost, GivesUpBulkAfterItsBudget) {
  PathUnderTest path;
  Conversation conversation(kClient, kServer);
  play(path, conversation.handshake());
  play(path, conversation.client_sends(tests::text("GET /big HTTP/1.1\r\n\r\n")));
  const ByteString chunk(140 * 1000, 'x');
  for (int i = 0; i < 700; ++i)  // about 98 MB in 70,000 packets
    play(path, conversation.server_sends(chunk));
  EXPECT_EQ(path.flow_of(conversation.client_flags(0))->stage(), FlowStage::finished);
  EXPECT_EQ(path.count(PathCounter::captures_started), 0u);
  EXPECT_EQ(path.count(PathCounter::flows_not_tls), 1u);
  EXPECT_LE(path.count(PathCounter::payloads_probed), 25u);
  EXPECT_LE(path.count(PathCounter::payload_bytes_probed), 25u * 1400u);
}

TEST(PacketPathCost, GivesUpAChattyDialogueAfterItsBudget) {
  PathUnderTest path;
  Conversation conversation(kClient, kServer);
  play(path, conversation.handshake());
  for (int i = 0; i < 100; ++i) {
    play(path, conversation.client_sends(tests::text("ping")));
    play(path, conversation.server_sends(tests::text("pong")));
  }
  EXPECT_EQ(path.flow_of(conversation.client_flags(0))->stage(), FlowStage::finished);
  EXPECT_EQ(path.count(PathCounter::payloads_probed), 48u);
}

TEST(PacketPathCost, LooksAtNoPayloadOfAFinishedFlow) {
  PathUnderTest path;
  Conversation conversation(kClient, kServer);
  play(path, conversation.handshake());
  play(path, conversation.client_sends(tests::tls13_client()));
  play(path, conversation.server_sends(tests::tls13_server()));
  ASSERT_EQ(path.take().size(), 1u);
  const uint64_t probed = path.count(PathCounter::payloads_probed);
  for (int i = 0; i < 50; ++i)
    play(path, conversation.server_sends(tests::tls13_server()));
  EXPECT_EQ(path.count(PathCounter::payloads_probed), probed);
  EXPECT_EQ(path.count(PathCounter::captures_started), 1u);
}

// What has been looked at once is not looked at again, however often it is sent; and what is
// given up leaves nothing behind it but its record.
TEST(PacketPathCost, LooksAtNoByteTwice) {
  PathUnderTest path;
  Conversation conversation(kClient, kServer);
  play(path, conversation.handshake());
  uint64_t sent_bytes = 0;
  for (int i = 0; i < 20; ++i) {
    const ByteString words(200 + i, static_cast<uint8_t>('a' + i));
    const Frames frames = conversation.server_sends(words);
    sent_bytes += words.size();
    for (int again = 0; again < 5; ++again)
      play(path, frames);
  }
  EXPECT_EQ(path.count(PathCounter::payloads_probed), 20u);
  EXPECT_EQ(path.count(PathCounter::payload_bytes_probed), sent_bytes);
  play(path, conversation.server_sends(ByteString(70'000, 'x')));
  const flowtable::Flow* const flow = path.flow_of(conversation.client_flags(0));
  EXPECT_EQ(flow->stage(), FlowStage::finished);
  EXPECT_EQ(flow->capture(), flowtable::Flow::kNone);
  EXPECT_EQ(path.captures_free(), 16u);
  EXPECT_LE(path.count(PathCounter::payload_bytes_probed), 64u * 1024 + 1400);
  // Its place among the openings is free again: nobody loses anything by taking it.
  PathUnderTest tight(tests::PathLimits{.openings_max = 1});
  for (uint16_t port = 1; port <= 50; ++port) {
    Conversation other(tests::v4(1, port), kServer);
    play(tight, other.handshake());
    play(tight, other.server_sends(ByteString(70'000, 'x')));
  }
  EXPECT_EQ(tight.count(PathCounter::openings_overwritten), 0u);
}

TEST(PacketPathCost, AllocatesNothingAfterConstruction) {
  PathUnderTest path(tests::PathLimits{.flows_max = 64, .captures_max = 4, .large_max = 1});
  std::vector<Frames> sessions;
  for (uint16_t port = 1; port <= 200; ++port) {
    Conversation conversation(tests::v4(1, port), kServer);
    Frames frames = conversation.handshake();
    tests::append(frames, conversation.client_sends(tests::tls12_client(), 100));
    tests::append(frames, conversation.server_sends(tests::tls12_server(port * 100u), 1400));
    sessions.push_back(frames);
  }
  std::vector<PacketView> views;
  for (const Frames& frames : sessions)
    for (const ByteString& frame : frames)
      if (PacketView view; path.decode(frame, view)) views.push_back(view);
  const size_t before = g_allocations.load();
  path.path().accept(views);
  path.set_seconds(1000);
  path.expire();
  path.path().drain();
  EXPECT_EQ(g_allocations.load(), before);
  EXPECT_GT(path.count(PathCounter::captures_started), 3u);
}

}  // namespace
}  // namespace dataplane
