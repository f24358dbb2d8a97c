// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/commands.hpp"

#include "control/daemon/ledger.hpp"
#include "control/export/text_format.hpp"
#include "control/ipc/version.hpp"
#include "control/metrics/prometheus_text.hpp"
#include "control/query/query_field.hpp"

#include <unistd.h>

namespace control {
namespace {

using Seconds = std::chrono::seconds;

std::string time_text(std::chrono::system_clock::time_point when) {
  return text_of_seconds(std::chrono::floor<Seconds>(when).time_since_epoch().count());
}

MetricRow gauge(std::string name, std::string help, uint64_t value) {
  return {std::move(name), std::move(help), MetricKind::gauge, {}, value};
}

// Losses of each port; their sums are in the ledger.
void add_port_metrics(std::vector<MetricRow>& rows, Engine& engine) {
  for (const Tap::NamedPort& named : engine.tap().ports()) {
    const dataplane::PortStats stats = named.port->stats();
    const auto add = [&](std::string_view reason, uint64_t value) {
      rows.push_back({"tapseal_port_lost_total",
                      "packets that a port did not deliver, by reason",
                      MetricKind::counter,
                      {{"port", named.name}, {"reason", std::string(reason)}},
                      value});
    };
    add("missed", stats.rx_missed);
    add("errors", stats.rx_errors);
    add("no_mbuf", stats.rx_no_mbuf);
  }
}

}  // namespace

Commands::Commands(Engine& engine, const ServerCounters& server, std::function<void()> request_stop)
    : engine_(engine), server_(server), request_stop_(std::move(request_stop)) {}

CommandHandlers Commands::handlers(std::unique_ptr<Commands>& commands) {
  const auto bind = [&commands](void (Commands::*handler)(const Request&, Reply&)) {
    return [&commands, handler](const Request& request, Reply& reply) {
      (commands.get()->*handler)(request, reply);
    };
  };
  CommandHandlers out{{"config", bind(&Commands::config)},   {"db", bind(&Commands::db)},
                      {"down", bind(&Commands::down)},       {"flows", bind(&Commands::flows)},
                      {"metrics", bind(&Commands::metrics)}, {"pause", bind(&Commands::pause)},
                      {"ports", bind(&Commands::ports)},     {"resume", bind(&Commands::resume)},
                      {"scan", bind(&Commands::scan)},       {"scans", bind(&Commands::scans)},
                      {"show", bind(&Commands::show)},       {"status", bind(&Commands::status)},
                      {"stop", bind(&Commands::stop)},       {"store", bind(&Commands::store)},
                      {"tag", bind(&Commands::tag)},         {"tags", bind(&Commands::tags)},
                      {"untag", bind(&Commands::untag)},     {"owner", bind(&Commands::owner)},
                      {"owners", bind(&Commands::owners)},   {"watch", bind(&Commands::watch)}};
  for (size_t i = 0; i < kNumQueryVerbs; ++i)
    out[std::string(name_of(static_cast<QueryVerb>(i)))] = bind(&Commands::list);
  return out;
}

void Commands::every_second() {
  engine_.tap().every_second();
  const auto now = Rate::Clock::now();
  const Totals totals = read_totals(engine_);
  packet_rate_.sample(totals.packets, now);
  byte_rate_.sample(totals.bytes, now);
  session_rate_.sample(totals.sessions, now);
  for (const Tap::NamedPort& port : engine_.tap().ports()) {
    port_rates_[port.name].packets.sample(port.port->stats().rx_packets, now);
  }
}

uint64_t Commands::num_flows() const {
  uint64_t sum = 0;
  const dataplane::PollCores& cores = engine_.tap().cores();
  for (uint16_t i = 0; i < cores.size(); ++i)
    sum += cores.core(i).table.num_flows();
  return sum;
}

void Commands::down(const Request&, Reply& reply) {
  reply.field("draining", true);
  if (!draining_) request_stop_();
  draining_ = true;
}

void Commands::status(const Request& request, Reply& reply) {
  const Settings& settings = engine_.settings();
  const auto up = std::chrono::system_clock::now() - since_;
  const uint64_t cores = engine_.tap().cores().size();
  reply.field("state", draining_ ? "draining" : "running");
  reply.field("version", program_version());
  reply.field("pid", getpid());
  reply.field("sensor", settings.run.sensor);
  reply.field("since", time_text(since_));
  reply.field("uptime", std::chrono::duration_cast<Seconds>(up).count());
  reply.field("config", engine_.loaded().file);
  reply.field("cores", cores);
  reply.field("ports", engine_.tap().ports().size());
  reply.field("database", engine_.memory().state());
  reply.field("packet_rate", packet_rate_.per_second());
  reply.field("byte_rate", byte_rate_.per_second());
  reply.field("session_rate", session_rate_.per_second());
  reply.field("flows", num_flows());
  reply.field("flows_max", cores * settings.flow_table.flows_max);
  const BookStatement book = read_book(engine_, BookMoment::live);
  reply.field("book", book.verdict);
  for (const BookLine& line : book.lines) {
    reply.row({{"group", "book"}, {"name", line.name}, {"value", line.value}, {"help", line.help}});
  }
  const bool all = request.flag("all");
  for (const LedgerRow& row : read_ledger(engine_, server_)) {
    if (row.value == 0 && !all) continue;
    reply.row({{"group", row.group}, {"name", row.name}, {"value", row.value}, {"help", row.help}});
  }
}

void Commands::ports(const Request&, Reply& reply) {
  for (const Tap::NamedPort& named : engine_.tap().ports()) {
    dataplane::Port& port = *named.port;
    const dataplane::PortStats stats = port.stats();
    const dataplane::PortLink link = port.link();
    reply.row({{"name", named.name},
               {"device", named.device},
               {"driver", port.driver()},
               {"link", link.up ? "up" : "down"},
               {"speed_mbps", link.speed_mbps},
               {"queues", port.num_rx_queues()},
               {"packets", stats.rx_packets},
               {"bytes", stats.rx_bytes},
               {"packet_rate", port_rates_[named.name].packets.per_second()},
               {"missed", stats.rx_missed},
               {"errors", stats.rx_errors},
               {"no_mbuf", stats.rx_no_mbuf}});
  }
}

void Commands::watch(const Request& request, Reply& reply) {
  auto filter = SessionFilter::parse(request.texts("filter"));
  if (!filter) return reply.fail(ErrorCode::bad_argument, filter.error().message);
  Subscription::Limits limits;
  if (const auto limit = request.number("limit")) limits.total_max = static_cast<uint64_t>(*limit);
  const WatchFormat format = request.flag("records") ? WatchFormat::records : WatchFormat::rows;
  auto made = engine_.watchers().add(std::move(filter).value(), format, limits);
  if (!made) {
    return reply.fail(ErrorCode::busy, std::to_string(Watchers::kWatchersMax) +
                                           " others watch already; end one of them");
  }
  reply.field("watching", true);
  reply.follow(std::move(made));
}

void Commands::config(const Request&, Reply& reply) {
  for (const EffectiveSetting& setting : effective_settings(engine_.loaded())) {
    reply.row({{"key", setting.key}, {"value", setting.value}, {"origin", setting.origin}});
  }
}

void Commands::metrics(const Request&, Reply& reply) {
  std::vector<MetricRow> rows;
  for (const LedgerRow& row : read_ledger(engine_, server_)) {
    // Drop reasons are one metric with a label, so that they can be summed and broken down.
    if (row.group == "drop") {
      rows.push_back({"tapseal_drops_total",
                      "packets and handshakes not followed, by reason",
                      MetricKind::counter,
                      {{"reason", std::string(row.name)}},
                      row.value});
      continue;
    }
    rows.push_back({"tapseal_" + std::string(row.group) + "_" + std::string(row.name) + "_total",
                    std::string(row.help),
                    MetricKind::counter,
                    {},
                    row.value});
  }
  add_port_metrics(rows, engine_);
  rows.push_back(gauge("tapseal_flows", "flows in the tables now", num_flows()));
  rows.push_back(gauge("tapseal_book_under_way", "flows that began like TLS, without outcome yet",
                       read_book(engine_, BookMoment::live).under_way));
  reply.field("text", prometheus_text(rows));
}

}  // namespace control
