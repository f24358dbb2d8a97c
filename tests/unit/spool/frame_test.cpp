// SPDX-License-Identifier: Apache-2.0
#include "control/spool/frame.hpp"

#include "control/spool/mark_finder.hpp"
#include "control/spool/recovery.hpp"
#include "control/spool/segment_name.hpp"
#include "control/spool/segment_reader.hpp"
#include "control/spool/segment_scan.hpp"
#include "control/spool/spool_directory.hpp"
#include "tests/unit/spool/spool_under_test.hpp"

#include <algorithm>

namespace control {
namespace {

FrameMark some_mark() {
  FrameMark mark;
  mark.epoch = 7;
  mark.seq = 9;
  mark.before = {100, 200, 300};
  mark.load = {1, 2, 3};
  return mark;
}

TEST(Frame, HasTheMarkTwiceAndThePayloadBetween) {
  FrameBuilder frames;
  for (const size_t bytes : {size_t{0}, size_t{1}, size_t{50}, size_t{100000}}) {
    const std::string payload(bytes, 'x');
    const flowtable::Bytes frame = frames.build(some_mark(), payload);
    const auto head = decode_mark(frame);
    ASSERT_TRUE(head);
    EXPECT_EQ(head->part, FrameMark::Part::head);
    EXPECT_EQ(head->end().seq, 9);
    EXPECT_EQ(head->end().sum, (SpoolLoad{101, 202, 303}));
    EXPECT_EQ(frame.size(), 2 * kMarkBytes + head->stored_bytes);
    // Fifty bytes of the same become fewer, one does not.
    EXPECT_EQ(head->compressed, bytes > 1);
    const auto foot = decode_mark(frame.last(kMarkBytes));
    ASSERT_TRUE(foot);
    EXPECT_EQ(foot->part, FrameMark::Part::foot);
    EXPECT_EQ(foot->stored_sum, head->stored_sum);
    EXPECT_EQ(payload_of(*head, frame.subspan(kMarkBytes, head->stored_bytes)), payload);
  }
}

TEST(Frame, WithAnyByteChangedIsNoMark) {
  FrameBuilder frames;
  const flowtable::Bytes frame = frames.build(some_mark(), "payload");
  const std::vector<uint8_t> mark(frame.begin(), frame.begin() + kMarkBytes);
  for (size_t at = 0; at < kMarkBytes; ++at) {
    std::vector<uint8_t> changed = mark;
    changed[at] ^= 0x10;
    EXPECT_FALSE(decode_mark(changed)) << at;
    EXPECT_FALSE(decode_mark(flowtable::Bytes(mark).first(at))) << at;
  }
}

TEST(Frame, ThatNoWriterWritesIsNoMark) {
  const auto is_mark = [](const FrameMark& mark) {
    std::array<uint8_t, kMarkBytes> bytes = {};
    encode_mark(mark, bytes.data());
    return decode_mark(bytes).has_value();
  };
  EXPECT_TRUE(is_mark(some_mark()));
  FrameMark mark = some_mark();
  mark.payload_bytes = mark.stored_bytes = Spool::kPayloadBytesMax + 1;
  EXPECT_FALSE(is_mark(mark));
  mark = some_mark();
  mark.payload_bytes = mark.stored_bytes = 10;
  EXPECT_TRUE(is_mark(mark));
  mark.compressed = true;  // and yet as long
  EXPECT_FALSE(is_mark(mark));
  mark = some_mark();
  mark.before.rows = ~uint64_t{0};
  EXPECT_FALSE(is_mark(mark));
  mark = some_mark();
  mark.seq = 0;
  EXPECT_FALSE(is_mark(mark));
}

// Under right sums too: what goes back is nothing that follows.
TEST(SegmentScan, PassesOverMarksThatGoBack) {
  const tests::TemporaryDirectory place;
  const auto directory = SpoolDirectory::open(place.path() / "spool");
  ASSERT_TRUE(directory.ok());
  auto file = directory.value().create("segment");
  ASSERT_TRUE(file.ok());
  FrameBuilder frames;
  std::vector<uint8_t> bytes;
  const auto add = [&](int64_t seq, uint64_t before, size_t left_out) {
    FrameMark mark = some_mark();
    mark.seq = seq;
    const auto number = static_cast<uint64_t>(seq);
    mark.before = {before, 2 * number, 3 * number};
    const flowtable::Bytes frame = frames.build(mark, "payload");
    bytes.insert(bytes.end(), frame.begin(), frame.end());
    bytes.resize(bytes.size() - left_out);
  };
  add(9, 100, kMarkBytes);  // without its foot
  add(3, 10, 0);
  add(10, 50, 0);
  const size_t whole = bytes.size();
  add(10, 101, 0);
  add(12, 200, kMarkBytes + 1);  // half written
  ASSERT_TRUE(file.value().write_at(0, bytes).ok());
  MarkFinder finder(file.value(), 7, bytes.size());
  const auto scanned = scan_segment(finder, 1);
  ASSERT_TRUE(scanned);
  EXPECT_EQ(scanned->begin, (SpoolPoint{8, {100, 18, 27}}));
  EXPECT_EQ(scanned->end, (SpoolPoint{10, {102, 22, 33}}));
  EXPECT_EQ(scanned->bytes, whole + 2 * kMarkBytes + 7);
}

TEST(SegmentName, IsReadAsItWasWritten) {
  SegmentName name{12, 3, false, std::nullopt};
  EXPECT_EQ(text_of(name), "12-3.open");
  name.sealed = SealedExtent{8, {100, 0, 7}, {10, 20, 30}};
  EXPECT_EQ(text_of(name), "12-3-8.r100+10.s0+20.a7+30.sealed");
  name.continues = true;
  EXPECT_EQ(text_of(name), "12+3-8.r100+10.s0+20.a7+30.sealed");
  const auto read = parse_segment_name(text_of(name));
  ASSERT_TRUE(read && read->sealed);
  EXPECT_TRUE(read->continues);
  EXPECT_EQ(read->begin(), (SpoolPoint{2, {100, 0, 7}}));
  EXPECT_EQ(read->end(), (SpoolPoint{8, {110, 20, 37}}));
}

TEST(SegmentName, IsNothingElse) {
  for (const char* text :
       {"", "12", "12-3", "12-3.open.", "12-3.opened", "012-3.open", "12-03.open", "-12-3.open",
        "12-0.open", "0-3.open", "12-3-2.r0+0.s0+0.a0+0.sealed", "12-3-8.r1+1.s1+1.sealed",
        "12-3-8.r18446744073709551615+1.s0+0.a0+0.sealed", "99999999999999999999-3.open",
        "12-3-8.r+1.s0+0.a0+0.sealed"}) {
    EXPECT_FALSE(parse_segment_name(text)) << text;
  }
}

TEST(SpoolDirectory, KeepsHowFarAllIsDoneWith) {
  const tests::TemporaryDirectory place;
  const auto directory = SpoolDirectory::open(place.path() / "spool");
  ASSERT_TRUE(directory.ok());
  EXPECT_FALSE(directory.value().read_progress());
  for (int64_t seq = 1; seq < 4; ++seq) {
    const SpoolProgress progress{90, {80, {seq, {1, 2, 3}}}};
    ASSERT_TRUE(directory.value().write_progress(progress, SpoolDirectory::Durable::yes).ok());
    EXPECT_EQ(directory.value().read_progress(), progress);
  }
  std::filesystem::resize_file(place.path() / "spool" / "released", 63);
  EXPECT_FALSE(directory.value().read_progress());
}

TEST(SpoolCounters, HaveANameAndHelpEach) {
  for (const auto& row : spool_counter_table()) {
    EXPECT_EQ(name_of(row.counter), row.name);
    EXPECT_FALSE(row.help.empty());
  }
  SpoolCounters counters;
  count(counters, SpoolFate::refused, {1, {2, 3, 4}});
  EXPECT_EQ(counters.get(SpoolCounter::audit_rows_refused), 4U);
  EXPECT_EQ(counted(counters, SpoolFate::refused), (SpoolAmount{1, {2, 3, 4}}));
}

}  // namespace
}  // namespace control
