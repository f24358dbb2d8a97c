// SPDX-License-Identifier: Apache-2.0
// Callers who mean harm, or do it.
#include "control/ipc/server.hpp"
#include "tests/unit/control/server_fixture.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/un.h>

#include <cstring>
#include <memory>
#include <random>
#include <thread>

namespace control {
namespace {

TEST(Server, LimitsTheSizeOfAnAnswer) {
  const Served served;
  auto client = served.connect();
  ASSERT_TRUE(client.ok());
  Collected reply;
  auto called = client.value().call("flows", {{"limit", 100'000}}, reply);
  ASSERT_FALSE(called.ok());
  EXPECT_EQ(called.error().code, ErrorCode::too_large);
  EXPECT_GT(reply.rows.size(), 50'000u);
  called = client.value().call("metrics", Json::object(), reply);
  ASSERT_FALSE(called.ok());
  EXPECT_EQ(called.error().code, ErrorCode::too_large);
  EXPECT_TRUE(client.value().call("status", Json::object(), reply).ok());
}

// Out of descriptors: who calls waits, and is served when there are some again.
TEST(Server, CountsCallersThatItHasNoDescriptorFor) {
  const Served served;
  const UniqueFd caller(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  // A place below the limit for nobody: descriptors are given out from the lowest.
  rlimit none = before;
  const UniqueFd next(dup(caller.get()));
  none.rlim_cur = static_cast<rlim_t>(next.get()) + 1;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, served.path().c_str(), served.path().size());
  const int connected =
      connect(caller.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const bool counted = served.reaches(ServerEvent::accept_failed, 1);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_EQ(connected, 0);
  EXPECT_TRUE(counted);
  EXPECT_TRUE(served.reaches(ServerEvent::accept_failed, 1));
  EXPECT_TRUE(served.reaches(ServerEvent::accepted, 1));
}

TEST(Server, GarbageIsRefusedAndCounted) {
  const Served served;
  std::string zero;
  append_frame(zero, "{}");
  std::string not_json;
  append_frame(not_json, "garbage!");
  for (const std::string& bytes : {std::string(4, '\0'), std::string("GET / HTTP/1.1\r\n\r\n"),
                                   std::string(100'000, '\xff'), zero, not_json}) {
    RawCaller caller(served.path());
    caller.send(bytes);
    EXPECT_NE(caller.receive().find("bad_request"), std::string::npos);
    EXPECT_TRUE(caller.closed);
  }
  EXPECT_EQ(served.count(ServerEvent::bad_frames), 5u);
  EXPECT_EQ(answer_to(served, "status"), "ok");
}

TEST(Server, TenThousandGarbageConnectionsDoNotHurt) {
  const Served served;
  std::mt19937 random(7);
  std::vector<std::unique_ptr<RawCaller>> open;
  for (int i = 0; i < 10'000; ++i) {
    auto caller = std::make_unique<RawCaller>(served.path());
    if (!caller->connected()) {  // The queue of callers is full for a moment.
      std::this_thread::sleep_for(milliseconds(1));
      continue;
    }
    std::string bytes(random() % 64, '\0');
    for (char& c : bytes)
      c = static_cast<char>(random());
    caller->send(bytes);
    open.push_back(std::move(caller));
    if (open.size() > 200) open.erase(open.begin() + static_cast<long>(random() % open.size()));
    if (i % 1'000 == 500) {
      EXPECT_EQ(answer_to(served, "status"), "ok") << i;
    }
  }
  open.clear();
  EXPECT_EQ(answer_to(served, "status"), "ok");
}

TEST(Server, SilentCallersAreDropped) {
  ServerOptions options;
  options.hello_timeout = milliseconds(100);
  options.idle_timeout = milliseconds(200);
  const Served served(std::move(options));
  RawCaller silent(served.path());
  static_cast<void>(silent.receive());
  EXPECT_TRUE(silent.closed);
  EXPECT_EQ(served.count(ServerEvent::dropped_idle), 1u);

  auto idle = served.connect();
  ASSERT_TRUE(idle.ok());
  EXPECT_TRUE(served.reaches(ServerEvent::dropped_idle, 2));
  Collected reply;
  EXPECT_EQ(idle.value().call("status", Json::object(), reply).error().code,
            ErrorCode::connection_lost);
}

TEST(Server, AByteNowAndThenDoesNotKeepAPlace) {
  ServerOptions options;
  options.hello_timeout = milliseconds(300);
  const Served served(std::move(options));
  RawCaller slow(served.path());
  // Three zero bytes are still no whole length.
  for (int i = 0; i < 3; ++i) {
    slow.send(std::string(1, '\0'));
    std::this_thread::sleep_for(milliseconds(150));
  }
  EXPECT_TRUE(served.reaches(ServerEvent::dropped_idle, 1));
}

TEST(Server, SlowReadersAreDropped) {
  ServerOptions options;
  options.slow_timeout = milliseconds(200);
  const Served served(std::move(options));
  RawCaller slow(served.path());
  std::string bytes;
  append_frame(bytes, hello_text({kProtocol, "0.1.0", 0}));
  append_frame(bytes, request_text("flows", {{"limit", 20'000}}));
  slow.send(bytes);
  EXPECT_TRUE(served.reaches(ServerEvent::dropped_slow, 1));
  EXPECT_EQ(answer_to(served, "status"), "ok");
}

TEST(Server, FullHouseKeepsThoseAtWorkAndReplacesTheSilent) {
  ServerOptions options;
  options.clients_max = 2;
  const Served served(std::move(options));
  RawCaller silent(served.path());
  ASSERT_TRUE(served.reaches(ServerEvent::accepted, 1));
  auto first = served.connect();
  auto second = served.connect();
  ASSERT_TRUE(first.ok() && second.ok());
  static_cast<void>(silent.receive());
  EXPECT_TRUE(silent.closed);
  Collected reply;
  ASSERT_TRUE(first.value().call("status", Json::object(), reply).ok());
  ASSERT_TRUE(second.value().call("status", Json::object(), reply).ok());
  const auto third = served.connect();
  ASSERT_FALSE(third.ok());
  EXPECT_EQ(third.error().code, ErrorCode::busy);
  EXPECT_EQ(served.count(ServerEvent::refused_busy), 1u);
}

}  // namespace
}  // namespace control
