// SPDX-License-Identifier: Apache-2.0
#include "control/ipc/listening_socket.hpp"

#include "control/ipc/pid_file.hpp"
#include "tests/unit/control/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fstream>

namespace control {
namespace {

TEST(ListeningSocket, StaleSocketIsReplaced) {
  const TemporaryDirectory directory;
  const std::string path = directory / "run/control.sock";
  const pid_t child = fork();
  if (child == 0) {
    // Dies without cleaning up, as by kill -9.
    auto listening = ListeningSocket::open(path, 0600);
    _exit(listening.ok() ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  struct stat found {};
  ASSERT_EQ(stat(path.c_str(), &found), 0);
  {
    const auto again = ListeningSocket::open(path, 0640);
    ASSERT_TRUE(again.ok()) << again.error().message;
    ASSERT_EQ(stat(path.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0640u);
  }
  EXPECT_NE(stat(path.c_str(), &found), 0);
}

TEST(ListeningSocket, OtherFilesAreNotTouched) {
  const TemporaryDirectory directory;
  const std::string path = directory / "precious";
  std::ofstream(path) << "text";
  const auto listening = ListeningSocket::open(path, 0600);
  ASSERT_FALSE(listening.ok());
  EXPECT_EQ(listening.error().message,
            path + ": is there and is not a socket; remove it or set run.socket");
  EXPECT_EQ(std::filesystem::file_size(path), 4u);
}

TEST(PidFile, OnlyOneProcessHoldsIt) {
  const TemporaryDirectory directory;
  const std::string path = directory / "tapseald.pid";
  {
    const auto first = PidFile::hold(path);
    ASSERT_TRUE(first.ok()) << first.error().message;
    const auto second = PidFile::hold(path);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().message,
              "already running (pid " + std::to_string(getpid()) + "): " + path + " is held");
  }
  EXPECT_TRUE(PidFile::hold(path).ok());
  EXPECT_FALSE(PidFile::hold("/nonexistent/tapseald.pid").ok());
}

}  // namespace
}  // namespace control
