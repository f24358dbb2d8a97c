// SPDX-License-Identifier: Apache-2.0
// Replies that go on: the queue alone, and through the socket.
#include "control/ipc/subscription.hpp"

#include "tests/unit/control/server_fixture.hpp"

#include <gtest/gtest.h>

namespace control {
namespace {

using Taken = Subscription::Taken;

// The payloads of the frames in `bytes`.
std::vector<Json> frames_of(std::string_view bytes) {
  FrameReader reader(kReplyFrameBytesMax);
  reader.feed(bytes);
  std::vector<Json> out;
  for (std::string payload; reader.next(payload) == FrameReader::Next::frame;)
    out.push_back(parse_reply_json(payload).value());
  return out;
}

TEST(Subscription, GivesOutWhatWasPushedInOrder) {
  Subscription subscription({});
  std::string out;
  EXPECT_EQ(subscription.take(out), Taken::nothing);
  ASSERT_TRUE(subscription.has_room());
  EXPECT_TRUE(subscription.push(R"({"n":1})"));
  ASSERT_TRUE(subscription.has_room());
  EXPECT_FALSE(subscription.push(R"({"n":2})"));
  EXPECT_EQ(subscription.take(out), Taken::some);
  const std::vector<Json> frames = frames_of(out);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].dump(), R"({"rows":[{"n":1},{"n":2}]})");
}

TEST(Subscription, MissesWhatFindsItFullAndSaysHowMany) {
  Subscription subscription({.rows_max = 2});
  std::string out;
  for (int i = 0; i < 5; ++i) {
    if (subscription.has_room()) static_cast<void>(subscription.push("{}"));
  }
  EXPECT_EQ(subscription.num_missed(), 3u);
  EXPECT_EQ(subscription.take(out), Taken::some);
  const std::vector<Json> frames = frames_of(out);
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].dump(), R"({"rows":[{},{}]})");
  EXPECT_EQ(frames[1].dump(), R"({"fields":{"missed":3}})");
  // Told once; then there is room again.
  out.clear();
  EXPECT_EQ(subscription.take(out), Taken::nothing);
  EXPECT_TRUE(subscription.has_room());
}

TEST(Subscription, IsBoundedInBytes) {
  Subscription subscription({.bytes_max = 1000});
  int kept = 0;
  for (int i = 0; i < 100; ++i) {
    if (!subscription.has_room()) continue;
    static_cast<void>(subscription.push('"' + std::string(98, 'x') + '"'));
    ++kept;
  }
  EXPECT_EQ(kept, 10);
  EXPECT_EQ(subscription.num_missed(), 90u);
}

TEST(Subscription, EndsAfterItsTotal) {
  Subscription subscription({.total_max = 2});
  std::string out;
  static_cast<void>(subscription.push("{}"));
  EXPECT_FALSE(subscription.over());
  static_cast<void>(subscription.push("{}"));
  EXPECT_TRUE(subscription.over());
  EXPECT_EQ(subscription.take(out), Taken::ended);
  EXPECT_EQ(frames_of(out).back().dump(), R"({"end":true})");
}

// A server whose `watch` hands its subscriptions to the test.
class Watched {
 public:
  explicit Watched(Subscription::Limits limits = {}) : served_({}, handlers(limits)) {}

  [[nodiscard]] std::shared_ptr<Subscription> subscription() {
    for (int i = 0; i < 500; ++i) {
      {
        const std::lock_guard lock(mutex_);
        if (!subscriptions_.empty()) return subscriptions_.back();
      }
      std::this_thread::sleep_for(milliseconds(10));
    }
    ADD_FAILURE() << "nobody watches";
    return nullptr;
  }
  void push(int n) {
    const auto to = subscription();
    if (to->has_room() && to->push(R"({"ts":")" + std::to_string(n) + R"("})")) {
      served_.server->wake();
    }
  }
  [[nodiscard]] Served& served() { return served_; }

 private:
  CommandHandlers handlers(Subscription::Limits limits) {
    CommandHandlers out = test_handlers();
    out["watch"] = [this, limits](const Request&, Reply& reply) {
      const auto made = std::make_shared<Subscription>(limits);
      reply.follow(made);
      const std::lock_guard lock(mutex_);
      subscriptions_.push_back(made);
    };
    return out;
  }
  std::mutex mutex_;
  std::vector<std::shared_ptr<Subscription>> subscriptions_;
  Served served_;
};

template <typename Condition>
bool becomes_true(Condition condition) {
  for (int i = 0; i < 500 && !condition(); ++i)
    std::this_thread::sleep_for(milliseconds(10));
  return condition();
}

TEST(WatchOverTheSocket, RowsComeAsTheyArePushedAndTheConnectionCanAskAgain) {
  Watched watched({.total_max = 100});
  auto client = watched.served().connect();
  ASSERT_TRUE(client.ok());
  std::thread producer([&] {
    for (int i = 0; i < 100; ++i)
      watched.push(i);
  });
  Collected reply;
  EXPECT_TRUE(client.value().call("watch", Json::object(), reply).ok());
  producer.join();
  ASSERT_EQ(reply.rows.size(), 100u);
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(reply.rows[static_cast<size_t>(i)]["ts"], std::to_string(i));
  EXPECT_TRUE(client.value().call("status", Json::object(), reply).ok());
}

TEST(WatchOverTheSocket, TheCallersCloseEndsIt) {
  Watched watched;
  std::shared_ptr<Subscription> subscription;
  {
    RawCaller caller(watched.served().path());
    std::string frames;
    append_frame(frames, hello_text({kProtocol, "t", 0}));
    append_frame(frames, request_text("watch", Json::object()));
    caller.send(frames);
    subscription = watched.subscription();
    EXPECT_FALSE(subscription->over());
  }
  EXPECT_TRUE(becomes_true([&] { return subscription->over(); }));
  EXPECT_EQ(watched.served().count(ServerEvent::bad_frames), 0u);
}

// A caller that never reads holds up neither who pushes nor other callers, and memory is bounded.
TEST(WatchOverTheSocket, ASleepingReaderMissesRowsAndHoldsNobodyUp) {
  Watched watched({.rows_max = 100, .bytes_max = 100'000});
  RawCaller sleeper(watched.served().path());
  std::string frames;
  append_frame(frames, hello_text({kProtocol, "t", 0}));
  append_frame(frames, request_text("watch", Json::object()));
  sleeper.send(frames);
  const std::shared_ptr<Subscription> subscription = watched.subscription();
  uint64_t pushed = 0;
  const std::string row = R"({"sni":")" + std::string(900, 'x') + R"("})";
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 20'000; ++i) {
    if (!subscription->has_room()) continue;
    ++pushed;
    if (subscription->push(row)) watched.served().server->wake();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  EXPECT_GT(subscription->num_missed(), 10'000u);
  EXPECT_EQ(answer_to(watched.served(), "status"), "ok");
  // Awake again, it gets every row that was kept, and is told of all the others, without a pause:
  // nothing is pushed any more that could wake the server.
  std::string received = sleeper.receive(milliseconds(500));
  uint64_t rows = 0;
  uint64_t missed = 0;
  for (const Json& frame : frames_of(received)) {
    if (frame.contains("rows")) rows += frame["rows"].size();
    if (frame.contains("fields")) missed += frame["fields"]["missed"].get<uint64_t>();
  }
  EXPECT_EQ(rows, pushed);
  EXPECT_EQ(missed, subscription->num_missed());
  EXPECT_EQ(rows + missed, 20'000u);
}

TEST(WatchOverTheSocket, WhoTalksMeanwhileIsLetGo) {
  Watched watched;
  RawCaller caller(watched.served().path());
  std::string frames;
  append_frame(frames, hello_text({kProtocol, "t", 0}));
  append_frame(frames, request_text("watch", Json::object()));
  caller.send(frames);
  const std::shared_ptr<Subscription> subscription = watched.subscription();
  EXPECT_TRUE(becomes_true([&] {
    caller.send("more");
    return subscription->over();
  }));
  static_cast<void>(caller.receive());
  EXPECT_TRUE(caller.closed);
  EXPECT_EQ(watched.served().count(ServerEvent::bad_frames), 1u);
}

TEST(WatchOverTheSocket, AStopSendsWhatWaitsAndTheEnd) {
  Watched watched;
  auto client = watched.served().connect();
  ASSERT_TRUE(client.ok());
  std::thread stopper([&] {
    for (int i = 0; i < 1000; ++i)
      watched.push(i);
    watched.served().stop();
  });
  Collected reply;
  EXPECT_TRUE(client.value().call("watch", Json::object(), reply).ok());
  stopper.join();
  EXPECT_EQ(reply.rows.size(), 1000u);
}

}  // namespace
}  // namespace control
