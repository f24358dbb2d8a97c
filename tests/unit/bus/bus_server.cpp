// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/bus/bus_server.hpp"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace control::tests {
namespace {

// What the server says of itself once it listens: {"nats":["nats://127.0.0.1:4222"]}. Empty: not
// yet. (A free port that somebody else looks for may be taken again before the server has it.)
std::string url_in(const std::filesystem::path& ports) {
  std::ifstream file(ports);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const size_t begin = text.find("nats://");
  const size_t end = begin == std::string::npos ? begin : text.find('"', begin);
  return end == std::string::npos ? std::string() : text.substr(begin, end - begin);
}

}  // namespace

BusServer::BusServer(const std::filesystem::path& directory) {
  std::vector<std::string> words = {"nats-server",
                                    "-js",
                                    "-a",
                                    "127.0.0.1",
                                    "-p",
                                    "-1",
                                    "--ports_file_dir",
                                    directory.string(),
                                    "-sd",
                                    (directory / "js").string(),
                                    "-l",
                                    (directory / "nats.log").string()};
  std::vector<char*> pointers;
  for (std::string& word : words)
    pointers.push_back(word.data());
  pointers.push_back(nullptr);
  if (posix_spawnp(&pid_, "nats-server", nullptr, nullptr, pointers.data(), environ) != 0) {
    std::fprintf(stderr, "nats-server is not there: apt install nats-server\n");
    std::exit(1);
  }
  const auto ports = directory / ("nats-server_" + std::to_string(pid_) + ".ports");
  for (int round = 0; round < 500 && url_.empty(); ++round) {
    usleep(20'000);
    url_ = url_in(ports);
  }
}

BusServer::~BusServer() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

}  // namespace control::tests
