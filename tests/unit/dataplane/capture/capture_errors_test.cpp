// SPDX-License-Identifier: Apache-2.0
// Every way in which a file can be no capture, and the one line a person gets for it.
#include "dataplane/capture/capture_file.hpp"
#include "tests/unit/dataplane/capture/capture_writer.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace dataplane {
namespace {

using testing::PcapngWriter;
using testing::ScratchFolder;

std::string error_of(const std::string& path) {
  const auto opened = CaptureFile::open(path);
  return opened ? "" : opened.error().message;
}

class CaptureErrors : public ::testing::Test {
 protected:
  // One line that begins with the file's name and holds `words`.
  void expect_error(const std::string& path, const std::string& words) {
    const std::string message = error_of(path);
    EXPECT_TRUE(message.starts_with(path + ": ")) << message;
    EXPECT_NE(message.find(words), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
  ScratchFolder folder_;
};

TEST_F(CaptureErrors, NamesAMissingFile) {
  expect_error(folder_.file("nope.pcap"), "no such file");
}

TEST_F(CaptureErrors, NamesADirectory) {
  expect_error(folder_.path(), "is a directory");
}

TEST_F(CaptureErrors, NamesAFileItMayNotRead) {
  const std::string path = folder_.write("secret.pcap", "x");
  ASSERT_EQ(chmod(path.c_str(), 0), 0);
  ASSERT_EQ(chmod(folder_.path().c_str(), 0755), 0);
  const bool root = geteuid() == 0;
  if (root) {  // root may read everything, so be somebody else for a moment
    ASSERT_EQ(seteuid(65534), 0);
  }
  const std::string message = error_of(path);
  if (root) {
    ASSERT_EQ(seteuid(0), 0);
  }
  EXPECT_NE(message.find("no permission"), std::string::npos) << message;
}

TEST_F(CaptureErrors, NamesAnEmptyFile) {
  expect_error(folder_.write("empty.pcap", ""), "is empty");
}

TEST_F(CaptureErrors, NamesATextFile) {
  expect_error(folder_.write("notes.pcap", "remember to take the capture\n"), "is a text file");
  expect_error(folder_.write("short.pcap", "hi"), "is a text file");
  expect_error(folder_.write("blank.pcap", "\n\nstarts with an empty line\n"), "is a text file");
}

TEST_F(CaptureErrors, NamesABinaryFile) {
  expect_error(folder_.write("photo.pcap", std::string("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", 16)),
               "is not a capture");
}

TEST_F(CaptureErrors, SaysHowToReadACompressedFile) {
  const std::string path = folder_.write("big.pcap.gz", "\x1f\x8b\x08 and so on");
  expect_error(path, "gzip -dc " + path + " | tapseal read -");
}

TEST_F(CaptureErrors, NamesAHeaderThatWasCutOff) {
  const std::string path = folder_.file("cut.pcap");
  testing::write_pcap(path, DLT_EN10MB, {});
  std::filesystem::resize_file(path, 10);
  expect_error(path, "ends inside the header");
}

TEST_F(CaptureErrors, RefusesAPcapngOfNoByteOrder) {
  std::string bytes = PcapngWriter().bytes();
  bytes[8] = 'x';
  expect_error(folder_.write("order.pcapng", bytes), "is not a capture");
}

}  // namespace
}  // namespace dataplane
