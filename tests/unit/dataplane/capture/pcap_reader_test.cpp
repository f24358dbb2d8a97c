// SPDX-License-Identifier: Apache-2.0
// libpcap is the other implementation: both must read the same of every classic file.
#include "dataplane/capture/pcap_reader.hpp"

#include "dataplane/capture/libpcap_reader.hpp"
#include "tests/unit/dataplane/capture/capture_writer.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace dataplane {
namespace {

using testing::ScratchFolder;

struct ReadAsText {
  std::vector<std::string> frames;  // everything of each, as text
  CaptureStep end = CaptureStep::frame;
};

InputWindow window_of(const std::string& path) {
  return InputWindow(open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

ReadAsText read_all(FrameReader& reader) {
  ReadAsText out;
  CaptureFrame frame;
  while ((out.end = reader.next(frame, Fetch::yes)) == CaptureStep::frame) {
    out.frames.push_back(std::to_string(flowtable::ns_since_epoch(frame.tick)) + " " +
                         std::to_string(frame.wire_bytes) + " " +
                         std::to_string(static_cast<int>(frame.link)) + " " +
                         std::string(frame.bytes.begin(), frame.bytes.end()));
  }
  return out;
}

ReadAsText by_libpcap(const std::string& path) {
  auto reader = LibpcapReader::open(window_of(path));
  return reader ? read_all(*reader.value()) : ReadAsText{};
}

// A classic file, number by number.
class PcapWriter {
 public:
  PcapWriter(uint32_t magic, bool little_endian, uint32_t snap_bytes = 65535)
      : little_endian_(little_endian) {
    bytes_ = u32(magic) + u16(2) + u16(4) + u32(0) + u32(0) + u32(snap_bytes) + u32(1);
  }
  void packet(uint32_t seconds, uint32_t fraction, const std::string& bytes, uint32_t wire) {
    bytes_ +=
        u32(seconds) + u32(fraction) + u32(static_cast<uint32_t>(bytes.size())) + u32(wire) + bytes;
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  [[nodiscard]] std::string u16(uint32_t value) const { return number(value, 2); }
  [[nodiscard]] std::string u32(uint32_t value) const { return number(value, 4); }
  [[nodiscard]] std::string number(uint32_t value, int size) const {
    std::string out;
    for (int i = 0; i < size; ++i)
      out += static_cast<char>(value >> 8 * (little_endian_ ? i : size - 1 - i));
    return out;
  }
  bool little_endian_;
  std::string bytes_;
};

constexpr uint32_t kMicro = 0xa1b2c3d4, kNano = 0xa1b23c4d;

class PcapReaderTest : public ::testing::TestWithParam<std::pair<uint32_t, bool>> {
 protected:
  void expect_alike(const PcapWriter& writer, size_t frames) {
    const std::string path = folder_.write("some.pcap", writer.bytes());
    InputWindow window = window_of(path);
    const auto reader = PcapReader::open(window);
    ASSERT_NE(reader, nullptr);
    const ReadAsText ours = read_all(*reader), theirs = by_libpcap(path);
    EXPECT_EQ(ours.frames.size(), frames);
    EXPECT_EQ(ours.frames, theirs.frames);
    EXPECT_EQ(ours.end, theirs.end);
  }
  [[nodiscard]] static PcapWriter writer(uint32_t snap_bytes = 65535) {
    return {GetParam().first, GetParam().second, snap_bytes};
  }
  ScratchFolder folder_;
};
INSTANTIATE_TEST_SUITE_P(Dialects, PcapReaderTest,
                         ::testing::Values(std::pair(kMicro, true), std::pair(kMicro, false),
                                           std::pair(kNano, true), std::pair(kNano, false)));

TEST_P(PcapReaderTest, ReadsTimesAndLengths) {
  PcapWriter file = writer();
  file.packet(1'700'000'000, 999'999, "first", 5);
  file.packet(0, 0, "", 1500);
  file.packet(2'000'000'000, 1, "longer than it was", 3);
  expect_alike(file, 3);
}

TEST_P(PcapReaderTest, CutsToTheSnapLength) {
  PcapWriter file = writer(4);
  file.packet(1, 2, "eight by", 8);
  file.packet(1, 3, "four", 9);
  expect_alike(file, 2);
}

TEST_P(PcapReaderTest, TakesAnySnapLength) {
  for (const uint32_t snap_bytes : {0u, 0x80000000u, 0xffffffffu}) {
    PcapWriter file = writer(snap_bytes);
    file.packet(1, 2, "some bytes", 10);
    expect_alike(file, 1);
  }
}

TEST_P(PcapReaderTest, EndsWhereLibpcapDoes) {
  PcapWriter file = writer();
  file.packet(1, 2, "whole", 5);
  file.packet(3, 4, "cut off", 7);
  for (size_t length = PcapReader::kFileHeaderBytes; length <= file.bytes().size(); ++length) {
    const std::string path = folder_.write("cut.pcap", file.bytes().substr(0, length));
    InputWindow window = window_of(path);
    const auto reader = PcapReader::open(window);
    ASSERT_NE(reader, nullptr);
    const ReadAsText ours = read_all(*reader), theirs = by_libpcap(path);
    EXPECT_EQ(ours.frames, theirs.frames) << length;
    EXPECT_EQ(ours.end, theirs.end) << length;
  }
}

TEST(PcapReader, LeavesOtherDialectsToLibpcap) {
  const ScratchFolder folder;
  const PcapWriter patched(0xa1b2cd34, true);  // of a patched Linux libpcap of 2000
  std::string old = PcapWriter(kMicro, true).bytes();
  old[6] = 3;  // version 2.3
  for (const std::string& bytes : {patched.bytes(), old, std::string("short"), std::string()}) {
    InputWindow window = window_of(folder.write("other.pcap", bytes));
    EXPECT_EQ(PcapReader::open(window), nullptr);
    (void)window.fetch(1);
    EXPECT_EQ(std::string(window.there().begin(), window.there().end()), bytes);
  }
}

TEST(PcapReader, ReadsEveryFileOfTheCorpusAsLibpcapDoes) {
  const char* corpus = std::getenv("TAPSEAL_CORPUS");
  if (corpus == nullptr || !std::filesystem::is_directory(corpus)) GTEST_SKIP() << "no corpus";
  size_t compared = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus)) {
    if (entry.path().extension() != ".pcap") continue;
    InputWindow window = window_of(entry.path());
    const auto reader = PcapReader::open(window);
    if (reader == nullptr) continue;
    const ReadAsText ours = read_all(*reader), theirs = by_libpcap(entry.path());
    EXPECT_EQ(ours.frames, theirs.frames) << entry.path();
    EXPECT_EQ(ours.end, theirs.end) << entry.path();
    ++compared;
  }
  EXPECT_GT(compared, 100u);
}

}  // namespace
}  // namespace dataplane
