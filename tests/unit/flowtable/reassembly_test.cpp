// SPDX-License-Identifier: Apache-2.0
#include "flowtable/reassembly.hpp"

#include "tests/unit/flowtable/naive_stream.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace flowtable {
namespace {

std::vector<uint8_t> bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

class Stream : public testing::Test {
 protected:
  explicit Stream(uint32_t base_seq = 1000) { assembler_.start(buffer_, base_seq); }

  SegmentFate insert(uint32_t seq, std::string_view text) {
    return assembler_.insert(seq, bytes_of(text));
  }
  std::string prefix() const {
    const Bytes bytes = assembler_.prefix();
    return {bytes.begin(), bytes.end()};
  }

  std::array<uint8_t, 64> buffer_{};
  StreamAssembler assembler_;
};

TEST_F(Stream, JoinsSegmentsInAnyOrder) {
  EXPECT_EQ(insert(1004, "EF"), SegmentFate::stored);
  EXPECT_EQ(insert(1002, "CD"), SegmentFate::stored);
  EXPECT_TRUE(assembler_.has_hole());
  EXPECT_EQ(prefix(), "");
  EXPECT_EQ(insert(1000, "AB"), SegmentFate::appended);
  EXPECT_EQ(prefix(), "ABCDEF");
  EXPECT_FALSE(assembler_.has_hole());
  EXPECT_EQ(insert(1006, "G"), SegmentFate::appended);
  EXPECT_EQ(prefix(), "ABCDEFG");
  EXPECT_FALSE(assembler_.conflict());
  EXPECT_FALSE(assembler_.truncated());
}

TEST_F(Stream, KeepsTheFirstCopyAndFlagsOneThatDiffers) {
  insert(1000, "ABCD");
  EXPECT_EQ(insert(1000, "ABCD"), SegmentFate::duplicate);
  EXPECT_FALSE(assembler_.conflict());
  EXPECT_EQ(insert(1002, "CxEF"), SegmentFate::appended);
  EXPECT_TRUE(assembler_.conflict());
  EXPECT_EQ(prefix(), "ABCDEF");
}

TEST_F(Stream, FlagsCopiesThatDifferBeyondAHoleToo) {
  insert(1010, "KLM");
  EXPECT_EQ(insert(1008, "IJKxMNO"), SegmentFate::stored);
  EXPECT_TRUE(assembler_.conflict());
  insert(1000, "ABCDEFGH");
  EXPECT_EQ(prefix(), "ABCDEFGHIJKLMNO");
}

TEST_F(Stream, FillsSeveralHolesByOneSegment) {
  for (const uint32_t at : {2, 5, 8})
    EXPECT_EQ(insert(1000 + at, std::string(1, static_cast<char>('A' + at))), SegmentFate::stored);
  EXPECT_EQ(insert(1000, "ABCDEFGHIJ"), SegmentFate::appended);
  EXPECT_EQ(prefix(), "ABCDEFGHIJ");
  EXPECT_FALSE(assembler_.conflict());
}

TEST_F(Stream, TrimsWhatComesBeforeItsStart) {
  EXPECT_EQ(insert(995, "vwxyzAB"), SegmentFate::appended);
  EXPECT_EQ(prefix(), "AB");
  EXPECT_EQ(insert(999, "z"), SegmentFate::outside);
  EXPECT_EQ(insert(1000U + (1U << 31), "far"), SegmentFate::outside);
  EXPECT_EQ(insert(1000U + (1U << 31) - 1, "far"), SegmentFate::outside);
  EXPECT_EQ(insert(1001, ""), SegmentFate::duplicate);
  EXPECT_FALSE(assembler_.truncated());
}

TEST_F(Stream, SaysWhenItsBufferWasTooSmall) {
  EXPECT_TRUE(assembler_.covers(1000, 64));
  EXPECT_FALSE(assembler_.covers(1000, 65));
  EXPECT_TRUE(assembler_.covers(999, 65));
  EXPECT_TRUE(assembler_.covers(1064, 0));
  EXPECT_FALSE(assembler_.covers(1064, 1));
  EXPECT_EQ(insert(1064, "x"), SegmentFate::outside);
  EXPECT_FALSE(assembler_.truncated()) << "a stray segment says nothing of the stream";
  EXPECT_EQ(insert(1000, std::string(64, 'A')), SegmentFate::appended);
  EXPECT_FALSE(assembler_.truncated());
  EXPECT_EQ(insert(1064, "x"), SegmentFate::outside);
  EXPECT_TRUE(assembler_.truncated());
}

TEST_F(Stream, CutsASegmentAtTheEndOfTheBuffer) {
  EXPECT_EQ(insert(1060, "abcdef"), SegmentFate::stored);
  EXPECT_TRUE(assembler_.truncated());
  EXPECT_EQ(insert(1000, std::string(60, 'A')), SegmentFate::appended);
  EXPECT_EQ(prefix(), std::string(60, 'A') + "abcd");
}

TEST_F(Stream, RefusesOneHoleTooMany) {
  std::array<uint8_t, 256> larger{};
  assembler_.start(larger, 0);
  for (uint32_t i = 0; i < StreamAssembler::kHolesMax; ++i)
    ASSERT_EQ(insert(2 + 3 * i, "x"), SegmentFate::stored);
  EXPECT_EQ(insert(200, "x"), SegmentFate::holes_full);
  EXPECT_EQ(insert(3, "x"), SegmentFate::stored) << "next to a run it needs no new one";
  EXPECT_EQ(insert(4, "x"), SegmentFate::stored) << "joins two runs";
  EXPECT_EQ(insert(200, "x"), SegmentFate::stored);
  EXPECT_EQ(insert(202, "x"), SegmentFate::holes_full);
  EXPECT_EQ(insert(0, "xx"), SegmentFate::appended);
  EXPECT_EQ(prefix(), "xxxxxx");
}

TEST_F(Stream, IsEmptyBeforeItsStart) {
  StreamAssembler unused;
  EXPECT_FALSE(unused.started());
  EXPECT_EQ(unused.insert(0, bytes_of("x")), SegmentFate::outside);
  EXPECT_TRUE(unused.prefix().empty());
  EXPECT_FALSE(unused.truncated());
  EXPECT_FALSE(unused.covers(0, 1));
}

TEST_F(Stream, MovesToALargerBuffer) {
  insert(1000, "ABC");
  insert(1005, "FG");
  std::array<uint8_t, 128> larger{};
  assembler_.move_to(larger);
  buffer_.fill(0);
  EXPECT_EQ(assembler_.capacity(), 128U);
  EXPECT_EQ(insert(1003, "DE"), SegmentFate::appended);
  EXPECT_EQ(prefix(), "ABCDEFG");
  EXPECT_EQ(insert(1100, "x"), SegmentFate::stored);
}

// Random segments of a random stream: cut anywhere, repeated, overlapping, out of order, some with
// other bytes, and with sequence numbers that wrap.
TEST(StreamModel, AgreesWithAMapOfBytes) {
  std::mt19937 random(42);
  const auto below = [&](size_t limit) { return static_cast<uint32_t>(random() % limit); };
  const auto any = [&] { return static_cast<uint32_t>(random()); };
  std::array<size_t, 5> fates{};
  for (int round = 0; round < 3000; ++round) {
    const size_t capacity = 1 + below(400);
    const uint32_t base = round % 3 == 0 ? 0xffffff00U + below(512) : any();
    std::vector<uint8_t> buffer(capacity);
    std::vector<uint8_t> larger(2 * capacity);
    StreamAssembler assembler;
    assembler.start(buffer, base);
    NaiveStream model(capacity, base);
    std::vector<uint8_t> stream(capacity + 200);
    std::ranges::generate(stream, [&] { return static_cast<uint8_t>(random()); });
    const uint32_t grows_at = below(200);
    const size_t longest = 1 + below(60);
    for (uint32_t step = 0; step < 100; ++step) {
      if (step == grows_at) {
        assembler.move_to(larger);
        std::ranges::fill(buffer, 0);
        model.grow(larger.size());
      }
      const uint32_t from = below(stream.size());
      const size_t length = std::min<size_t>(below(longest), stream.size() - from);
      std::vector<uint8_t> payload(stream.begin() + from, stream.begin() + from + length);
      if (!payload.empty() && below(50) == 0) payload[below(length)] ^= 0x55;
      // Places before the start, and now and then anywhere.
      const uint32_t seq = below(100) == 0 ? any() : base + from - below(4) / 3 * below(90);
      const SegmentFate fate = assembler.insert(seq, payload);
      ASSERT_EQ(fate, model.insert(seq, payload));
      ++fates[static_cast<size_t>(fate)];
      ASSERT_TRUE(std::ranges::equal(assembler.prefix(), model.prefix()));
      ASSERT_EQ(assembler.conflict(), model.conflict());
      ASSERT_EQ(assembler.truncated(), model.truncated());
      ASSERT_EQ(assembler.has_hole(), model.has_hole());
    }
  }
  for (const size_t count : fates)
    EXPECT_GT(count, 500U) << "every fate has to occur";
}

TEST(StreamAssembler, SkipsAHoleThatStaysOpen) {
  std::vector<uint8_t> buffer(100);
  StreamAssembler stream;
  stream.start(buffer, 0xfffffff0);
  const std::vector<uint8_t> first = {1, 2, 3}, second = {4, 5}, late = {9};
  EXPECT_TRUE(stream.behind_hole().empty());
  stream.skip_hole();
  EXPECT_EQ(stream.base_seq(), 0xfffffff0);
  ASSERT_EQ(stream.insert(0x10, first), SegmentFate::stored);
  ASSERT_EQ(stream.insert(0x20, second), SegmentFate::stored);
  EXPECT_EQ(std::vector<uint8_t>(stream.behind_hole().begin(), stream.behind_hole().end()), first);
  stream.skip_hole();
  EXPECT_EQ(stream.base_seq(), 0x10u);
  EXPECT_EQ(std::vector<uint8_t>(stream.prefix().begin(), stream.prefix().end()), first);
  EXPECT_TRUE(stream.has_hole());
  EXPECT_TRUE(stream.behind_hole().empty());
  // It goes on as if it had begun there.
  EXPECT_EQ(stream.insert(0x0f, late), SegmentFate::outside);
  EXPECT_EQ(stream.insert(0x13, std::vector<uint8_t>(13, 7)), SegmentFate::appended);
  EXPECT_EQ(stream.prefix().size(), 3u + 13 + 2);
  EXPECT_FALSE(stream.has_hole());
}

// Wherever the start is moved, the bytes that stay are those that were there, each at its number.
TEST(StreamAssembler, MovesItsStartEitherWay) {
  std::mt19937 random(7);
  const auto below = [&](uint32_t bound) { return static_cast<uint32_t>(random() % bound); };
  for (int round = 0; round < 2000; ++round) {
    const uint32_t base = 0xfffffff0 + below(32), capacity = 100;
    std::vector<uint8_t> buffer(capacity);
    StreamAssembler stream;
    stream.start(buffer, base);
    std::vector<int> known(3 * capacity, -1);  // by number, from base - capacity on
    for (uint32_t i = 0; i < below(5); ++i) {
      const uint32_t offset = below(capacity), length = 1 + below(capacity - offset);
      (void)stream.insert(base + offset, std::vector<uint8_t>(length, 0));
      for (uint32_t at = offset; at < offset + length; ++at) {
        known[capacity + at] = buffer[at] = static_cast<uint8_t>(at);
      }
    }
    const int32_t by =
        static_cast<int32_t>(below(2 * capacity + 1)) - static_cast<int32_t>(capacity);
    stream.move_start(base + static_cast<uint32_t>(by));
    ASSERT_EQ(stream.base_seq(), base + static_cast<uint32_t>(by));
    bool lost = false;
    for (uint32_t at = 0; at < 3 * capacity; ++at) {
      const uint32_t seq = base - capacity + at;
      const int64_t offset = static_cast<int64_t>(at) - capacity - by;
      const bool fits = offset >= 0 && offset < capacity;
      const bool is_there = fits && known[at] >= 0;
      lost = lost || (known[at] >= 0 && offset >= capacity);
      ASSERT_EQ(!stream.from(seq).empty(), is_there) << round << " " << at;
      if (!is_there) continue;
      ASSERT_EQ(stream.from(seq)[0], known[at]) << round << " " << at;
    }
    ASSERT_EQ(stream.truncated(), lost);
    ASSERT_EQ(stream.prefix().empty(), stream.from(stream.base_seq()).empty());
  }
}

TEST(StreamAssembler, ComparesWithoutStoring) {
  std::vector<uint8_t> buffer(100);
  StreamAssembler stream;
  stream.start(buffer, 10);
  (void)stream.insert(10, std::vector<uint8_t>{1, 2, 3, 4});
  stream.compare_again(8, std::vector<uint8_t>{9, 9, 1, 2, 3, 4, 5, 6});
  stream.compare_again(50, std::vector<uint8_t>{9});
  EXPECT_FALSE(stream.conflict());
  EXPECT_EQ(stream.prefix().size(), 4u);
  stream.compare_again(12, std::vector<uint8_t>{3, 5});
  EXPECT_TRUE(stream.conflict());
}

}  // namespace
}  // namespace flowtable
