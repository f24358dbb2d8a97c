// SPDX-License-Identifier: Apache-2.0
// A process with a spool, for tests that kill it or break its disk:
//
//   spool_writer DIRECTORY RECORDS BYTES SYNC [WHEN_FULL [MEMORY]]
//
// Appends that many records (0: until it is killed) and writes after each, at once, its number and
// what became of it; then takes all that comes out, and writes what the spool counted.
#include "control/spool/spool.hpp"
#include "tests/unit/spool/spool_payload.hpp"

#include <unistd.h>

#include <iostream>
#include <string>

namespace {

using control::Spool;

void say(const std::string& line) {
  const std::string text = line + "\n";
  if (write(STDOUT_FILENO, text.data(), text.size()) < 0) _exit(1);
}

const char* name_of(Spool::Appended appended) {
  if (appended == Spool::Appended::on_disk) return "on_disk";
  return appended == Spool::Appended::refused ? "refused" : "in_memory_only";
}

Spool::Options options_of(const char* const* arguments, int count) {
  Spool::Options options;
  options.directory = arguments[1];
  options.bytes_max = 256U << 20;
  options.segment_bytes = 16384;
  const std::string sync = arguments[4];
  options.sync = sync == "record"    ? Spool::Sync::record
                 : sync == "segment" ? Spool::Sync::segment
                                     : Spool::Sync::none;
  const bool stops = count > 5 && std::string(arguments[5]) == "stop";
  options.when_full = stops ? Spool::WhenFull::stop : Spool::WhenFull::drop_oldest;
  options.memory_bytes_max = count > 6 ? std::stoull(arguments[6]) : 1U << 20;
  options.log = [](std::string_view line) { std::cerr << line << "\n"; };
  return options;
}

void take_all(Spool& spool) {
  spool.close();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (const auto record = spool.next(deadline)) {
    const auto number = control::SpoolAmount{1, record->load};
    say("record " + std::to_string(record->seq) + " " + std::to_string(number.load.rows) + " " +
        record->payload->substr(0, record->payload->find(' ', 7)));
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 5) return 2;
  const uint64_t records = std::stoull(arguments[2]);
  const size_t bytes = std::stoull(arguments[3]);
  auto opened = Spool::open(options_of(arguments, count));
  if (!opened.ok()) {
    say("error " + opened.error().message);
    return 1;
  }
  Spool& spool = *opened.value();
  say("epoch " + std::to_string(spool.epoch()));
  for (uint64_t i = 1; records == 0 || i <= records; ++i) {
    const auto done = spool.append(tests::load_number(i), tests::payload_number(i, bytes));
    say("appended " + std::to_string(i) + " " + name_of(done));
  }
  take_all(spool);
  for (const auto& row : control::spool_counter_table()) {
    say("counter " + std::string(row.name) + " " +
        std::to_string(spool.counters().get(row.counter)));
  }
  say(std::string("disk_ok ") + (spool.state().disk_ok ? "yes" : "no"));
  say("waiting " + std::to_string(spool.state().records));
  return 0;
}
