// SPDX-License-Identifier: Apache-2.0
#include "control/export/line_sink.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <sstream>
#include <string>

namespace control {
namespace {

TEST(LineSink, CountsWhatAFullDiskRefuses) {
  const int full = open("/dev/full", O_WRONLY);
  ASSERT_GE(full, 0);
  LineSink sink(full, "here");
  sink.write(tls::RecordBatch(3));
  EXPECT_EQ(sink.lines_written(), 0U);
  EXPECT_EQ(sink.lines_lost(), 3U);
  EXPECT_EQ(sink.last_error(), ENOSPC);
  close(full);
}

std::string read_some(int descriptor, size_t bytes_max) {
  std::string out(bytes_max, '\0');
  const ssize_t got = read(descriptor, out.data(), out.size());
  out.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return out;
}

// A reader that sleeps: the sink gives up in time, counts what did not get through whole, and the
// next line that does begins on a line of its own.
TEST(LineSink, DoesNotWaitForASleepingReaderAndLeavesWholeLines) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(fcntl(ends[1], F_SETPIPE_SZ, 4096), 4096);
  LineSink sink(ends[1], "here");
  sink.set_patience(std::chrono::milliseconds(50));
  sink.write(tls::RecordBatch(20));
  EXPECT_EQ(sink.last_error(), ETIMEDOUT);
  EXPECT_EQ(sink.lines_written() + sink.lines_lost(), 20U);
  EXPECT_GT(sink.lines_lost(), 0U);
  const uint64_t written_before = sink.lines_written();
  std::string text = read_some(ends[0], 1 << 16);
  sink.write(tls::RecordBatch(1));
  EXPECT_EQ(sink.lines_written(), written_before + 1);
  EXPECT_EQ(sink.last_error(), 0);
  text += read_some(ends[0], 1 << 16);
  size_t whole = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    whole += nlohmann::json::parse(line, nullptr, false).is_object() ? 1 : 0;
  }
  EXPECT_EQ(whole, sink.lines_written());
  close(ends[0]);
  close(ends[1]);
}

TEST(LineSink, CountsWhatAReaderThatWentAwayMisses) {
  std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  LineSink sink(ends[1], "here");
  sink.write(tls::RecordBatch(1));
  close(ends[0]);
  sink.write(tls::RecordBatch(2));
  sink.write(tls::RecordBatch(2));
  EXPECT_EQ(sink.lines_written(), 1U);
  EXPECT_EQ(sink.lines_lost(), 4U);
  EXPECT_EQ(sink.last_error(), EPIPE);
  close(ends[1]);
}

}  // namespace
}  // namespace control
