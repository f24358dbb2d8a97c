// SPDX-License-Identifier: Apache-2.0
// What traffic that is no TLS may cost, and what floods may do to handshakes: a gigabyte of plain
// bytes, five million SYNs, and forged beginnings of handshakes. Real packets are made in memory
// and go through the whole packet path; figures are printed as a table.
#include "tests/support/path_under_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <random>

namespace dataplane {
namespace {

using flowtable::CaptureEnd;
using flowtable::Endpoint;
using tests::ByteString;
using tests::Conversation;
using tests::PathUnderTest;
using tests::play;

constexpr uint32_t kFlowsMax = 65'536;
constexpr tests::PathLimits kLimits{.flows_max = kFlowsMax,
                                    .captures_max = 1024,
                                    .large_max = 16,
                                    .handoff_capacity = 1024,
                                    .syns_max = 65'536};
const Endpoint kServer = tests::v4(2, 443);

// Sanitizers keep books of their own beside every byte.
#if defined(TAPSEAL_DCHECK)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  size_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * 4096;
}

double mib(size_t bytes) {
  return static_cast<double>(bytes) / (1 << 20);
}

void print_row(const char* what, double value, const char* unit) {
  std::printf("  %-44s %14.1f %s\n", what, value, unit);
}

class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

// ---- a download

struct DownloadCost {
  uint64_t packets = 0;
  uint64_t probes = 0;
  uint64_t probed_bytes = 0;
  size_t grown_bytes = 0;
  double ns_per_packet = 0;
};

// The same frame again and again with another sequence number, so that the download itself takes no
// memory.
DownloadCost download(uint64_t bytes) {
  constexpr size_t kSegment = 1448;
  constexpr size_t kSeqAt = 14 + 20 + 4;
  PathUnderTest path(kLimits);
  const Endpoint client = tests::v4(1, 40'000);
  Conversation conversation(client, kServer);
  play(path, conversation.handshake());
  play(path, conversation.client_sends(tests::text("GET /big.iso HTTP/1.1\r\n\r\n")));
  std::vector<ByteString> burst(
      32, conversation.server_sends(ByteString(kSegment, 'x'), kSegment).front());
  uint32_t seq = 5001;
  const size_t before = resident_bytes();
  const Stopwatch watch;
  for (uint64_t sent = 0; sent < bytes; sent += burst.size() * kSegment) {
    for (ByteString& frame : burst) {
      flowtable::store_be32(frame.data() + kSeqAt, seq);
      seq += kSegment;
    }
    path.accept_burst(burst);
  }
  const double seconds = watch.seconds();
  DownloadCost cost;
  cost.packets = path.count(PathCounter::packets);
  cost.probes = path.count(PathCounter::payloads_probed);
  cost.probed_bytes = path.count(PathCounter::payload_bytes_probed);
  cost.grown_bytes = std::max(resident_bytes(), before) - before;
  cost.ns_per_packet = seconds * 1e9 / static_cast<double>(cost.packets);
  EXPECT_EQ(path.count(PathCounter::flows_not_tls), 1u);
  EXPECT_EQ(path.count(PathCounter::captures_started), 0u);
  EXPECT_EQ(path.num_flows(), 1u);
  return cost;
}

TEST(Cost, AGigabyteOfPlainBytesCostsWhatAMegabyteDoes) {
  const DownloadCost small = download(1'000'000);
  const DownloadCost large = download(1'000'000'000);
  std::printf("a download of                              1 MB           1 GB\n");
  std::printf("  packets                          %10lu     %10lu\n", small.packets, large.packets);
  std::printf("  payloads probed                  %10lu     %10lu\n", small.probes, large.probes);
  std::printf("  bytes of these                   %10lu     %10lu\n", small.probed_bytes,
              large.probed_bytes);
  std::printf("  memory grown by, KiB             %10zu     %10zu\n", small.grown_bytes / 1024,
              large.grown_bytes / 1024);
  std::printf("  ns per packet, with its making   %10.0f     %10.0f\n", small.ns_per_packet,
              large.ns_per_packet);
  EXPECT_GT(large.packets, 690'000u);
  // Not one byte more was looked at, and never again.
  EXPECT_EQ(large.probes, small.probes);
  EXPECT_EQ(large.probed_bytes, small.probed_bytes);
  EXPECT_LE(large.probes, 25u);
  EXPECT_LE(large.probed_bytes, 64u * 1024);
  if (!kSanitized) {
    EXPECT_LE(large.grown_bytes, small.grown_bytes + 256 * 1024);
  }
}

// ---- floods

// Packets from random sources to random ports of one network.
class Flood {
 public:
  enum class Kind : uint8_t { syns, syns_with_bytes, data, hellos, hellos_midstream };

  explicit Flood(Kind kind) {
    const bool syn = kind != Kind::data && kind != Kind::hellos_midstream;
    const bool hello = kind == Kind::hellos || kind == Kind::hellos_midstream;
    const bool bare = kind == Kind::syns;
    const ByteString payload = bare    ? ByteString()
                               : hello ? tests::tls13_client()
                                       : tests::text("no TLS, but bytes all the same");
    frame_ = tests::PacketBuilder(tests::v4(1, 1), kServer)
                 .tcp(syn ? TcpFlags::kSyn : TcpFlags::kAck | TcpFlags::kPsh, 1, 1)
                 .payload(payload)
                 .build();
  }
  const ByteString& next() {
    constexpr size_t kSourceAt = 14 + 12, kPortAt = 14 + 20, kSeqAt = 14 + 24;
    flowtable::store_be32(frame_.data() + kSourceAt, static_cast<uint32_t>(random_()));
    flowtable::store_be16(frame_.data() + kPortAt, static_cast<uint16_t>(random_()));
    flowtable::store_be32(frame_.data() + kSeqAt, static_cast<uint32_t>(random_()));
    flowtable::store_be32(frame_.data() + kSeqAt + 4, static_cast<uint32_t>(random_()));
    return frame_;
  }

 private:
  ByteString frame_;
  std::mt19937_64 random_{20241122};
};

struct FloodRun {
  uint64_t handshakes = 0;
  uint64_t complete = 0;
  uint64_t evicted_flows = 0;
  uint64_t cached_syns = 0;
  size_t grown_bytes = 0;
};

struct FloodPlan {
  Flood::Kind kind;
  uint64_t packets;
  double seconds;       // of packet time
  uint64_t handshakes;  // spread evenly over it
};

// A flood, and real handshakes amid it: each says hello one round trip after its SYN and has its
// answer one later, so that many are under way at any moment.
class FloodWithHandshakes {
 public:
  explicit FloodWithHandshakes(const FloodPlan& plan) : plan_(plan), flood_(plan.kind) {}

  FloodRun play_all() {
    std::vector<ByteString> burst;
    for (uint64_t i = 0; i < plan_.packets; ++i) {
      burst.push_back(flood_.next());
      if (burst.size() == 32) {
        send(burst, plan_.seconds * static_cast<double>(i) / static_cast<double>(plan_.packets));
        burst.clear();
      }
      if (i % (plan_.packets / plan_.handshakes) == 0) begin_handshake();
      if (i == plan_.packets / 10) resident_before_ = resident_bytes();
    }
    // Those under way at its end have two round trips left.
    for (int round = 1; round <= 2; ++round)
      send({}, plan_.seconds + round * 2 * kRoundTrip);
    run_.grown_bytes = std::max(resident_bytes(), resident_before_) - resident_before_;
    run_.evicted_flows = path_.count(PathCounter::flows_evicted);
    run_.cached_syns = path_.count(PathCounter::syns_cached);
    EXPECT_TRUE(under_way_.empty());
    EXPECT_LE(path_.num_flows(), kFlowsMax);
    print();
    return run_;
  }

 private:
  static constexpr double kRoundTrip = 0.025;
  struct UnderWay {
    Conversation conversation;
    double next_at;  // seconds
    std::vector<ByteString> answer;
  };

  void send(const std::vector<ByteString>& burst, double now) {
    now_ = now;
    path_.set_seconds(now);
    path_.accept_burst(burst);
    (void)path_.expire(64);
    std::erase_if(under_way_, [this](UnderWay& each) { return go_on(each); });
    for (const auto& taken : path_.take())
      run_.complete += taken.end == CaptureEnd::handshake_done ? 1 : 0;
  }

  void begin_handshake() {
    const auto port = static_cast<uint16_t>(1 + run_.handshakes % 60'000);
    const auto last = static_cast<uint8_t>(100 + run_.handshakes / 60'000);
    ++run_.handshakes;
    under_way_.push_back({Conversation(tests::v4(last, port), kServer), now_ + kRoundTrip, {}});
    play(path_, under_way_.back().conversation.handshake());
  }

  // True where that was its last step.
  bool go_on(UnderWay& each) {
    if (now_ < each.next_at) return false;
    if (!each.answer.empty()) {
      play(path_, each.answer);
      return true;
    }
    play(path_, each.conversation.client_sends(tests::tls13_client()));
    each.answer = each.conversation.server_sends(tests::tls13_server());
    each.next_at = now_ + kRoundTrip;
    return false;
  }

  void print() const {
    const auto packets = static_cast<double>(plan_.packets);
    const auto drops = [this](DropReason reason) {
      return static_cast<double>(path_.drops(reason));
    };
    print_row("flood packets", packets, "");
    print_row("flood rate", packets / plan_.seconds / 1e3, "thousand/s of packet time");
    print_row("flows that made place", static_cast<double>(run_.evicted_flows), "");
    print_row("SYNs that waited without a flow", static_cast<double>(run_.cached_syns), "");
    print_row("flow_table_full", drops(DropReason::flow_table_full), "newcomers refused");
    print_row("captures displaced",
              static_cast<double>(path_.count(PathCounter::captures_displaced)), "");
    print_row("capture_pool_empty", drops(DropReason::capture_pool_empty), "without a buffer");
    print_row("memory grown by after the first tenth", mib(run_.grown_bytes), "MiB");
    print_row("handshakes amid it", static_cast<double>(run_.handshakes), "");
    print_row("of these complete",
              100.0 * static_cast<double>(run_.complete) / static_cast<double>(run_.handshakes),
              "%");
  }

  const FloodPlan plan_;
  PathUnderTest path_{kLimits};
  Flood flood_;
  std::vector<UnderWay> under_way_;
  FloodRun run_;
  double now_ = 0;
  size_t resident_before_ = 0;
};

FloodRun run(Flood::Kind kind, uint64_t packets, double seconds, uint64_t handshakes) {
  return FloodWithHandshakes({kind, packets, seconds, handshakes}).play_all();
}

void expect_served(const FloodRun& run, double share) {
  EXPECT_GE(static_cast<double>(run.complete), share * static_cast<double>(run.handshakes));
  if (!kSanitized) {
    EXPECT_LE(run.grown_bytes, size_t{4} << 20);
  }
}

TEST(Cost, FiveMillionSynsTakeNoMemoryAndNoHandshake) {
  std::printf("SYNs from random sources\n");
  const FloodRun flood = run(Flood::Kind::syns, 5'000'000, 10, 5000);
  expect_served(flood, 0.999);
  EXPECT_GT(flood.cached_syns, 4'900'000u);
}

TEST(Cost, SynsWithBytesTakeNoHandshake) {
  std::printf("SYNs with bytes that are no TLS\n");
  expect_served(run(Flood::Kind::syns_with_bytes, 1'000'000, 2, 1000), 0.999);
}

TEST(Cost, DataOfNoConnectionTakesNoHandshake) {
  std::printf("data of connections that do not exist\n");
  expect_served(run(Flood::Kind::data, 1'000'000, 2, 1000), 0.999);
}

TEST(Cost, ForgedHellosInSynsTakeNoHandshake) {
  std::printf("SYNs with a ClientHello\n");
  expect_served(run(Flood::Kind::hellos, 1'000'000, 2, 1000), 0.999);
}

TEST(Cost, ForgedHellosMidstreamTakeNoHandshake) {
  std::printf("ClientHellos of connections that do not exist\n");
  expect_served(run(Flood::Kind::hellos_midstream, 1'000'000, 2, 1000), 0.999);
}

}  // namespace
}  // namespace dataplane
