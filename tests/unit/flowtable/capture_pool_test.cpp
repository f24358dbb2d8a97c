// SPDX-License-Identifier: Apache-2.0
#include "flowtable/capture_pool.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace flowtable {
namespace {

CapturePool::Options small_pool() {
  CapturePool::Options options;
  options.captures_max = 4;
  options.large_max = 2;
  options.small_client_bytes = 16;
  options.small_server_bytes = 32;
  options.large_bytes = 100;
  return options;
}

std::vector<uint8_t> filled(size_t length, char letter) {
  return std::vector<uint8_t>(length, static_cast<uint8_t>(letter));
}

bool all_are(Bytes bytes, size_t length, char letter) {
  return std::ranges::equal(bytes, filled(length, letter));
}

TEST(CapturePool, HandsOutEveryCaptureOnceAndTakesThemBack) {
  CapturePool pool(small_pool());
  std::vector<HandshakeCapture*> out;
  for (uint32_t i = 0; i < 4; ++i) {
    out.push_back(pool.acquire());
    ASSERT_NE(out.back(), nullptr);
    EXPECT_EQ(pool.at(out.back()->pool_slot), out.back());
    EXPECT_EQ(std::ranges::count(out, out.back()), 1);
  }
  EXPECT_EQ(pool.acquire(), nullptr);
  EXPECT_EQ(pool.num_free(), 0U);
  pool.release(*out[2]);
  EXPECT_EQ(pool.num_free(), 1U);
  EXPECT_EQ(pool.acquire(), out[2]);
}

TEST(CapturePool, ClearsACaptureBeforeItsNextUse) {
  CapturePool pool(small_pool());
  HandshakeCapture* capture = pool.acquire();
  capture->end = CaptureEnd::evicted;
  capture->plaintext_before = {3, 4};
  capture->flow.syn_seen = true;
  pool.start_stream(*capture, Side::a, true, 0);
  pool.release(*capture);
  const HandshakeCapture* again = pool.acquire();
  ASSERT_EQ(again, capture);
  EXPECT_EQ(again->end, CaptureEnd::drained);
  EXPECT_EQ(again->plaintext_before, (std::array<uint32_t, 2>{}));
  EXPECT_FALSE(again->flow.syn_seen);
  EXPECT_FALSE(again->streams[0].started());
}

TEST(CapturePool, GivesEachDirectionAHalfOfItsOwn) {
  CapturePool pool(small_pool());
  std::vector<HandshakeCapture*> all;
  for (char letter = 'A'; letter < 'I'; letter += 2) {
    all.push_back(pool.acquire());
    pool.start_stream(*all.back(), Side::b, true, 7);
    pool.start_stream(*all.back(), Side::a, false, 9);
    EXPECT_EQ(all.back()->streams[1].capacity(), 16U);
    EXPECT_EQ(all.back()->streams[0].capacity(), 32U);
    all.back()->streams[1].insert(7, filled(16, letter));
    all.back()->streams[0].insert(9, filled(32, static_cast<char>(letter + 1)));
  }
  for (size_t i = 0; i < all.size(); ++i) {
    const char letter = static_cast<char>('A' + 2 * i);
    EXPECT_TRUE(all_are(all[i]->stream(Side::b), 16, letter));
    EXPECT_TRUE(all_are(all[i]->stream(Side::a), 32, static_cast<char>(letter + 1)));
  }
}

TEST(CapturePool, KeepsTwoClientsApart) {
  CapturePool pool(small_pool());
  HandshakeCapture* capture = pool.acquire();
  pool.start_stream(*capture, Side::a, true, 0);
  pool.start_stream(*capture, Side::b, true, 0);
  capture->streams[0].insert(0, filled(16, 'A'));
  capture->streams[1].insert(0, filled(32, 'B'));
  EXPECT_TRUE(all_are(capture->stream(Side::a), 16, 'A'));
  EXPECT_TRUE(all_are(capture->stream(Side::b), 32, 'B'));
  // The same direction may start over where it is.
  pool.start_stream(*capture, Side::a, true, 50);
  EXPECT_EQ(capture->streams[0].capacity(), 16U);
  EXPECT_EQ(capture->streams[0].base_seq(), 50U);
}

TEST(CapturePool, MovesBothDirectionsToALargeBuffer) {
  CapturePool pool(small_pool());
  HandshakeCapture* capture = pool.acquire();
  pool.start_stream(*capture, Side::a, true, 0);
  capture->streams[0].insert(0, filled(16, 'A'));
  ASSERT_TRUE(pool.grow(*capture));
  EXPECT_FALSE(pool.grow(*capture)) << "once only";
  EXPECT_EQ(pool.num_large_free(), 1U);
  pool.start_stream(*capture, Side::b, false, 0);
  EXPECT_EQ(capture->streams[0].capacity(), 100U);
  EXPECT_EQ(capture->streams[1].capacity(), 100U);
  capture->streams[0].insert(16, filled(84, 'A'));
  capture->streams[1].insert(0, filled(100, 'B'));
  EXPECT_TRUE(all_are(capture->stream(Side::a), 100, 'A'));
  EXPECT_TRUE(all_are(capture->stream(Side::b), 100, 'B'));
}

TEST(CapturePool, RunsOutOfLargeBuffersAndGetsThemBack) {
  CapturePool pool(small_pool());
  std::vector<HandshakeCapture*> all = {pool.acquire(), pool.acquire(), pool.acquire()};
  EXPECT_TRUE(pool.grow(*all[0]));
  EXPECT_TRUE(pool.grow(*all[1]));
  EXPECT_FALSE(pool.grow(*all[2]));
  pool.release(*all[0]);
  EXPECT_TRUE(pool.grow(*all[2]));
  pool.release(*all[1]);
  pool.release(*all[2]);
  EXPECT_EQ(pool.num_large_free(), 2U);
  EXPECT_EQ(pool.num_free(), 4U);
}

TEST(CapturePool, HoldsItsMemoryFromTheStart) {
  const CapturePool pool(CapturePool::Options{});
  // 1024 small buffers of 16 KiB, 64 large ones of 132 KiB, and the captures themselves.
  constexpr size_t kBuffers = 1024 * 16 * 1024 + 64 * 132 * 1024;
  EXPECT_GE(pool.memory_bytes(), kBuffers);
  EXPECT_LE(pool.memory_bytes(), kBuffers + 1024 * 1024);
}

TEST(CapturePoolDeathTest, RefusesACaptureThatIsNotOut) {
  CapturePool pool(small_pool());
  HandshakeCapture* capture = pool.acquire();
  pool.release(*capture);
  EXPECT_DEATH(pool.release(*capture), "broken invariant");
}

}  // namespace
}  // namespace flowtable
