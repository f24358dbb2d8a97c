// SPDX-License-Identifier: Apache-2.0
// Our TCP against a model of a server, over a network that loses, doubles and reorders.
#include "tests/unit/dataplane/scan/tcp_client_fixture.hpp"

#include <random>

namespace dataplane {
namespace {

class ModelServer {
 public:
  ModelServer(uint32_t seed, size_t answer_bytes) : random_(seed) {
    for (size_t i = 0; i < answer_bytes; ++i)
      answer_.push_back(static_cast<uint8_t>(random_()));
  }
  const ByteString& answer() const { return answer_; }
  const ByteString& asked() const { return asked_; }

  // Takes one segment of the client's.
  void take(uint32_t seq, uint32_t ack, const ByteString& payload) {
    if (seq == 5001 + asked_.size()) asked_.insert(asked_.end(), payload.begin(), payload.end());
    acknowledged_ = std::max(acknowledged_, ack - 1000);
  }
  // Some segment that is not acknowledged yet, of any size.
  struct Part {
    uint32_t at;
    ByteString bytes;
  };
  std::optional<Part> part(size_t window) {
    if (acknowledged_ >= answer_.size()) return std::nullopt;
    const size_t room = std::min(answer_.size() - acknowledged_, window);
    if (room == 0) return std::nullopt;
    const size_t ahead = random_() % 3 == 0 ? 0 : random_() % std::min<size_t>(room, 4000);
    const size_t at = acknowledged_ + ahead;
    const size_t size = std::min<size_t>(1 + random_() % 1400, acknowledged_ + room - at);
    return Part{static_cast<uint32_t>(at),
                ByteString(answer_.begin() + static_cast<ptrdiff_t>(at),
                           answer_.begin() + static_cast<ptrdiff_t>(at + size))};
  }

 private:
  std::mt19937 random_;
  ByteString answer_;
  ByteString asked_;
  uint32_t acknowledged_ = 0;
};

TEST_F(TcpClientTest, CarriesBothDirectionsOverABadLine) {
  for (uint32_t seed = 1; seed <= 60; ++seed) {
    std::mt19937 random(seed);
    ModelServer server(seed, 1000 + random() % 60'000);
    const ByteString question(300 + random() % 900, static_cast<uint8_t>(seed));
    ASSERT_TRUE(open(question));
    ByteString got;
    size_t window = 1000;
    const auto lost = [&] { return random() % 100 < 12; };
    const auto done = [&] { return got == server.answer() && server.asked() == question; };
    for (int step = 0; step < 19'000 && !done(); ++step) {
      now_ += kMillisecond;
      while (const auto frame = sent()) {
        if (lost()) continue;
        server.take(frame->seq, frame->ack, frame->payload);
        window = frame->window;
      }
      const auto asked = static_cast<uint32_t>(server.asked().size());
      if (const auto part = server.part(window); part && !lost()) {
        (void)hear({TcpFlags::kAck, 1000 + part->at, 5001 + asked, part->bytes, {}});
      } else if (!part && !lost()) {
        const auto end = static_cast<uint32_t>(server.answer().size());
        (void)hear({TcpFlags::kAck, 1000 + end, 5001 + asked, {}, {}});
      }
      client_.finish_burst(now_);
      const ByteString more = heard();
      got.insert(got.end(), more.begin(), more.end());
    }
    ASSERT_EQ(got, server.answer()) << seed;
    ASSERT_EQ(server.asked(), question) << seed;
    // Whoever has slot and generation closes; then it is free again.
    for (uint32_t generation = 0; generation < 1000; ++generation)
      client_.obey({{0, generation}, ScanOrder::Kind::close, 0, {}}, now_);
    pass(std::chrono::seconds(2));
    ASSERT_EQ(client_.num_connections(), 0u) << seed;
    wire_.sent.clear();
    (void)heard();
  }
}

}  // namespace
}  // namespace dataplane
