// SPDX-License-Identifier: Apache-2.0
#include "tests/stress/kills/fed_items.hpp"

#include "tls/digest/digest.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace kills {
namespace {

constexpr int64_t kBlocksOfJob = 10;

flowtable::Tick tick_of(int64_t number) {
  return flowtable::tick_from_ns(micros_of(number) * 1000);
}

flowtable::Endpoint endpoint(std::array<int64_t, 4> address, int64_t port) {
  std::array<uint8_t, 4> bytes{};
  for (size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<uint8_t>(address[i]);
  return {flowtable::IpAddress::from_bytes(bytes), static_cast<uint16_t>(port)};
}

tls::Fingerprint hashed(const std::string& raw) {
  return {raw, tls::to_hex(tls::md5(tls::bytes_of(raw)).value_or(tls::Md5{}))};
}

std::string two_digits(int64_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

int64_t job_of(int64_t block) {
  return 1 + block / kBlocksOfJob;
}

tls::CertificatePtr certificate(const std::string& name) {
  auto facts = std::make_shared<tls::CertificateFacts>();
  for (int i = 0; i < 60; ++i)
    facts->der.insert(facts->der.end(), name.begin(), name.end());
  facts->sha256 = tls::sha256(facts->der);
  facts->sha1 = tls::sha1(facts->der).value_or(tls::Sha1{});
  facts->spki_sha256 = tls::sha256(tls::bytes_of("key " + name));
  facts->subject = {{"2.5.4.3", name}};
  facts->issuer = {{"2.5.4.3", "feed"}};
  facts->subject_cn = name;
  facts->issuer_cn = "feed";
  facts->serial = "01";
  facts->not_before = 1'700'000'000;
  facts->not_after = 1'800'000'000;
  facts->san = {"DNS:" + name + ".feed.test"};
  facts->key_algorithm = "EC";
  facts->key_curve = "P-256";
  facts->key_bits = 256;
  facts->signature_algorithm = "ecdsa-with-SHA256";
  facts->version = 3;
  return facts;
}

std::vector<tls::CertificatePtr> chain_of(int64_t number) {
  if (number % 2 == 1) return {};
  const std::string leaf =
      number % 20 == 0 ? "new-" + std::to_string(number) : "leaf-" + std::to_string(number % 26);
  return {certificate(leaf), certificate("ca-" + std::to_string(number % 3))};
}

std::optional<std::string> name_of(int64_t number) {
  if (number % 4 == 1) return std::nullopt;
  if (number % 4 == 0) return "n" + std::to_string(number) + ".feed.test";
  return "s" + std::to_string(number % 30) + ".feed.test";
}

tls::ServerFacts answer_of(int64_t number) {
  tls::ServerFacts answer;
  answer.legacy_version = 0x0303;
  answer.version = number % 2 == 1 ? 0x0304 : 0x0303;
  answer.cipher = static_cast<uint16_t>(0xc02f + number % 4);
  if (number % 2 == 1) answer.group = uint16_t{29};
  answer.ja3s = hashed("771,s" + std::to_string(number % 9));
  return answer;
}

tls::Observation tls_session(int64_t number) {
  constexpr std::array<int64_t, 3> kPorts = {443, 8443, 993};
  tls::Observation out;
  out.seen = tick_of(number);
  out.client = endpoint({10, number % 3, number % 7, 1 + number % 11}, 1024 + number % 60'000);
  out.server = endpoint({192, 0, 2, 1 + number % 5}, kPorts[static_cast<size_t>(number % 3)]);
  out.sni = name_of(number);
  tls::ClientFacts hello;
  hello.legacy_version = 0x0303;
  hello.ja3 = hashed("771," + std::to_string(number % 40));
  hello.ja4 = {"r" + std::to_string(number % 20), "t13d" + two_digits(number % 20)};
  out.hello = hello;
  if (number % 13 != 0) out.answer = answer_of(number);
  out.certs = chain_of(number);
  out.plaintext_before = static_cast<uint32_t>(number);
  return out;
}

tls::Observation ssh_session(int64_t number) {
  tls::Observation out;
  out.kind = tls::RecordKind::ssh;
  out.seen = tick_of(number);
  out.client = endpoint({10, 9, 0, number % 17}, 1024 + number % 60'000);
  out.server = endpoint({192, 0, 2, 1}, 22);
  const std::string kind = std::to_string(number % 6);
  out.ssh = tls::SshFacts{"SSH-2.0-feed_" + kind, "SSH-2.0-served", hashed("hassh" + kind),
                          hashed("served")};
  return out;
}

tls::Observation fetched(int64_t number, int64_t job) {
  tls::Observation out = tls_session(number);
  out.source = tls::Source::active;
  out.probe = "a";
  out.scan = static_cast<uint32_t>(job);
  out.client = endpoint({198, 51, 100, 1}, 1024 + number % 60'000);
  out.server = endpoint({203, 0, 113, 1 + number % 50}, 443);
  return out;
}

tls::ServiceReport report_of(int64_t number, int64_t job) {
  tls::ServiceReport report;
  report.job = static_cast<uint32_t>(job);
  report.began = tick_of(number - 1);
  report.ended = tick_of(number);
  report.server = endpoint({203, 0, 113, 1 + number % 50}, 443);
  report.name = "r" + std::to_string(number) + ".feed.test";
  report.connections = static_cast<uint32_t>(number);
  if (number % 3 == 0) report.jarm = std::string(61, '0') + std::to_string(number % 5);
  report.jarm_raw = report.jarm;
  return report;
}

flowtable::ScanReply reply_of(int64_t number, int64_t job) {
  flowtable::ScanReply reply;
  reply.tick = tick_of(number);
  reply.server = endpoint({198, 18, number >> 8 & 255, number & 255}, 1 + (number >> 16));
  reply.job = static_cast<uint32_t>(job);
  reply.outcome =
      number % 2 == 1 ? flowtable::TargetOutcome::closed : flowtable::TargetOutcome::unreachable;
  reply.attempt = static_cast<uint8_t>(number % 3);
  reply.icmp_type = 3;
  reply.icmp_code = static_cast<uint8_t>(number % 16);
  return reply;
}

}  // namespace

tls::RecordBatch tap_part(int64_t block) {
  tls::RecordBatch batch;
  for (int64_t number = kBlock * block; number < kBlock * block + kTapPart; ++number)
    batch.push_back(number % 10 == 5 ? ssh_session(number) : tls_session(number));
  return batch;
}

tls::ScanDelivery scan_part(int64_t block) {
  tls::ScanDelivery out;
  for (int64_t number = kBlock * block + kTapPart; number < kBlock * block + kScanEnd; ++number) {
    out.observations.push_back(fetched(number, job_of(block)));
    out.reports.push_back(report_of(number, job_of(block)));
    out.replies.push_back(reply_of(number, job_of(block)));
  }
  return out;
}

control::ScanRow audit_row(int64_t block) {
  control::ScanRow row;
  row.id = static_cast<uint32_t>(job_of(block));
  row.uid = 1000;
  row.who = "feed";
  row.started = tick_of((job_of(block) - 1) * kBlocksOfJob * kBlock);
  const bool is_last = block % kBlocksOfJob == kBlocksOfJob - 1;
  if (is_last) row.ended = tick_of(kBlock * block + kScanEnd);
  row.state = is_last ? "done" : "running";
  row.spec = R"({"job":)" + std::to_string(job_of(block)) + "}";
  row.targets = static_cast<uint64_t>(kBlocksOfJob * (kScanEnd - kTapPart));
  row.sent = static_cast<uint64_t>(block);
  return row;
}

}  // namespace kills
