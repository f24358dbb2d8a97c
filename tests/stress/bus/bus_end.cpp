// SPDX-License-Identifier: Apache-2.0
// One end of a bus as a program of its own, so that it can be killed: a sensor that feeds numbered
// sessions, a writer, or the database behind it.
#include "control/bus/bus_drain.hpp"
#include "control/bus/bus_writer.hpp"
#include "control/storage/embedded_cluster.hpp"
#include "control/storage/migrate.hpp"
#include "control/storage/store_writer.hpp"
#include "tests/unit/storage/observations.hpp"

#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

namespace control::tests {
namespace {

using std::chrono::milliseconds;

constexpr uint32_t kBatch = 100;

void say(std::string_view line) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

[[noreturn]] void fail(const std::string& message) {
  say(message);
  std::exit(1);
}

sigset_t block_end() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return set;
}

void wait_for_end(const sigset_t& set) {
  int number = 0;
  sigwait(&set, &number);
}

BusAddress bus_at(const char* url) {
  BusAddress address;
  address.url = url;
  address.replicas = 3;
  return address;
}

void bring_up(const DatabaseAddress& address) {
  auto database = DatabaseConnection::open(address, {});
  if (!database) fail(database.error().message);
  if (auto done = migrate(database.value()); !done) fail(done.error().message);
}

// A cluster of this test's own. Prints the directory of its socket, and runs until it is told to
// end.
int serve_database(const char* state_dir) {
  const sigset_t set = block_end();
  EmbeddedCluster::Options options;
  options.state_dir = state_dir;
  options.log = say;
  EmbeddedCluster cluster(std::move(options));
  if (auto started = cluster.start(); !started) fail(started.error().message);
  bring_up(cluster.address());
  std::printf("%s\n", cluster.address().socket_dir.c_str());
  std::fflush(stdout);
  wait_for_end(set);
  return cluster.stop() ? 0 : 1;
}

int run_writer(const char* url, const char* socket_dir) {
  const sigset_t set = block_end();
  BusWriter::Options options;
  options.address = bus_at(url);
  options.database.socket_dir = socket_dir;
  options.log = say;
  BusWriter writer(std::move(options));
  wait_for_end(set);
  for (const auto& row : bus_counter_table()) {
    const uint64_t value = writer.count(row.counter);
    if (value != 0) std::printf("%s %llu\n", row.name.data(), (unsigned long long)value);
  }
  return 0;
}

struct SensorOrders {
  std::string name;
  std::string spool;
  const char* url;
  uint32_t first;
  uint32_t count;
  milliseconds pause;  // between batches
};

StoreWriter::Options options_for(const SensorOrders& orders) {
  StoreWriter::Options options;
  options.feeder.sensor = orders.name;
  options.feeder.batch_rows = 2 * kBatch;
  options.feeder.batch_delay = milliseconds(50);
  options.feeder.record_bytes_max = BusDrain::kRecordBytesMax;
  options.spool.directory = orders.spool;
  options.spool.bytes_max = uint64_t{1} << 30;
  options.spool.log = say;
  options.make_drain = [&orders](Spool& spool) {
    BusDrain::Options drain;
    drain.address = bus_at(orders.url);
    drain.sensor = orders.name;
    drain.resend_after = milliseconds(5000);
    drain.log = say;
    return std::make_unique<BusDrain>(spool, std::move(drain));
  };
  return options;
}

// Feeds its sessions, then waits until all are stored.
int run_sensor(const SensorOrders& orders) {
  auto writer = StoreWriter::open(options_for(orders));
  if (!writer) fail(writer.error().message);
  for (uint32_t i = 0; i < orders.count; i += kBatch) {
    writer.value()->accept(sessions(orders.first + i, kBatch));
    std::this_thread::sleep_for(orders.pause);
  }
  const bool done = writer.value()->flush(std::chrono::minutes(4));
  std::printf("%s %llu\n", orders.name.c_str(),
              (unsigned long long)writer.value()->count(StoreCounter::rows_stored));
  return done ? 0 : 1;
}

int run(int argc, char** argv) {
  const std::string role = argc > 1 ? argv[1] : "";
  if (role == "database" && argc == 3) return serve_database(argv[2]);
  if (role == "writer" && argc == 4) return run_writer(argv[2], argv[3]);
  if (role == "sensor" && argc == 8) {
    return run_sensor({argv[2], argv[3], argv[4],
                       static_cast<uint32_t>(std::strtoul(argv[5], nullptr, 10)),
                       static_cast<uint32_t>(std::strtoul(argv[6], nullptr, 10)),
                       milliseconds(std::strtol(argv[7], nullptr, 10))});
  }
  say("usage: bus_end database DIR | writer URL SOCKET_DIR | sensor NAME SPOOL URL FIRST COUNT MS");
  return 2;
}

}  // namespace
}  // namespace control::tests

int main(int argc, char** argv) {
  return control::tests::run(argc, argv);
}
