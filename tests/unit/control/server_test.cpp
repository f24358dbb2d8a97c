// SPDX-License-Identifier: Apache-2.0
// Server and client over a real socket.
#include "control/ipc/server.hpp"

#include "control/ipc/client.hpp"
#include "tests/unit/control/server_fixture.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <thread>

namespace control {
namespace {

TEST(Server, AnswersWithRowsAndFields) {
  const Served served;
  auto client = served.connect();
  ASSERT_TRUE(client.ok()) << client.error().message;
  EXPECT_EQ(client.value().server().pid, getpid());
  for (int i = 0; i < 3; ++i) {
    Collected reply;
    ASSERT_TRUE(client.value().call("status", Json::object(), reply).ok());
    EXPECT_EQ(reply.fields, (Json{{"state", "operator"}, {"sensor", "after rows"}}));
    ASSERT_EQ(reply.rows.size(), 1u);
    EXPECT_EQ(reply.rows[0]["value"], 0);
  }
}

TEST(Server, StreamsManyRowsInOrder) {
  const Served served;
  auto client = served.connect();
  ASSERT_TRUE(client.ok());
  Collected reply;
  ASSERT_TRUE(client.value().call("flows", {{"limit", 20'000}}, reply).ok());
  ASSERT_EQ(reply.rows.size(), 20'000u);
  for (size_t i = 0; i < reply.rows.size(); ++i)
    ASSERT_EQ(reply.rows[i]["core"], i);
}

TEST(Server, ErrorsAreNamedAndDoNotEndTheConnection) {
  const Served served;
  EXPECT_EQ(answer_to(served, "nonsense"), "unknown_command");
  EXPECT_EQ(answer_to(served, "read"), "unknown_command");
  EXPECT_EQ(answer_to(served, "ports"), "unavailable");
  EXPECT_EQ(answer_to(served, "flows", R"({"limit":0})"), "bad_argument");
  EXPECT_EQ(answer_to(served, "show"), "bad_argument");
  EXPECT_EQ(answer_to(served, "show", R"({"thing":"x"})"), "failed");
  EXPECT_EQ(served.count(ServerEvent::requests_failed), 6u);
  EXPECT_EQ(served.count(ServerEvent::requests), 6u);

  auto client = served.connect();
  ASSERT_TRUE(client.ok());
  Collected reply;
  const auto called = client.value().call("certs", Json::object(), reply);
  EXPECT_EQ(called.error().message, "no database");
  EXPECT_EQ(reply.rows.size(), 1u);
  EXPECT_TRUE(client.value().call("status", Json::object(), reply).ok());
}

TEST(Server, RolesComeFromUserAndGroups) {
  Served served;
  const auto role_seen_by = [&](uid_t uid, gid_t gid, std::vector<gid_t> groups) {
    served.peers.choose(PeerCredentials{9, uid, gid, std::move(groups)});
    return answer_to(served, "status") + " " + answer_to(served, "down");
  };
  EXPECT_EQ(role_seen_by(0, 0, {}), "ok ok");
  EXPECT_EQ(role_seen_by(4000, 4000, {}), "ok ok");
  EXPECT_EQ(role_seen_by(1000, kOperators, {}), "ok ok");
  EXPECT_EQ(role_seen_by(1000, 1000, {7, kOperators}), "ok ok");
  EXPECT_EQ(role_seen_by(1000, kReaders, {}), "ok not_permitted");
  EXPECT_EQ(role_seen_by(1000, 1000, {7, kReaders}), "ok not_permitted");
  EXPECT_EQ(served.count(ServerEvent::refused_role), 0u);
  EXPECT_EQ(role_seen_by(1000, 1000, {7}), "not_permitted not_permitted");
  EXPECT_EQ(served.count(ServerEvent::refused_role), 2u);
  served.peers.choose(std::nullopt);
  EXPECT_EQ(answer_to(served, "status"), "not_permitted");
}

TEST(AccessRules, WithoutGroupsOnlyRootAndOwnUser) {
  const AccessRules rules{4000, std::nullopt, std::nullopt};
  EXPECT_EQ(rules.role_of({1, 0, 0, {}}), Role::operator_);
  EXPECT_EQ(rules.role_of({1, 4000, 1, {}}), Role::operator_);
  EXPECT_EQ(rules.role_of({1, 4001, 0, {0, 4000}}), Role::nobody);
  EXPECT_FALSE(AccessRules::of_groups("no-such-group-anywhere", "").ok());
  EXPECT_EQ(AccessRules::of_groups("", "root").value().operators, gid_t{0});
}

TEST(KernelPeerSource, KnowsThisProcess) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  const auto peer = KernelPeerSource().peer_of(pair[0]);
  ASSERT_TRUE(peer.has_value());
  EXPECT_EQ(peer->pid, getpid());
  EXPECT_EQ(peer->uid, geteuid());
  EXPECT_EQ(peer->gid, getegid());
  close(pair[0]);
  close(pair[1]);
}

TEST(Server, RefusesCallersOfAnotherProtocol) {
  const Served served;
  RawCaller caller(served.path());
  std::string hello;
  append_frame(hello, R"({"hello":"tapseal","protocol":2,"version":"2.0"})");
  caller.send(hello);
  const std::string answer = caller.receive();
  EXPECT_NE(answer.find("this daemon (version 0.1.0) speaks protocol 1, the caller speaks 2"),
            std::string::npos)
      << answer;
  EXPECT_TRUE(caller.closed);
}

TEST(Client, RefusesDaemonsOfAnotherProtocolAndOtherPrograms) {
  struct Case {
    std::string first_bytes;
    ErrorCode code;
  };
  std::string other_protocol;
  append_frame(other_protocol, R"({"hello":"tapseal","protocol":2,"version":"9.0","pid":1})");
  std::string other_program;
  append_frame(other_program, R"({"hello":"else","protocol":1})");
  for (const Case& wrong : {Case{other_protocol, ErrorCode::protocol_mismatch},
                            Case{other_program, ErrorCode::connection_lost},
                            Case{"HTTP/1.1 400 Bad Request\r\n\r\n", ErrorCode::connection_lost},
                            Case{"", ErrorCode::connection_lost}}) {
    const TemporaryDirectory directory;
    const auto listening = ListeningSocket::open(directory / "s", 0600);
    ASSERT_TRUE(listening.ok());
    std::thread stranger([&] {
      pollfd wait{listening.value().fd(), POLLIN, 0};
      poll(&wait, 1, 5'000);
      const UniqueFd fd(accept(listening.value().fd(), nullptr, nullptr));
      send(fd.get(), wrong.first_bytes.data(), wrong.first_bytes.size(), MSG_NOSIGNAL);
    });
    const auto client = Client::connect(directory / "s", {.version = "0.1.0"});
    stranger.join();
    ASSERT_FALSE(client.ok());
    EXPECT_EQ(client.error().code, wrong.code) << client.error().message;
  }
}

TEST(Client, SaysHowToStartTheDaemon) {
  const TemporaryDirectory directory;
  const auto client = Client::connect(directory / "none.sock", {.version = "0.1.0"});
  ASSERT_FALSE(client.ok());
  EXPECT_EQ(client.error().code, ErrorCode::unreachable);
  EXPECT_EQ(client.error().message,
            "no daemon at " + (directory / "none.sock") + "; start it with `tapseal up`");
  EXPECT_EQ(Client::connect("/tmp/" + std::string(200, 'x'), {}).error().code,
            ErrorCode::unreachable);
}

// As the daemon does while it drains: the owner of the first turn has other work, another thread
// serves the second one, on the same connections.
TEST(Server, GoesOnWithAnotherThreadWhereItStays) {
  TemporaryDirectory directory;
  ServerOptions options;
  options.socket_path = directory / "s";
  options.access = AccessRules{geteuid(), std::nullopt, std::nullopt};
  Server server(std::move(options), test_handlers());
  ASSERT_TRUE(server.listen().ok());
  std::thread first([&] { server.run(Server::AtEnd::stay); });
  auto client = Client::connect(directory / "s", {.version = "0.1.0"});
  ASSERT_TRUE(client.ok());
  Collected reply;
  EXPECT_TRUE(client.value().call("status", Json::object(), reply).ok());
  server.stop();
  first.join();
  std::thread second([&] { server.run(); });
  EXPECT_TRUE(client.value().call("status", Json::object(), reply).ok());
  EXPECT_TRUE(Client::connect(directory / "s", {.version = "0.1.0"}).ok());
  server.stop();
  second.join();
  EXPECT_FALSE(std::filesystem::exists(directory / "s"));
}

TEST(Server, StopSendsAnswersUnderWay) {
  TemporaryDirectory directory;
  ServerOptions options;
  options.socket_path = directory / "s";
  options.access = AccessRules{geteuid(), std::nullopt, std::nullopt};
  Server* self = nullptr;
  CommandHandlers handlers;
  handlers["down"] = [&self](const Request&, Reply& reply) {
    reply.field("draining", true);
    self->stop();
  };
  Server server(std::move(options), std::move(handlers));
  self = &server;
  ASSERT_TRUE(server.listen().ok());
  std::thread thread([&] { server.run(); });
  auto client = Client::connect(directory / "s", {.version = "0.1.0"});
  ASSERT_TRUE(client.ok());
  Collected reply;
  EXPECT_TRUE(client.value().call("down", Json::object(), reply).ok());
  EXPECT_EQ(reply.fields["draining"], true);
  thread.join();
}

TEST(Server, WatchesOtherDescriptorsAndTicks) {
  TemporaryDirectory directory;
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  ServerOptions options;
  options.socket_path = directory / "s";
  int num_ticks = 0;
  options.every_second = [&] {
    if (++num_ticks == 1) static_cast<void>(write(pipe_ends[1], "x", 1) == 1);
  };
  Server server(std::move(options), {});
  server.watch(pipe_ends[0], [&] { server.stop(); });
  ASSERT_TRUE(server.listen().ok());
  server.run();
  EXPECT_EQ(num_ticks, 1);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

TEST(ListeningSocket, AnsweringSocketIsAlreadyRunning) {
  const Served served;
  const auto second = ListeningSocket::open(served.path(), 0600);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().message, "already running (pid " + std::to_string(getpid()) +
                                        "): it answers at " + served.path());
  EXPECT_EQ(answer_to(served, "status"), "ok");
}

}  // namespace
}  // namespace control
