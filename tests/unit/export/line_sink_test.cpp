// SPDX-License-Identifier: Apache-2.0
#include "control/export/line_sink.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

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
