// SPDX-License-Identifier: Apache-2.0
#include "dataplane/capture/pcapng_reader.hpp"

#include "dataplane/capture/capture_file.hpp"
#include "tests/unit/dataplane/capture/capture_writer.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace dataplane {
namespace {

using testing::PcapngWriter;
using testing::ScratchFolder;

struct Read {
  std::vector<CaptureFrame> frames;  // without bytes
  std::vector<std::string> bytes;
  CaptureStep end = CaptureStep::frame;
};

Read read_all(const std::string& path) {
  Read out;
  auto file = CaptureFile::open(path);
  if (!file) {
    ADD_FAILURE() << file.error().message;
    return out;
  }
  CaptureFrame frame;
  while ((out.end = file.value().next(frame)) == CaptureStep::frame) {
    out.bytes.emplace_back(frame.bytes.begin(), frame.bytes.end());
    frame.bytes = {};
    out.frames.push_back(frame);
  }
  return out;
}

class PcapngReaderTest : public ::testing::TestWithParam<bool> {
 protected:
  Read read(const PcapngWriter& writer) {
    return read_all(folder_.write("some.pcapng", writer.bytes()));
  }
  ScratchFolder folder_;
};
INSTANTIATE_TEST_SUITE_P(ByteOrders, PcapngReaderTest, ::testing::Bool());

TEST_P(PcapngReaderTest, ReadsInterfacesOfDifferentLinksAndSnapLengths) {
  PcapngWriter writer(GetParam());
  writer.interface(1, 96);
  writer.interface(147, 262144);  // LINKTYPE_USER0: no decoder will ever know it
  writer.packet(1, 5, "user", 4);
  writer.packet(0, 6, "ether", 1500);
  const Read got = read(writer);
  ASSERT_EQ(got.bytes, (std::vector<std::string>{"user", "ether"}));
  EXPECT_EQ(got.frames[0].link, LinkType::other);
  EXPECT_EQ(got.frames[1].link, LinkType::ethernet);
  EXPECT_EQ(got.frames[1].wire_bytes, 1500U);
  EXPECT_EQ(flowtable::ns_since_epoch(got.frames[1].tick), 6000);
  EXPECT_EQ(got.end, CaptureStep::end);
}

TEST_P(PcapngReaderTest, ScalesTimeByResolutionAndOffset) {
  PcapngWriter writer(GetParam());
  const std::string sixty =
      GetParam() ? std::string("\x3c\0\0\0\0\0\0\0", 8) : std::string("\0\0\0\0\0\0\0\x3c", 8);
  writer.interface(1, 0, writer.option(2, "eth0") + writer.option(9, "\x09"));
  writer.interface(1, 0, writer.option(9, std::string(1, '\x8a')) + writer.option(14, sixty));
  writer.packet(0, 1'700'000'000'123'456'789, "n", 1);
  writer.packet(1, 1024 * 7 + 512, "b", 1);
  const Read got = read(writer);
  ASSERT_EQ(got.frames.size(), 2U);
  EXPECT_EQ(flowtable::ns_since_epoch(got.frames[0].tick), 1'700'000'000'123'456'789);
  EXPECT_EQ(flowtable::ns_since_epoch(got.frames[1].tick), 67'500'000'000);
}

TEST_P(PcapngReaderTest, SimplePacketPassedAfterThePacketBeforeIt) {
  PcapngWriter writer(GetParam());
  writer.interface(1, 0);
  writer.block(2, writer.u16(0) + writer.u16(0) + writer.u32(0) + writer.u32(3) + writer.u32(5) +
                      writer.u32(5) + "hello");
  writer.block(3, writer.u32(4) + "abcd");
  const Read got = read(writer);
  ASSERT_EQ(got.frames.size(), 2U);
  EXPECT_EQ(flowtable::ns_since_epoch(got.frames[1].tick), 3000);
}

TEST_P(PcapngReaderTest, ReadsSimpleAndObsoletePackets) {
  PcapngWriter writer(GetParam());
  writer.interface(1, 4);
  writer.block(3, writer.u32(9) + "abcd");  // cut by the interface's snap length
  writer.block(2, writer.u16(0) + writer.u16(0) + writer.u32(0) + writer.u32(3) + writer.u32(5) +
                      writer.u32(7) + "hello");
  const Read got = read(writer);
  ASSERT_EQ(got.bytes, (std::vector<std::string>{"abcd", "hello"}));
  EXPECT_EQ(got.frames[0].wire_bytes, 9U);
  EXPECT_EQ(got.frames[1].wire_bytes, 7U);
  EXPECT_EQ(flowtable::ns_since_epoch(got.frames[1].tick), 3000);
}

TEST_P(PcapngReaderTest, SkipsUnknownBlocksAndBeginsNewSections) {
  PcapngWriter writer(GetParam());
  writer.block(0xbad, std::string(100'000, 'c'));
  writer.interface(147);
  PcapngWriter other(!GetParam());
  other.interface(1);
  other.packet(0, 1, "second section", 14);
  const Read got = read_all(folder_.write("two.pcapng", writer.bytes() + other.bytes()));
  ASSERT_EQ(got.bytes, (std::vector<std::string>{"second section"}));
  EXPECT_EQ(got.frames[0].link, LinkType::ethernet);
}

TEST_P(PcapngReaderTest, RefusesPacketsThatContradictTheirBlock) {
  PcapngWriter unknown(GetParam());
  unknown.packet(0, 1, "of no interface", 15);
  EXPECT_EQ(read(unknown).end, CaptureStep::damaged);

  PcapngWriter longer(GetParam());
  longer.interface(1);
  longer.block(6, longer.u32(0) + longer.u32(0) + longer.u32(0) + longer.u32(100) +
                      longer.u32(100) + "only these");
  EXPECT_EQ(read(longer).end, CaptureStep::damaged);
}

TEST_P(PcapngReaderTest, EndsAnywhereAsTruncated) {
  PcapngWriter writer(GetParam());
  writer.interface(1);
  const size_t first = writer.bytes().size();
  writer.packet(0, 1, "whole", 5);
  const size_t second = writer.bytes().size();
  writer.packet(0, 2, "cut", 3);
  for (size_t length = first; length < writer.bytes().size(); ++length) {
    const Read got = read_all(folder_.write("cut.pcapng", writer.bytes().substr(0, length)));
    EXPECT_EQ(got.bytes.size(), length < second ? 0U : 1U);
    const bool whole_blocks = length == first || length == second;
    EXPECT_EQ(got.end, whole_blocks ? CaptureStep::end : CaptureStep::truncated) << length;
  }
}

TEST(TickOf, SaysNothingOfTimesThatCannotBe) {
  EXPECT_EQ(tick_of(UINT64_MAX, {.binary = false, .exponent = 0}), std::nullopt);
  EXPECT_EQ(tick_of(1, {.binary = false, .exponent = 6, .offset_seconds = INT64_MAX}),
            std::nullopt);
  EXPECT_EQ(tick_of(UINT64_MAX, {.binary = true, .exponent = 127})->time_since_epoch().count(),
            1'999'999'999);
  EXPECT_EQ(tick_of(0, {.offset_seconds = INT64_MIN}), std::nullopt);
  EXPECT_EQ(tick_of(INT64_MAX, {.exponent = 9}), flowtable::Tick::max());
  EXPECT_EQ(tick_of(uint64_t{INT64_MAX} + 1, {.exponent = 9}), std::nullopt);
}

// One interface's unit is wrong by a factor: its packets passed between those of the other one.
TEST_P(PcapngReaderTest, TakesTheTimeBeforeWhereTimeCannotBe) {
  PcapngWriter writer(GetParam());
  writer.interface(1);
  writer.packet(0, 5, "a", 1);
  writer.packet(0, UINT64_MAX, "b", 1);
  writer.packet(0, 7, "c", 1);
  const Read got = read(writer);
  ASSERT_EQ(got.frames.size(), 3U);
  EXPECT_EQ(got.frames[1].tick, got.frames[0].tick);
  EXPECT_EQ(got.frames[2].tick - got.frames[0].tick, std::chrono::microseconds(2));
}

// libpcap is the other implementation: both must read the same from every file that it can read.
TEST(PcapngAgainstLibpcap, GivesTheSameFrames) {
  const char* corpus = std::getenv("TAPSEAL_CORPUS");
  if (corpus == nullptr || !std::filesystem::is_directory(corpus)) GTEST_SKIP() << "no corpus";
  size_t compared = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus)) {
    if (entry.path().extension() != ".pcapng") continue;
    std::array<char, PCAP_ERRBUF_SIZE> reason{};
    pcap_t* peer = pcap_open_offline_with_tstamp_precision(
        entry.path().c_str(), PCAP_TSTAMP_PRECISION_NANO, reason.data());
    if (peer == nullptr) continue;
    const Read ours = read_all(entry.path());
    pcap_pkthdr* header = nullptr;
    const u_char* bytes = nullptr;
    size_t count = 0;
    int step = 0;
    while ((step = pcap_next_ex(peer, &header, &bytes)) == 1) {
      ASSERT_LT(count, ours.frames.size()) << entry.path();
      EXPECT_EQ(ours.bytes[count], std::string(bytes, bytes + header->caplen)) << entry.path();
      EXPECT_EQ(ours.frames[count].wire_bytes, header->len) << entry.path();
      const int64_t time = int64_t{header->ts.tv_sec} * 1'000'000'000 + int64_t{header->ts.tv_usec};
      // A simple packet has no time: libpcap says 0, we say that of the packet before it.
      if (time != 0) {
        EXPECT_EQ(flowtable::ns_since_epoch(ours.frames[count].tick), time) << entry.path();
      }
      ++count;
    }
    if (step == PCAP_ERROR_BREAK) {
      EXPECT_EQ(count, ours.frames.size()) << entry.path();
      EXPECT_EQ(ours.end, CaptureStep::end) << entry.path();
      ++compared;
    }
    pcap_close(peer);
  }
  EXPECT_GT(compared, 10U);
}

}  // namespace
}  // namespace dataplane
