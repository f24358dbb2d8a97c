// SPDX-License-Identifier: Apache-2.0
#include "dataplane/capture/capture_file.hpp"

#include "tests/unit/dataplane/capture/capture_writer.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <array>

namespace dataplane {
namespace {

using testing::ScratchFolder;
using testing::WrittenFrame;

const std::vector<WrittenFrame> kFrames = {
    {"first frame", 1'700'000'000'123'456'789, 11},
    {"cut frame", 1'700'000'000'123'456'790, 1500},
    {std::string(262144, 'j'), 1'699'999'999'000'000'001, 262144},
};

void expect_equal(const CaptureFrame& frame, const WrittenFrame& written) {
  EXPECT_EQ(std::string(frame.bytes.begin(), frame.bytes.end()), written.bytes);
  EXPECT_EQ(flowtable::ns_since_epoch(frame.tick), written.ns);
  EXPECT_EQ(frame.wire_bytes, written.wire_bytes);
  EXPECT_EQ(frame.link, LinkType::ethernet);
}

class CaptureFileTest : public ::testing::Test {
 protected:
  std::string write(const std::vector<WrittenFrame>& frames) {
    const std::string path = folder_.file("some.pcap");
    testing::write_pcap(path, DLT_EN10MB, frames);
    return path;
  }
  ScratchFolder folder_;
};

TEST_F(CaptureFileTest, GivesFramesWithNanosecondsAndWireLength) {
  auto file = CaptureFile::open(write(kFrames));
  ASSERT_TRUE(file.ok()) << file.error().message;
  CaptureFrame frame;
  for (const WrittenFrame& written : kFrames) {
    ASSERT_EQ(file.value().next(frame), CaptureStep::frame);
    expect_equal(frame, written);
  }
  EXPECT_EQ(file.value().next(frame), CaptureStep::end);
  EXPECT_EQ(file.value().next(frame), CaptureStep::end);
}

TEST_F(CaptureFileTest, KeepsAllFramesOfABurst) {
  std::vector<WrittenFrame> frames;
  for (int i = 0; i < 200; ++i)
    frames.push_back({"frame " + std::to_string(i), i, 60});
  frames.push_back({std::string(262144, 'x'), 1, 262144});
  frames.push_back({std::string(262144, 'y'), 2, 262144});
  auto file = CaptureFile::open(write(frames));
  ASSERT_TRUE(file.ok());
  std::array<CaptureFrame, 100> burst;
  size_t seen = 0;
  FrameBurst got;
  do {
    got = file.value().next_burst(burst);
    EXPECT_LE(got.num_frames, CaptureFile::kBurstMax);
    for (size_t i = 0; i < got.num_frames; ++i, ++seen)
      expect_equal(burst[i], frames.at(seen));
  } while (got.step == CaptureStep::frame);
  EXPECT_EQ(got.step, CaptureStep::end);
  EXPECT_EQ(seen, frames.size());
}

TEST_F(CaptureFileTest, GivesThePacketsBeforeACut) {
  const std::string path = write(kFrames);
  std::filesystem::resize_file(path, 24 + 16 + 11 + 16 + 5);
  auto file = CaptureFile::open(path);
  ASSERT_TRUE(file.ok());
  CaptureFrame frame;
  ASSERT_EQ(file.value().next(frame), CaptureStep::frame);
  expect_equal(frame, kFrames[0]);
  EXPECT_EQ(file.value().next(frame), CaptureStep::truncated);
  EXPECT_EQ(file.value().next(frame), CaptureStep::truncated);
  EXPECT_TRUE(file.value().fault().starts_with(path + ": ends inside a packet"))
      << file.value().fault();
}

TEST_F(CaptureFileTest, StopsAtAnImpossibleLength) {
  const std::string path = write(kFrames);
  std::fstream(path, std::ios::in | std::ios::out | std::ios::binary)
      .seekp(24 + 16 + 11 + 8)
      .write("\xff\xff\xff\x7f", 4);
  auto file = CaptureFile::open(path);
  ASSERT_TRUE(file.ok());
  CaptureFrame frame;
  ASSERT_EQ(file.value().next(frame), CaptureStep::frame);
  EXPECT_EQ(file.value().next(frame), CaptureStep::damaged);
  EXPECT_FALSE(file.value().fault().empty());
}

TEST_F(CaptureFileTest, ReadsStandardInput) {
  const std::string path = write(kFrames);
  const int saved = dup(STDIN_FILENO);
  const int input = open(path.c_str(), O_RDONLY);
  ASSERT_GE(input, 0);
  dup2(input, STDIN_FILENO);
  close(input);
  auto file = CaptureFile::open("-");
  dup2(saved, STDIN_FILENO);
  close(saved);
  ASSERT_TRUE(file.ok());
  CaptureFrame frame;
  ASSERT_EQ(file.value().next(frame), CaptureStep::frame);
  expect_equal(frame, kFrames[0]);
}

TEST_F(CaptureFileTest, ReadsAPipeOfPcapng) {
  testing::PcapngWriter writer;
  writer.interface(1);
  writer.packet(0, 1, "over a pipe", 11);
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  ASSERT_EQ(::write(ends[1], writer.bytes().data(), writer.bytes().size()),
            static_cast<ssize_t>(writer.bytes().size()));
  close(ends[1]);
  auto file = CaptureFile::open("/dev/fd/" + std::to_string(ends[0]));
  ASSERT_TRUE(file.ok());
  CaptureFrame frame;
  ASSERT_EQ(file.value().next(frame), CaptureStep::frame);
  expect_equal(frame, {"over a pipe", 1000, 11});
  EXPECT_EQ(file.value().next(frame), CaptureStep::end);
  close(ends[0]);
}

}  // namespace
}  // namespace dataplane
