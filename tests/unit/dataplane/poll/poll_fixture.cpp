// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/dataplane/poll/poll_fixture.hpp"

#include "dataplane/capture/capture_file.hpp"
#include "dataplane/packet_intake.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>

namespace tests {

using dataplane::TcpFlags;

EalOfTests& eal_of_tests() {
  // GoogleTest owns and deletes it.
  static auto* environment = new EalOfTests;
  return *environment;
}

void EalOfTests::SetUp() {
  cpu_set_t usable;
  ASSERT_EQ(sched_getaffinity(0, sizeof usable, &usable), 0);
  std::vector<unsigned> cpus;
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &usable)) cpus.push_back(cpu);
  }
  dataplane::EalOptions options;
  options.hugepages = dataplane::Hugepages::no;
  options.memory_mb = 256;
  options.cores = {cpus.front(), cpus.back()};
  options.file_prefix = "tapseal-test-" + std::to_string(getpid());
  options.log = [this](std::string_view line) {
    const std::lock_guard lock(mutex_);
    log_.emplace_back(line);
  };
  auto started = dataplane::Eal::start(options);
  for (const std::string& line : log())
    std::fprintf(stderr, "%s\n", line.c_str());
  ASSERT_TRUE(started.ok()) << started.error().message;
  eal_ = std::move(started).value();
}

std::vector<std::string> EalOfTests::log() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

GivenCapture copy_of(const flowtable::HandshakeCapture& capture) {
  GivenCapture out;
  out.key = capture.flow.key.words;
  for (const flowtable::Side side : {flowtable::Side::a, flowtable::Side::b}) {
    const flowtable::Bytes stream = capture.stream(side);
    out.streams[index_of(side)].assign(stream.begin(), stream.end());
  }
  out.bytes = capture.flow.bytes;
  out.packets = capture.flow.packets;
  out.first_seen_ns = flowtable::ns_since_epoch(capture.flow.first_seen);
  out.last_seen_ns = flowtable::ns_since_epoch(capture.flow.last_seen);
  out.end = static_cast<int>(capture.end);
  return out;
}

Worker::Worker(std::vector<flowtable::CaptureExchange*> exchanges)
    : exchanges_(std::move(exchanges)), thread_([this] {
        while (!finish_.load(std::memory_order_acquire)) {
          take_all();
          std::this_thread::sleep_for(std::chrono::microseconds(100));
        }
        take_all();
      }) {}

Worker::~Worker() {
  finish_.store(true, std::memory_order_release);
  if (thread_.joinable()) thread_.join();
}

std::vector<GivenCapture> Worker::finish() {
  finish_.store(true, std::memory_order_release);
  thread_.join();
  std::ranges::sort(taken_);
  return std::move(taken_);
}

void Worker::take_all() {
  for (flowtable::CaptureExchange* exchange : exchanges_) {
    std::array<flowtable::HandshakeCapture*, 1> one{};
    while (exchange->handed_off.pop(one) == 1) {
      taken_.push_back(copy_of(*one[0]));
      ASSERT_TRUE(exchange->returned.push(one[0]));
    }
  }
}

std::vector<ByteString> tls_connection(const flowtable::Endpoint& client,
                                       const flowtable::Endpoint& server, size_t certificate_bytes,
                                       size_t segment_bytes) {
  std::vector<ByteString> frames;
  uint32_t client_seq = 1000;
  uint32_t server_seq = 5'000'000;
  const auto from_client = [&](uint8_t flags, const ByteString& bytes) {
    frames.push_back(
        PacketBuilder(client, server).tcp(flags, client_seq, server_seq).payload(bytes).build());
    client_seq += static_cast<uint32_t>(bytes.size());
  };
  const auto from_server = [&](uint8_t flags, const ByteString& bytes) {
    frames.push_back(
        PacketBuilder(server, client).tcp(flags, server_seq, client_seq).payload(bytes).build());
    server_seq += static_cast<uint32_t>(bytes.size());
  };
  from_client(TcpFlags::kSyn, {});
  ++client_seq;
  from_server(TcpFlags::kSyn | TcpFlags::kAck, {});
  ++server_seq;
  from_client(TcpFlags::kAck, {});
  from_client(TcpFlags::kAck | TcpFlags::kPsh, tls12_client());
  const ByteString answer = tls12_server(certificate_bytes);
  for (size_t offset = 0; offset < answer.size(); offset += segment_bytes)
    from_server(TcpFlags::kAck,
                part_of(answer, offset, std::min(segment_bytes, answer.size() - offset)));
  from_client(TcpFlags::kAck, application_bytes(900));
  from_server(TcpFlags::kFin | TcpFlags::kAck, {});
  from_client(TcpFlags::kFin | TcpFlags::kAck, {});
  return frames;
}

void expect_same(const std::vector<GivenCapture>& got, const std::vector<GivenCapture>& expected) {
  EXPECT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < std::min(got.size(), expected.size()); ++i) {
    if (got[i] == expected[i]) continue;
    ADD_FAILURE() << "capture " << i << ": end " << got[i].end << " not " << expected[i].end
                  << ", streams of " << got[i].streams[0].size() << " and "
                  << got[i].streams[1].size() << " bytes, not " << expected[i].streams[0].size()
                  << " and " << expected[i].streams[1].size();
    return;
  }
}

dataplane::PollCoresOptions small_cores(uint16_t cores, const dataplane::OpenPorts& opened) {
  dataplane::PollCoresOptions options = small_cores(cores);
  options.rss = opened.plan;
  if (opened.joined_pool != nullptr) options.joined_pool = opened.joined_pool->get();
  return options;
}

dataplane::PollCoresOptions small_cores(uint16_t cores) {
  dataplane::PollCoresOptions options;
  options.cores = cores;
  options.hash_seed = 42;
  options.flows.flows_max = 4096;
  options.flows.timeout.fill(std::chrono::minutes(1));
  options.captures.captures_max = 1024;
  options.captures.large_max = 128;
  return options;
}

uint64_t sum_of(const dataplane::PollCores& cores, dataplane::PollCounter counter) {
  uint64_t sum = 0;
  for (uint16_t i = 0; i < cores.size(); ++i)
    sum += cores.core(i).loop.counters().get(counter);
  return sum;
}

uint64_t sum_of(const dataplane::PollCores& cores, dataplane::DropReason reason) {
  uint64_t sum = 0;
  for (uint16_t i = 0; i < cores.size(); ++i)
    sum += cores.core(i).counters.drops.get(reason);
  return sum;
}

dataplane::OpenPorts start_ports(const std::vector<std::string>& texts,
                                 const dataplane::PortOptions& options) {
  const auto specs = dataplane::parse_port_specs(texts);
  EXPECT_TRUE(specs.ok());
  auto opened = dataplane::open_ports(specs.value(), options);
  EXPECT_TRUE(opened.ok()) << opened.error().message;
  if (!opened) return {};
  for (const auto& port : opened.value().ports) {
    const auto started = port->start();
    EXPECT_TRUE(started.ok()) << started.error().message;
  }
  return std::move(opened).value();
}

std::vector<flowtable::CaptureExchange*> exchanges_of(dataplane::PollCores& cores) {
  std::vector<flowtable::CaptureExchange*> out;
  for (uint16_t i = 0; i < cores.size(); ++i)
    out.push_back(&cores.core(i).exchange);
  return out;
}

std::vector<GivenCapture> offline(const std::string& path, uint64_t hash_seed) {
  const auto options = small_cores(1);
  dataplane::CoreCounters counters;
  dataplane::PacketIntake intake({}, counters);
  flowtable::FlowTable table(options.flows);
  flowtable::CapturePool pool(options.captures);
  flowtable::CaptureExchange exchange(1024, 1024);
  dataplane::HandoffRing ring(pool, exchange, counters);
  dataplane::PacketPath packets(options.path, table, ring, counters);
  Worker worker({&exchange});
  auto file = dataplane::CaptureFile::open(path);
  EXPECT_TRUE(file.ok());
  dataplane::CaptureFrame frame;
  while (file.value().next(frame) == dataplane::CaptureStep::frame) {
    dataplane::PacketView view;
    dataplane::IntakeFrame taken{.link = frame.link,
                                 .bytes = frame.bytes,
                                 .meta = {frame.tick, frame.wire_bytes, hash_seed}};
    if (intake.take(taken, view).fate == dataplane::PacketIntake::Fate::view) {
      packets.accept(std::span(&view, 1));
    }
    intake.end_burst();
    while (exchange.handed_off.size() > 64)
      std::this_thread::yield();
    ring.recycle();
  }
  packets.drain();
  return worker.finish();
}

}  // namespace tests

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  ::testing::AddGlobalTestEnvironment(&tests::eal_of_tests());
  return RUN_ALL_TESTS();
}
