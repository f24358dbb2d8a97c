// SPDX-License-Identifier: Apache-2.0
// A poll core as the daemon runs it, on a net_ring port that another core fills: packets per
// second, cycles for each, and whether every handshake was found.
#include "dataplane/poll_core.hpp"
#include "tests/bench/bare_core.hpp"
#include "tests/bench/measure.hpp"
#include "tests/bench/tap_feed.hpp"

#include <rte_cycles.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace bench {
namespace {

using dataplane::PollCounter;

struct Order {
  std::string name = "900 B";
  TapFeed::Options feed;
  uint16_t cores = 1;
  uint64_t packets = 20'000'000;
  bool flood = false;
  std::vector<std::string> scripts;
};

// Takes captures home as the workers would, and counts them.
class Captures {
 public:
  explicit Captures(dataplane::PollCores& cores) : cores_(cores), thread_([this] { run(); }) {}
  ~Captures() { (void)finish(); }
  [[nodiscard]] uint64_t finish() {
    done_.store(true);
    if (thread_.joinable()) thread_.join();
    return whole_;
  }

 private:
  void run() {
    while (!done_.load()) {
      take_all();
      std::this_thread::sleep_for(std::chrono::microseconds(500));
    }
    take_all();
  }
  void take_all() {
    std::array<flowtable::HandshakeCapture*, 64> some;
    for (uint16_t core = 0; core < cores_.size(); ++core) {
      flowtable::CaptureExchange& exchange = cores_.core(core).exchange;
      while (const size_t count = exchange.handed_off.pop(some)) {
        for (size_t i = 0; i < count; ++i) {
          if (some[i]->end == flowtable::CaptureEnd::handshake_done) ++whole_;
          while (!exchange.returned.push(some[i]))
            std::this_thread::yield();
        }
      }
    }
  }

  dataplane::PollCores& cores_;
  uint64_t whole_ = 0;
  std::atomic<bool> done_{false};
  std::thread thread_;
};

uint64_t sum_of(const dataplane::PollCores& cores, PollCounter counter) {
  uint64_t sum = 0;
  for (uint16_t i = 0; i < cores.size(); ++i)
    sum += cores.core(i).loop.counters().get(counter);
  return sum;
}

uint64_t drops_of(const dataplane::PollCores& cores) {
  uint64_t sum = 0;
  for (uint16_t i = 0; i < cores.size(); ++i) {
    for (size_t at = 0; at < dataplane::CoreCounters{}.drops.kSize; ++at)
      sum += cores.core(i).counters.drops.get(static_cast<dataplane::DropReason>(at));
  }
  return sum;
}

dataplane::PollCoresOptions options_of(const Order& order, const dataplane::OpenPorts& opened) {
  dataplane::PollCoresOptions options;
  options.cores = order.cores;
  options.hash_seed = 0x5eed5eed5eed;
  options.flows.flows_max = order.feed.flows + order.feed.flows / 4 + 65'536;
  options.flows.timeout.fill(std::chrono::minutes(10));
  options.flows.timeout[static_cast<size_t>(flowtable::FlowClass::closing)] =
      std::chrono::seconds(1);
  options.captures.captures_max = 16'384;
  options.captures.large_max = 256;
  options.rss = opened.plan;
  if (opened.joined_pool != nullptr) options.joined_pool = opened.joined_pool->get();
  return options;
}

void wait_for(const dataplane::PollCores& cores, uint64_t packets) {
  while (sum_of(cores, PollCounter::rx_packets) < packets)
    std::this_thread::sleep_for(std::chrono::microseconds(200));
}

// What the core has counted so far.
struct Mark {
  explicit Mark(const dataplane::PollCores& cores)
      : packets(sum_of(cores, PollCounter::rx_packets)),
        cycles(sum_of(cores, PollCounter::busy_cycles)) {}
  uint64_t packets;
  uint64_t cycles;
};

void report(const Order& order, const Mark& begin, const dataplane::PollCores& cores) {
  const Mark end(cores);
  const auto packets = static_cast<double>(end.packets - begin.packets);
  const double cycles = static_cast<double>(end.cycles - begin.cycles) / packets;
  const double hz = static_cast<double>(rte_get_tsc_hz());
  // Loops that found packets count: the feed is another core's work, and may be the slower one.
  print({order.name, "tapseal", "packets/s", hz / cycles * order.cores, cycles});
}

// The same packets to a core that does next to nothing.
void measure_bare(const Order& order, dataplane::Port& port,
                  const std::vector<workload::Script>& scripts) {
  TapFeed::Options feed_of = order.feed;
  feed_of.flows = std::min(feed_of.flows, 100'000u);
  BareCore core(port.id());
  TapFeed feed(feed_of, scripts, port.id());
  feed.open_flows();
  const uint64_t packets = core.packets(), cycles = core.cycles();
  feed.send_data(order.packets / 2);
  while (core.packets() < feed.sent())
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  const double each =
      static_cast<double>(core.cycles() - cycles) / static_cast<double>(core.packets() - packets);
  print({order.name, "bare receive loop", "packets/s", static_cast<double>(rte_get_tsc_hz()) / each,
         each});
}

void check(const char* what, uint64_t expected, uint64_t got) {
  if (expected == got) return;
  throw std::runtime_error(std::string(what) + ": " + std::to_string(expected) + " expected, " +
                           std::to_string(got) + " found");
}

void measure(const Order& order, const dataplane::Eal& eal) {
  const auto specs = dataplane::parse_port_specs(std::vector<std::string>{"net_ring"});
  auto opened = dataplane::open_ports(
      specs.value(), {.cores = order.cores, .rx_descriptors = 1024, .transmit_port = 0});
  if (!opened) throw std::runtime_error(opened.error().message);
  for (const auto& port : opened.value().ports)
    if (!port->start()) throw std::runtime_error("the port does not start");
  dataplane::Port& port = *opened.value().ports.front();
  const auto scripts = workload::read_scripts(order.scripts);
  if (order.cores == 1 && !order.flood) measure_bare(order, port, scripts);
  dataplane::PollCores cores(eal, options_of(order, opened.value()));
  Captures captures(cores);
  cores.plan_ports(opened.value().ports, {});
  cores.launch();

  TapFeed feed(order.feed, scripts, port.id());
  feed.open_flows();
  wait_for(cores, feed.sent());
  const Mark begin(cores);
  if (order.flood) {
    feed.send_flood(order.packets);
  } else {
    feed.send_data(order.packets);
  }
  wait_for(cores, feed.sent());
  report(order, begin, cores);
  std::fprintf(stderr, "%s: %.0f %% of the feed's bursts met a full ring\n", order.name.c_str(),
               100 * feed.share_full());
  cores.stop();
  check("drops", 0, drops_of(cores));
  if (!order.flood && !order.feed.plain) {
    const uint64_t whole = captures.finish();
    if (whole < feed.sessions_said()) check("handshakes", feed.sessions_said(), whole);
  }
}

Order read_order(int argc, char** argv) {
  Order order;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto number = [&] { return std::strtoull(i + 1 < argc ? argv[++i] : "", nullptr, 10); };
    if (word == "--flows") {
      order.feed.flows = static_cast<uint32_t>(number());
    } else if (word == "--packets") {
      order.packets = number();
    } else if (word == "--cores") {
      order.cores = static_cast<uint16_t>(number());
    } else if (word == "--payload") {
      order.feed.payload_bytes = {static_cast<uint16_t>(number())};
    } else if (word == "--imix") {
      order.feed.payload_bytes = {6, 536, 6, 6, 536, 6, 1460, 536, 6, 6, 536, 6};
    } else if (word == "--handshakes") {
      order.feed.handshake_percent = static_cast<uint32_t>(number());
    } else if (word == "--plain") {
      order.feed.plain = true;
    } else if (word == "--flood") {
      order.flood = true;
    } else if (word == "--name") {
      order.name = i + 1 < argc ? argv[++i] : "";
    } else {
      order.scripts.push_back(word);
    }
  }
  return order;
}

int run(int argc, char** argv) {
  const Order order = read_order(argc, argv);
  // The feed has the first CPU, the cores have the others, or share the last.
  const unsigned cpus = std::thread::hardware_concurrency();
  dataplane::EalOptions options;
  options.memory_mb = 512;
  options.main_cpus = {0};
  for (unsigned core = 0; core < order.cores; ++core)
    options.cores.push_back(std::min(core + 1, cpus - 1));
  options.file_prefix = "tapseal-bench-" + std::to_string(getpid());
  auto eal = dataplane::Eal::start(options);
  if (!eal) throw std::runtime_error(eal.error().message);
  measure(order, *eal.value());
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  try {
    return bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "dataplane_bench: %s\n", error.what());
    return 1;
  }
}
