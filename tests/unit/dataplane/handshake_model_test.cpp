// SPDX-License-Identifier: Apache-2.0
// Real handshakes, sent again in every shape that a tap may show: cut into other segments, out of
// order, twice, one direction late, without SYNs, around the end of the sequence space, with forged
// SYNs and resets between. What is captured must be the original bytes.
#include "dataplane/capture/capture_file.hpp"
#include "dataplane/packet_decode.hpp"
#include "flowtable/base/big_endian.hpp"
#include "tests/support/effort.hpp"
#include "tests/support/path_under_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <string>

namespace dataplane {
namespace {

using flowtable::Endpoint;
using flowtable::FlowKey;
using flowtable::Side;
using tests::ByteString;
using tests::PacketBuilder;
using tests::PathUnderTest;

constexpr uint32_t kSeedsPerSession = tests::effort(1000);

// Bytes that one side sent without the other saying something between.
struct Flight {
  bool from_client;
  ByteString bytes;
};

struct Session {
  std::string name;
  Endpoint client, server;
  std::vector<Flight> flights;
  ByteString client_bytes, server_bytes;
};

// All connections of a file that begin with a SYN. These files come from a loopback: whole, in
// order, nothing twice (the test below checks that by sending them as they are).
std::vector<Session> sessions_of(const std::filesystem::path& path) {
  auto file = CaptureFile::open(path);
  EXPECT_TRUE(static_cast<bool>(file)) << path;
  std::vector<Session> out;
  std::map<std::array<uint64_t, 5>, size_t> known;
  CaptureFrame frame;
  while (file && file.value().next(frame) == CaptureStep::frame) {
    PacketView view;
    if (decode_packet(frame.link, frame.bytes, {}, view) != DropReason::none) continue;
    if (view.tcp_flags == TcpFlags::kSyn) {
      known[view.key.words] = out.size();
      out.push_back({path.stem().string() + "/" + std::to_string(out.size()),
                     view.key.endpoint(view.sender),
                     view.key.endpoint(other(view.sender)),
                     {},
                     {},
                     {}});
    }
    const auto found = known.find(view.key.words);
    if (found == known.end() || view.payload.empty()) continue;
    Session& session = out[found->second];
    const bool from_client = view.key.endpoint(view.sender) == session.client;
    if (session.flights.empty() || session.flights.back().from_client != from_client) {
      session.flights.push_back({from_client, {}});
    }
    for (ByteString* to : {&session.flights.back().bytes,
                           from_client ? &session.client_bytes : &session.server_bytes})
      to->insert(to->end(), view.payload.begin(), view.payload.end());
  }
  return out;
}

// Where a direction goes on encrypted: at application data, or at a handshake record after
// ChangeCipherSpec that is no hello (RFC 5246 section 7.1, RFC 8446 appendix D.4).
size_t clear_bytes(const ByteString& stream) {
  constexpr uint8_t kCipherChange = 20, kHandshake = 22, kApplication = 23;
  bool changed = false;
  size_t at = 0;
  while (at + 6 <= stream.size()) {
    const uint8_t type = stream[at];
    const bool hello = stream[at + 5] == 1 || stream[at + 5] == 2;
    if (type == kApplication || (changed && type == kHandshake && !hello)) return at;
    changed = changed || type == kCipherChange;
    at += 5u + flowtable::load_be16(&stream[at + 3]);
  }
  return std::min(at, stream.size());
}

struct Sent {
  double at_ms;
  bool from_client;
  ByteString frame;
  size_t flight = 0;  // number of the flight it belongs to
};

// One way to show a session, drawn from a seed.
class Shape {
 public:
  Shape(const Session& session, uint32_t seed) : session_(session), random_(seed) {
    client_seq_ = chance(3) ? 0u - draw(2000) : static_cast<uint32_t>(random_());
    server_seq_ = chance(3) ? 0u - draw(6000) : static_cast<uint32_t>(random_());
    syn_ = !chance(4);
    syn_ack_ = !chance(4);
    segment_bytes_ = chance(4) ? 40 + draw(60) : 200 + draw(1260);
    reorders_ = chance(2);
    repeats_ = chance(2);
    late_ms_ = chance(2) ? 500 : 0;
    client_is_late_ = chance(2);
    forges_ = chance(3);
  }

  std::vector<Sent> frames() {
    open();
    for (const Flight& flight : session_.flights) {
      send(flight);
      ++flight_;
    }
    for (const bool from_client : {true, false})
      add(from_client, TcpFlags::kFin | TcpFlags::kAck, {});
    disturb();
    std::ranges::stable_sort(sent_, {}, &Sent::at_ms);
    return sent_;
  }

  std::string describe() const {
    return session_.name + (syn_ ? "" : " no-syn") + (syn_ack_ ? "" : " no-syn-ack") +
           (reorders_ ? " reordered" : "") + (repeats_ ? " repeated" : "") +
           (late_ms_ > 0 ? client_is_late_ ? " client-late" : " server-late" : "") +
           (forges_ ? " forged" : "") + " segments " + std::to_string(segment_bytes_);
  }

 private:
  uint32_t draw(uint32_t below) { return static_cast<uint32_t>(random_() % below); }
  bool chance(uint32_t one_in) { return draw(one_in) == 0; }

  void open() {
    add(true, TcpFlags::kSyn, {});
    add(false, TcpFlags::kSyn | TcpFlags::kAck, {});
    add(true, TcpFlags::kAck, {});
    if (!syn_ack_) sent_.erase(sent_.begin() + 1);
    if (!syn_) sent_.erase(sent_.begin());
    first_data_ = sent_.size();
  }

  void send(const Flight& flight) {
    for (size_t at = 0; at < flight.bytes.size(); at += segment_bytes_) {
      const size_t size = std::min<size_t>(segment_bytes_, flight.bytes.size() - at);
      add(flight.from_client, TcpFlags::kAck | TcpFlags::kPsh,
          tests::part_of(flight.bytes, at, size));
    }
  }

  void add(bool from_client, uint8_t flags, const ByteString& payload) {
    uint32_t& seq = from_client ? client_seq_ : server_seq_;
    const uint32_t ack = from_client ? server_seq_ : client_seq_;
    const Endpoint& self = from_client ? session_.client : session_.server;
    const Endpoint& peer = from_client ? session_.server : session_.client;
    const uint32_t acked = (flags & TcpFlags::kAck) != 0 ? ack : 0;
    ByteString frame = PacketBuilder(self, peer).tcp(flags, seq, acked).payload(payload).build();
    sent_.push_back({static_cast<double>(sent_.size()), from_client, std::move(frame), flight_});
    seq += static_cast<uint32_t>(payload.size());
    if ((flags & (TcpFlags::kSyn | TcpFlags::kFin)) != 0) ++seq;
  }

  void disturb() {
    const size_t num_sent = sent_.size();
    const size_t fins = num_sent - 2;
    std::array<bool, 2> begun{};
    for (size_t i = first_data_; i < num_sent; ++i) {
      const bool from_client = sent_[i].from_client;
      // Where the start of a direction is not known, its first segment must say it.
      const bool start_known = from_client ? syn_ : syn_ack_;
      const bool may_move = start_known || begun[from_client ? 1 : 0];
      begun[from_client ? 1 : 0] = true;
      if (reorders_ && may_move && i < fins) {
        sent_[i].at_ms = std::min(sent_[i].at_ms + draw(8), next_turn(sent_[i]));
      }
      if (repeats_ && chance(4)) {
        Sent again = sent_[i];
        again.at_ms += 1 + draw(10);
        sent_.push_back(std::move(again));
      }
    }
    for (Sent& each : sent_)
      if (each.from_client == client_is_late_) each.at_ms += late_ms_;
    // Of a side that was never heard nothing tells a forged number from its own, where its SYN is
    // missing too.
    const bool all_begun = syn_ && (syn_ack_ || segment_bytes_ > 1000);
    if (forges_ && late_ms_ == 0 && all_begun) forge(static_cast<double>(first_data_) + 2);
  }

  // Just before the same side's next flight, which answers what the other side said between: no
  // packet is so late.
  double next_turn(const Sent& sent) const {
    for (const Sent& later : sent_)
      if (later.from_client == sent.from_client && later.flight > sent.flight) {
        return std::max(sent.at_ms, std::floor(later.at_ms) - 0.5);
      }
    return 1e9;
  }

  void forge(double at_ms) {
    const uint32_t far = 0x20000000 + draw(0xc0000000);
    for (const uint8_t flags : {TcpFlags::kSyn, TcpFlags::kRst}) {
      for (const bool from_client : {true, false}) {
        const Endpoint& self = from_client ? session_.client : session_.server;
        const Endpoint& peer = from_client ? session_.server : session_.client;
        const uint32_t seq = (from_client ? client_seq_ : server_seq_) + far;
        ByteString frame = PacketBuilder(self, peer).tcp(flags, seq).build();
        sent_.push_back({at_ms + draw(12), from_client, std::move(frame), flight_});
      }
    }
  }

  const Session& session_;
  std::mt19937 random_;
  uint32_t client_seq_ = 0, server_seq_ = 0;
  bool syn_ = true, syn_ack_ = true, reorders_ = false, repeats_ = false;
  bool client_is_late_ = false, forges_ = false;
  uint32_t segment_bytes_ = 1400;
  double late_ms_ = 0;
  size_t first_data_ = 0;
  size_t flight_ = 0;
  std::vector<Sent> sent_;
};

void expect_original(const tests::TakenCapture& taken, const Session& session) {
  EXPECT_EQ(taken.from(session.client).empty(), session.client_bytes.empty());
  for (const bool from_client : {true, false}) {
    const ByteString& original = from_client ? session.client_bytes : session.server_bytes;
    const Endpoint& sender = from_client ? session.client : session.server;
    SCOPED_TRACE(from_client ? "client" : "server");
    tests::expect_direction(taken.from(sender), original, clear_bytes(original));
    EXPECT_FALSE(taken.conflict[taken.side_of(sender)]);
    EXPECT_EQ(taken.plaintext_before[taken.side_of(sender)], 0u);
  }
}

std::vector<Session> all_sessions() {
  std::vector<Session> out;
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(TAPSEAL_OWN_CAPTURES))
    if (entry.path().extension() == ".pcap") paths.push_back(entry.path());
  std::ranges::sort(paths);
  for (const auto& path : paths)
    std::ranges::move(sessions_of(path), std::back_inserter(out));
  return out;
}

TEST(HandshakeModel, CapturesTheOriginalBytesInAnyShape) {
  const std::vector<Session> sessions = all_sessions();
  ASSERT_GE(sessions.size(), 11u);
  for (const Session& session : sessions) {
    ASSERT_FALSE(session.client_bytes.empty()) << session.name;
    for (uint32_t seed = 1; seed <= kSeedsPerSession; ++seed) {
      Shape shape(session, seed);
      const std::vector<Sent> frames = shape.frames();
      SCOPED_TRACE(shape.describe() + " seed " + std::to_string(seed));
      PathUnderTest path;
      for (const Sent& each : frames) {
        path.set_seconds(each.at_ms / 1000);
        path.accept(each.frame);
      }
      path.drain();
      const auto taken = path.take();
      ASSERT_EQ(taken.size(), 1u);
      expect_original(taken[0], session);
      ASSERT_FALSE(HasFailure());
      EXPECT_EQ(path.captures_free(), 16u);
    }
  }
}

}  // namespace
}  // namespace dataplane
