// SPDX-License-Identifier: Apache-2.0
// Feeds the memory with numbered items and writes down what is safe: the half of the kill tests
// that is killed. usage() says how; README.md says what for.
#include "control/storage/connection.hpp"
#include "control/storage/migrate.hpp"
#include "control/storage/store_record.hpp"
#include "control/storage/store_writer.hpp"
#include "tests/stress/kills/fed_items.hpp"

#include <nlohmann/json.hpp>
#include <signal.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <thread>

namespace kills {
namespace {

using control::StoreWriter;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

// The kernel's word that it is time to end; a second one is not needed.
std::atomic<bool> is_asked_to_end{false};

constexpr const char* kUsage =
    "usage: feed_memory OPTION=VALUE...\n"
    "  directory  confirmed, counters.json and the spool go there\n"
    "  database   how to reach it: a libpq connection string\n"
    "  rate       items per second; 0: as fast as they are taken   until     items in all; 0: "
    "many\n"
    "  confirm_ms between two looks at what is safe                spool_kb  the spool's cap\n"
    "  full       oldest or stop                                   sync      record, segment, "
    "none\n"
    "  batch_rows of a record                                      retry_ms  longest pause\n"
    "  memory_kb  of records that the disk would not take\n";

class Order {
 public:
  Order(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
      const std::string word = argv[i];
      const size_t sign = word.find('=');
      const std::string name = word.substr(0, sign);
      if (sign == std::string::npos || !values_.contains(name)) fail();
      values_[name] = word.substr(sign + 1);
    }
    if (text("directory").empty() || text("database").empty()) fail();
  }
  [[nodiscard]] const std::string& text(const std::string& name) const { return values_.at(name); }
  [[nodiscard]] int64_t number(const std::string& name) const { return std::stoll(text(name)); }
  [[nodiscard]] std::string file(const char* name) const { return text("directory") + "/" + name; }

 private:
  [[noreturn]] static void fail() {
    std::cerr << kUsage;
    std::exit(2);
  }

  std::map<std::string, std::string> values_ = {
      {"directory", ""},       {"database", ""},       {"rate", "0"},      {"until", "0"},
      {"confirm_ms", "200"},   {"spool_kb", "262144"}, {"full", "oldest"}, {"sync", "record"},
      {"batch_rows", "10000"}, {"memory_kb", "65536"}, {"retry_ms", "500"}};
};

void say(std::string_view line) {
  std::cerr << line << '\n';
}

StoreWriter::Options options_of(const Order& order) {
  StoreWriter::Options options;
  options.feeder.sensor = "feed";
  options.feeder.batch_rows = static_cast<size_t>(order.number("batch_rows"));
  options.feeder.accept_wait = std::chrono::hours(1);  // the input is as slow as it has to be
  options.spool.directory = order.file("spool");
  options.spool.bytes_max = static_cast<uint64_t>(order.number("spool_kb")) << 10;
  options.spool.when_full = order.text("full") == "stop" ? control::Spool::WhenFull::stop
                                                         : control::Spool::WhenFull::drop_oldest;
  const std::map<std::string, control::Spool::Sync> syncs = {
      {"record", control::Spool::Sync::record},
      {"segment", control::Spool::Sync::segment},
      {"none", control::Spool::Sync::none}};
  options.spool.sync = syncs.at(order.text("sync"));
  options.spool.memory_bytes_max = static_cast<uint64_t>(order.number("memory_kb")) << 10;
  options.spool.log = say;
  options.drain.address.url = order.text("database");
  options.drain.retry_max = milliseconds(order.number("retry_ms"));
  options.drain.log = say;
  return options;
}

// --- where the input goes on

constexpr int64_t kNothing = -1;
// Seconds from 1970 to 2000, where Postgres begins to count.
constexpr int64_t kPostgresEpoch = 946'684'800;

int64_t highest_number_of(const control::StoreRecord& record) {
  int64_t highest = kNothing;
  for (const control::StoreSection& section : record.sections) {
    if (section.table != control::StoredTable::session) continue;
    for (const std::string_view tuple : control::tuples_of(section)) {
      const auto field = control::field_of(section, tuple, "ts");
      if (!field) continue;
      const auto micros = static_cast<int64_t>(
          flowtable::load_be64(reinterpret_cast<const uint8_t*>(field->data())));
      highest = std::max(highest, number_at(micros + kPostgresEpoch * 1'000'000));
    }
  }
  return highest;
}

// Reads the spool as a consumer that releases nothing.
int64_t highest_in_spool(const control::Spool::Options& options) {
  auto spool = control::Spool::open(options);
  if (!spool) {
    say(spool.error().message);
    std::exit(1);
  }
  int64_t highest = kNothing;
  spool.value()->close();
  while (const auto record = spool.value()->next(Clock::now() + seconds(10))) {
    const auto parsed = control::parse_store_record(*record->payload);
    if (parsed) highest = std::max(highest, highest_number_of(parsed.value()));
  }
  return highest;
}

control::OrDatabaseError<int64_t> highest_in_database(const Order& order) {
  control::DatabaseAddress address;
  address.url = order.text("database");
  auto database = control::DatabaseConnection::open(address, {});
  if (!database) return flowtable::Failure{database.error()};
  if (const auto migrated = control::migrate(database.value()); !migrated) {
    return flowtable::Failure{control::DatabaseError{migrated.error().message, {}}};
  }
  const auto rows =
      database.value().query("SELECT (extract(epoch FROM max(ts)) * 1000000)::bigint FROM session");
  if (!rows) return flowtable::Failure{rows.error()};
  if (rows.value().is_null(0, 0)) return kNothing;
  return number_at(std::stoll(std::string(rows.value().text(0, 0))));
}

// A transaction that a killed run left behind is in the spool, too: the spool is asked first.
int64_t first_number(const Order& order) {
  const int64_t spooled = highest_in_spool(options_of(order).spool);
  while (!is_asked_to_end) {
    const auto stored = highest_in_database(order);
    if (stored) return std::max(spooled, stored.value()) + 1;
    std::this_thread::sleep_for(milliseconds(50));
  }
  std::exit(0);
}

int64_t read_confirmed(const Order& order) {
  int64_t number = kNothing;
  std::ifstream(order.file("confirmed")) >> number;
  return number;
}

// --- the books

void replace_file(const std::string& path, const std::string& text) {
  const std::string made = path + ".new";
  std::ofstream(made) << text << '\n';
  std::filesystem::rename(made, path);
}

void write_counters(const Order& order, const StoreWriter& writer, int64_t next) {
  nlohmann::json out;
  for (const auto& row : control::store_counter_table())
    out[std::string(row.name)] = writer.count(row.counter);
  for (const auto& row : control::spool_counter_table())
    out[std::string(row.name)] = writer.spool().counters().get(row.counter);
  const control::SpoolLoad waiting = writer.waiting();
  out["waiting_rows"] = waiting.rows;
  out["waiting_scan_rows"] = waiting.scan_rows;
  out["spool_bytes"] = writer.spool().state().bytes;
  out["disk_ok"] = writer.spool().state().disk_ok;
  out["is_storing"] = writer.is_storing();
  out["next"] = next;
  replace_file(order.file("counters.json"), out.dump());
}

class Feed {
 public:
  Feed(const Order& order, StoreWriter& writer, int64_t first)
      : order_(order), writer_(writer), next_(first), first_(first) {}

  void run() {
    const int64_t until = order_.number("until");
    const auto every = milliseconds(order_.number("confirm_ms"));
    const auto begin = Clock::now();
    auto look_at = begin + every;
    while (!is_asked_to_end && (until == 0 || next_ < until)) {
      give_part();
      if (Clock::now() >= look_at) {
        confirm(seconds(600));
        look_at = Clock::now() + every;
      }
      if (order_.number("rate") == 0) continue;
      const auto due = milliseconds(1000 * (next_ - first_) / order_.number("rate"));
      while (Clock::now() < begin + due && Clock::now() < look_at && !is_asked_to_end)
        std::this_thread::sleep_for(milliseconds(1));
    }
    confirm(seconds(600));
  }

  // What is safe from now on, for whoever kills us.
  void confirm(milliseconds limit) {
    if (!writer_.flush_to_spool(limit)) return;
    replace_file(order_.file("confirmed"), std::to_string(next_ - 1));
    write_counters(order_, writer_, next_);
  }
  [[nodiscard]] int64_t next() const noexcept { return next_; }

 private:
  void give_part() {
    const int64_t block = next_ / kBlock;
    const int64_t part = next_ % kBlock;
    if (part == 0) {
      writer_.accept(tap_part(block));
      next_ = block * kBlock + kTapPart;
    } else if (part == kTapPart) {
      writer_.accept(scan_part(block));
      next_ = block * kBlock + kScanEnd;
    } else {
      writer_.record(audit_row(block));
      next_ = (block + 1) * kBlock;
    }
  }

  const Order& order_;
  StoreWriter& writer_;
  int64_t next_;
  const int64_t first_;
};

// A delivery is in a record whole: the input goes on where one begins, and behind all that was
// said to be safe (but for an audit row, which tells no number and may be said twice).
bool is_sound(int64_t first, int64_t confirmed) {
  const int64_t part = first % kBlock;
  const bool begins = part == 0 || part == kTapPart || part == kScanEnd;
  const int64_t reached = part == kScanEnd ? first : first - 1;
  if (begins && confirmed <= reached) return true;
  say("LOST: " + std::to_string(confirmed) + " was confirmed, and the input goes on at " +
      std::to_string(first));
  return false;
}

int run(const Order& order) {
  std::filesystem::create_directories(order.text("directory"));
  const int64_t first = first_number(order);
  if (!is_sound(first, read_confirmed(order))) return 3;
  auto opened = StoreWriter::open(options_of(order));
  if (!opened) {
    say(opened.error().message);
    return 1;
  }
  StoreWriter& writer = *opened.value();
  say("goes on at " + std::to_string(first));
  Feed feed(order, writer, first);
  feed.run();
  const bool is_whole = writer.flush(seconds(600));
  (void)writer.stop(seconds(10));
  write_counters(order, writer, feed.next());
  return is_whole ? 0 : 4;
}

}  // namespace
}  // namespace kills

int main(int argc, char** argv) {
  const auto end = [](int) { kills::is_asked_to_end = true; };
  signal(SIGTERM, end);
  signal(SIGINT, end);
  return kills::run(kills::Order(argc, argv));
}
