// SPDX-License-Identifier: Apache-2.0
// Writes a capture of made traffic, and says as JSON what is in it.
#include "tests/workload/headers.hpp"
#include "tests/workload/kinds.hpp"

#include <nlohmann/json.hpp>
#include <pcap/pcap.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <stdexcept>
#include <string>

namespace workload {
namespace {

struct Order {
  const Kind* kind = nullptr;
  std::string out;
  uint64_t packets = 1'000'000;
  uint64_t packets_per_second = 1'000'000;  // of the capture's own time
  Settings settings;
  std::vector<std::string> files;
};

constexpr const char* kUsage =
    "usage: workload KIND FILE [--packets N] [--pps N] [--flows N] [--fresh PER-MILLE] [--seed N]\n"
    "                [--data-packets N] CAPTURE...\n"
    "Writes FILE, a pcap with made traffic; TLS is said from sessions of the CAPTUREs.\nKinds:\n";

[[noreturn]] void fail_usage() {
  std::fputs(kUsage, stderr);
  for (const Kind& kind : kinds())
    std::fprintf(stderr, "  %-10s %s\n", std::string(kind.name).c_str(),
                 std::string(kind.what).c_str());
  std::exit(2);
}

void take_option(Order& order, const std::string& name, uint64_t value) {
  const auto narrow = static_cast<uint32_t>(value);
  if (name == "--packets") {
    order.packets = value;
  } else if (name == "--pps") {
    order.packets_per_second = std::max<uint64_t>(value, 1);
  } else if (name == "--flows") {
    order.settings.flows = narrow;
  } else if (name == "--fresh") {
    order.settings.fresh_per_mille = narrow;
  } else if (name == "--seed") {
    order.settings.seed = value;
  } else if (name == "--data-packets") {
    order.settings.data_packets = narrow;
  } else {
    fail_usage();
  }
}

Order read_order(int argc, char** argv) {
  Order order;
  if (argc < 3) fail_usage();
  order.kind = kind_of(argv[1]);
  if (order.kind == nullptr) fail_usage();
  order.settings = order.kind->settings;
  order.out = argv[2];
  for (int i = 3; i < argc; ++i) {
    const std::string word = argv[i];
    if (!word.starts_with("--")) {
      order.files.push_back(word);
      continue;
    }
    if (++i == argc) fail_usage();
    char* end = nullptr;
    const uint64_t value = std::strtoull(argv[i], &end, 10);
    if (*end != '\0') fail_usage();
    take_option(order, word, value);
  }
  return order;
}

// A pcap file with microseconds, which is what every reader reads.
class Writer {
 public:
  explicit Writer(const std::string& path)
      : dead_(pcap_open_dead(DLT_EN10MB, 65535)), out_(pcap_dump_open(dead_, path.c_str())) {
    if (out_ == nullptr) throw std::runtime_error(pcap_geterr(dead_));
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() {
    pcap_dump_close(out_);
    pcap_close(dead_);
  }
  void write(const Frame& frame, uint64_t microseconds) {
    std::memcpy(bytes_.data(), frame.header.data(), frame.header.size());
    if (!frame.payload.empty())
      std::memcpy(bytes_.data() + frame.header.size(), frame.payload.data(), frame.payload.size());
    pcap_pkthdr header{};
    header.ts.tv_sec = static_cast<time_t>(kStart + microseconds / 1'000'000);
    header.ts.tv_usec = static_cast<suseconds_t>(microseconds % 1'000'000);
    header.caplen = header.len = static_cast<bpf_u_int32>(frame.size());
    pcap_dump(reinterpret_cast<u_char*>(out_), &header, bytes_.data());
  }

 private:
  static constexpr uint64_t kStart = 1'700'000'000;  // seconds of Unix time
  pcap_t* dead_;
  pcap_dumper_t* out_;
  std::array<uint8_t, 2048> bytes_{};
};

template <typename Traffic>
Tally write_all(Traffic& traffic, const Order& order) {
  Writer writer(order.out);
  Frame frame;
  for (uint64_t i = 0; i < order.packets; ++i) {
    traffic.next(frame);
    finish_checksum(frame);
    writer.write(frame, i * 1'000'000 / order.packets_per_second);
  }
  return traffic.tally();
}

int run(int argc, char** argv) {
  const Order order = read_order(argc, argv);
  Tally tally;
  if (order.kind->flood) {
    SynFlood flood(order.settings.seed);
    tally = write_all(flood, order);
  } else {
    const std::vector<Script> scripts = read_scripts(order.files);
    Conversations conversations(order.settings, scripts);
    tally = write_all(conversations, order);
  }
  std::cout << nlohmann::json{{"packets", tally.packets},
                              {"bytes", tally.bytes},
                              {"tls_begun", tally.tls_begun},
                              {"tls_said", tally.tls_said},
                              {"script_packets", tally.script_packets}}
            << "\n";
  return 0;
}

}  // namespace
}  // namespace workload

int main(int argc, char** argv) {
  try {
    return workload::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "workload: %s\n", error.what());
    return 1;
  }
}
