// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/ledger.hpp"

#include "control/storage/store_counter.hpp"
#include "dataplane/poll_counters.hpp"
#include "tls/pipeline/pipeline_counter.hpp"

#include <algorithm>

namespace control {
namespace {

using Rows = std::vector<LedgerRow>;

// Sum over all cores of what `get` reads of one.
template <typename Get>
uint64_t over_cores(Engine& engine, Get get) {
  uint64_t sum = 0;
  const dataplane::PollCores& cores = engine.tap().cores();
  for (uint16_t i = 0; i < cores.size(); ++i)
    sum += get(cores.core(i));
  return sum;
}

void add_cores(Rows& rows, Engine& engine) {
  using dataplane::PollCore;
  for (const auto& row : dataplane::kPollCounterTable) {
    rows.push_back({"poll", row.name, row.help, over_cores(engine, [&](const PollCore& core) {
                      return core.loop.counters().get(row.counter);
                    })});
  }
  for (const auto& row : dataplane::kPathCounterTable) {
    rows.push_back({"path", row.name, row.help, over_cores(engine, [&](const PollCore& core) {
                      return core.counters.path.get(row.counter);
                    })});
  }
  for (const auto& row : dataplane::drop_reason_table()) {
    rows.push_back({"drop", row.name, row.help, over_cores(engine, [&](const PollCore& core) {
                      return core.counters.drops.get(row.reason);
                    })});
  }
}

void add_ports(Rows& rows, Engine& engine) {
  dataplane::PortStats sum;
  for (const Tap::NamedPort& named : engine.tap().ports()) {
    const dataplane::PortStats stats = named.port->stats();
    sum.rx_missed += stats.rx_missed;
    sum.rx_errors += stats.rx_errors;
    sum.rx_no_mbuf += stats.rx_no_mbuf;
  }
  rows.push_back(
      {"port", "rx_missed", "packets lost before a core could take them", sum.rx_missed});
  rows.push_back({"port", "rx_errors", "packets broken on the wire", sum.rx_errors});
  rows.push_back({"port", "rx_no_mbuf", "packets lost for want of buffers", sum.rx_no_mbuf});
}

void add_scanner(Rows& rows, Engine& engine) {
  const tls::ScanWorkers* const workers = engine.scanner().workers();
  if (workers == nullptr) return;
  for (const auto& row : dataplane::scan_counter_table()) {
    uint64_t sum = 0;
    for (const dataplane::ScanLane::Own* const lane : engine.tap().scan_lanes())
      sum += lane->core.counters().get(row.counter);
    rows.push_back({"scan", row.name, row.help, sum});
  }
  for (const auto& row : tls::scan_work_counter_table())
    rows.push_back({"inquiry", row.name, row.help, workers->counters().get(row.counter)});
  if (const Fleet* const fleet = engine.scanner().fleet(); fleet != nullptr) {
    for (const auto& row : kFleetCounterTable)
      rows.push_back({"fleet", row.name, row.help, fleet->counters().get(row.counter)});
  }
  const PassiveFollow* const follow = engine.scanner().passive_follow();
  if (follow == nullptr) return;
  for (const auto& row : kFollowCounterTable)
    rows.push_back({"follow", row.name, row.help, follow->counters().get(row.counter)});
}

// Both ends, where this daemon has them: no counter belongs to both.
void add_bus(Rows& rows, const Memory& memory) {
  if (memory.bus_drain() == nullptr) return;
  for (const auto& row : bus_counter_table()) {
    uint64_t value = memory.bus_drain()->bus_counters().get(row.counter);
    if (memory.bus_writer() != nullptr) value += memory.bus_writer()->count(row.counter);
    rows.push_back({"bus", row.name, row.help, value});
  }
}

void add_server(Rows& rows, const ServerCounters& server) {
  for (size_t i = 0; i < ServerCounters::kSize; ++i) {
    const auto event = static_cast<ServerEvent>(i);
    rows.push_back({"socket", name_of(event), "events at the control socket", server.get(event)});
  }
}

// What became of the records: reported (and found in the spool) = stored + not_stored + waiting.
std::vector<BookLine> store_lines(const StoreWriter& writer) {
  // From the end of the way to its beginning: what moves meanwhile is seen as waiting.
  const uint64_t stored = writer.count(StoreCounter::rows_stored);
  const SpoolCounters& spool = writer.spool().counters();
  uint64_t lost = writer.count(StoreCounter::rows_refused) +
                  writer.count(StoreCounter::store_queue_full) +
                  writer.count(StoreCounter::store_stopped);
  for (const SpoolFate fate :
       {SpoolFate::dropped_full, SpoolFate::dropped_damaged, SpoolFate::refused}) {
    lost += counted(spool, fate).load.rows;
  }
  const uint64_t recovered = counted(spool, SpoolFate::recovered).load.rows;
  const uint64_t accepted = writer.count(StoreCounter::rows_accepted);
  const uint64_t waiting = std::max(accepted + recovered, stored + lost) - stored - lost;
  return {
      {"spool_recovered", "of earlier runs, found waiting in the spool at the start", recovered, 0},
      {"stored", "of the reported and these, those in the database", stored, 0},
      {"not_stored", "those it will never have; groups store and spool say why", lost, 0},
      {"store_waiting", "those that wait for it", waiting, 0}};
}

}  // namespace

std::vector<LedgerRow> read_ledger(Engine& engine, const ServerCounters& server) {
  Rows rows;
  add_ports(rows, engine);
  add_cores(rows, engine);
  for (const auto& row : tls::pipeline_counter_table()) {
    rows.push_back(
        {"pipeline", row.name, row.help, engine.tap().pipeline().counters().get(row.counter)});
  }
  if (const StoreWriter* writer = engine.memory().writer()) {
    for (const auto& row : store_counter_table()) {
      rows.push_back({"store", row.name, row.help, writer->count(row.counter)});
    }
    for (const auto& row : spool_counter_table()) {
      rows.push_back({"spool", row.name, row.help, writer->spool().counters().get(row.counter)});
    }
  }
  add_bus(rows, engine.memory());
  if (const Retention* retention = engine.memory().retention()) {
    for (const auto& row : kRetentionCounterTable)
      rows.push_back({"retention", row.name, row.help, retention->counters().get(row.counter)});
  }
  if (const LineSink* json = engine.sink().lines()) {
    rows.push_back({"output", "lines_written", "native records written", json->lines_written()});
    rows.push_back(
        {"output", "lines_lost", "native records that could not be written", json->lines_lost()});
  }
  add_scanner(rows, engine);
  for (const auto& row : kWatchCounterTable) {
    rows.push_back({"watch", row.name, row.help, engine.watchers().counters().get(row.counter)});
  }
  add_server(rows, server);
  return rows;
}

BookStatement read_book(Engine& engine, BookMoment moment) {
  // From the end of the way to its beginning, as in BookCounts::read().
  std::vector<BookLine> stored;
  if (const StoreWriter* writer = engine.memory().writer()) stored = store_lines(*writer);
  std::vector<const dataplane::CoreCounters*> cores;
  for (uint16_t i = 0; i < engine.tap().cores().size(); ++i)
    cores.push_back(&engine.tap().cores().core(i).counters);
  BookStatement out =
      make_statement(BookCounts::read(cores, engine.tap().pipeline().counters()), moment);
  out.lines.insert(out.lines.end(), stored.begin(), stored.end());
  return out;
}

Totals read_totals(Engine& engine) {
  using dataplane::PollCore;
  using dataplane::PollCounter;
  Totals totals;
  totals.packets = over_cores(engine, [](const PollCore& core) {
    return core.loop.counters().get(PollCounter::rx_packets);
  });
  totals.bytes = over_cores(
      engine, [](const PollCore& core) { return core.loop.counters().get(PollCounter::rx_bytes); });
  totals.sessions = engine.tap().pipeline().counters().get(tls::PipelineCounter::sessions);
  return totals;
}

}  // namespace control
