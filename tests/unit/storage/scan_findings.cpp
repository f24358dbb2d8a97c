// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/storage/scan_findings.hpp"

#include "tests/unit/storage/observations.hpp"

namespace control::tests {
namespace {

flowtable::Tick at_micros(uint32_t number) {
  return flowtable::tick_from_ns(kNoon * 1'000'000'000 + int64_t{number} * 1000);
}

}  // namespace

tls::ServiceReport service_report(uint32_t number) {
  tls::ServiceReport report;
  report.job = 7;
  report.began = at_micros(0);
  report.ended = at_micros(number);
  report.server = endpoint("192.0.2.1", static_cast<uint16_t>(number));
  report.name = "Mail.example.net";
  report.starttls = "smtp";
  report.speaks = "smtp";
  report.step = "tls";
  report.code = "220";
  report.alert = 40;
  report.jarm = "2ad2ad16d2ad2ad22c42d42d00042d58c7162162b6a603d3d90a2b76865b53";
  report.jarm_raw = "c02f|0303|h2|ff01-0017,|||";
  report.accepted = {{0x0303, {0xc02f, 0x009c}}, {0x0302, {0x002f}}};
  report.groups = {uint16_t{29}, uint16_t{0x11ec}};
  report.connections = 12;
  return report;
}

flowtable::ScanReply target_reply(uint32_t number, flowtable::TargetOutcome outcome) {
  flowtable::ScanReply reply;
  reply.tick = at_micros(number);
  reply.server = endpoint("2001:db8::1", static_cast<uint16_t>(number));
  reply.job = 7;
  reply.outcome = outcome;
  reply.attempt = 2;
  reply.icmp_type = 3;
  reply.icmp_code = 13;
  return reply;
}

ScanRow scan_row(uint32_t id) {
  ScanRow row;
  row.id = id;
  row.uid = 1000;
  row.who = "ada";
  row.started = at_micros(1);
  row.state = "running";
  row.spec = R"({"targets":["192.0.2.0/24"]})";
  row.config_hash = {0xab, 0xcd};
  row.shard = 2;
  row.shards = 3;
  row.targets = uint64_t{1} << 48;
  row.sent = 10;
  row.open = 1;
  row.closed = 2;
  row.unreachable = 3;
  row.silent = 4;
  row.lost_locally = 5;
  row.tls = 6;
  row.certificates = 8;
  return row;
}

tls::Observation fetched(uint32_t number, std::string_view probe,
                         std::vector<tls::CertificatePtr> certs) {
  tls::Observation out = session(number, std::move(certs));
  out.source = tls::Source::active;
  out.probe = probe;
  out.scan = 7;
  return out;
}

tls::ScanDelivery delivery(uint32_t first, uint32_t count) {
  tls::ScanDelivery out;
  for (uint32_t number = first; number < first + count; ++number) {
    out.observations.push_back(fetched(number, "a", {}));
    out.reports.push_back(service_report(number));
    out.replies.push_back(target_reply(number, flowtable::TargetOutcome::closed));
  }
  return out;
}

}  // namespace control::tests
