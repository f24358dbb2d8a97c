// SPDX-License-Identifier: Apache-2.0
// Questions about what the scanner found, and about what both eyes saw.
#include "control/storage/queries.hpp"
#include "control/storage/stored_text.hpp"
#include "tests/unit/storage/observations.hpp"
#include "tests/unit/storage/scan_findings.hpp"
#include "tests/unit/storage/test_cluster.hpp"
#include "tests/unit/storage/test_writer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace control::tests {
namespace {

using Row = std::map<std::string, std::string>;

// Port 443 is seen by the tap and by two hellos of the scanner, which was shown another certificate
// by one of them; port 444 was only fetched. Port 22 speaks no TLS.
StoreBatch findings() {
  const auto seen = certificate(1, "seen.example");
  const auto rsa = certificate(2, "rsa.example");
  const auto hidden = certificate(3, "hidden.example");
  StoreBatch batch;
  batch.observations = {session(1, {seen}), fetched(2, "a", {seen}), fetched(3, "b-rsa", {rsa}),
                        fetched(4, "a", {hidden})};
  batch.observations[3].server.port = 444;
  // The tap's session of TLS 1.3 asked for it, 1250 ms before.
  batch.observations[3].wanted_since =
      batch.observations[3].seen - std::chrono::microseconds(1'250'999);
  batch.reports = {service_report(443), service_report(444), service_report(22)};
  for (tls::ServiceReport& report : batch.reports)
    report.name = "www.example.net";
  batch.reports[1].jarm.clear();
  tls::ServiceReport& ssh = batch.reports[2];
  ssh.no_tls = tls::NoTlsReason::not_tls;
  ssh.speaks = "ssh";
  ssh.jarm.clear();
  batch.scans = {scan_row(7), scan_row(8)};
  batch.scans[1].started += std::chrono::hours(1);
  batch.scans[1].ended = batch.scans[1].started + std::chrono::seconds(2);
  batch.scans[1].state = "done";
  return batch;
}

const DatabaseAddress& scanned_memory() {
  static const DatabaseAddress address = [] {
    const DatabaseAddress made = fresh_database();
    TestWriter(made).store(1, findings());
    return made;
  }();
  return address;
}

std::vector<Row> rows_of(const QuerySection& section) {
  std::vector<Row> out;
  for (const auto& fields : section.rows) {
    Row& row = out.emplace_back();
    for (size_t i = 0; i < fields.size(); ++i)
      row[section.columns[i]] = fields[i];
  }
  return out;
}

std::vector<Row> shown(const std::string& word, const std::string& heading) {
  Queries queries({.address = scanned_memory()});
  const auto sections = queries.show(word);
  EXPECT_TRUE(sections.ok()) << sections.error().message;
  if (!sections) return {};
  const auto found = std::ranges::find(sections.value(), heading, &QuerySection::heading);
  return found == sections.value().end() ? std::vector<Row>{} : rows_of(*found);
}

// "port source probe subject" of each row, sorted.
std::vector<std::string> eyes(const std::string& word) {
  std::vector<std::string> out;
  for (Row& row : shown(word, "services")) {
    out.push_back(row["port"] + " " + row["source"] + " " + row["probe"] + " " + row["subject_cn"]);
  }
  std::ranges::sort(out);
  return out;
}

std::vector<std::string> column(const std::vector<Row>& rows, const std::string& name) {
  std::vector<std::string> out;
  for (const Row& row : rows)
    out.push_back(row.at(name));
  return out;
}

using Words = std::vector<std::string>;

TEST(ScanQueries, MarksWhoseEyeSawAService) {
  const Words all = {"443 active a seen.example", "443 active b-rsa rsa.example",
                     "443 passive  seen.example", "444 active a hidden.example"};
  EXPECT_EQ(eyes("192.0.2.1"), all);
  EXPECT_EQ(eyes("www.example.net"), all);
  EXPECT_EQ(eyes("192.0.2.1:444"), Words{"444 active a hidden.example"}) << "fetched, not seen";
  EXPECT_EQ(eyes(hex_text(certificate(1, "")->sha256)),
            (Words{"443 active a seen.example", "443 passive  seen.example"}));
  const std::vector<Row> sessions = shown("192.0.2.1:443", "sessions as server");
  EXPECT_EQ(column(sessions, "source"), (Words{"active", "active", "passive"}));
  EXPECT_EQ(column(sessions, "probe"), (Words{"b-rsa", "a", ""}));
}

TEST(ScanQueries, SaysWhatWasFetchedAndNotSeen) {
  const std::string note = "fetched, not seen; 1250 ms later";
  for (const std::string word : {"192.0.2.1", "www.example.net"}) {
    std::map<std::string, std::string> by_port;
    for (const Row& row : shown(word, "services")) {
      EXPECT_TRUE(row.at("port") == "444" || row.at("note").empty()) << word;
      if (row.at("port") == "444") by_port["444"] = row.at("note");
    }
    EXPECT_EQ(by_port, (Row{{"444", note}})) << word;
  }
  EXPECT_EQ(column(shown("192.0.2.1:444", "sessions as server"), "note"), Words{note});
  EXPECT_EQ(column(shown("192.0.2.1:443", "sessions as server"), "note"), (Words{"", "", ""}));
  EXPECT_EQ(column(shown("www.example.net", "sessions"), "note"), (Words{note, "", "", ""}));
}

// An index of the few that were fetched: showing a service must not read all its visits.
TEST(ScanQueries, FindsFetchesByTheirOwnIndex) {
  DatabaseConnection database = must_open(scanned_memory());
  EXPECT_EQ(must_query(database,
                       "SELECT count(*) FROM pg_indexes WHERE tablename = 'session' AND"
                       " indexdef LIKE '%(dst, ts) WHERE (wanted_ts IS NOT NULL)'"),
            "1");
}

TEST(ScanQueries, ShowsWhatScansFoundOut) {
  for (const std::string word : {"192.0.2.1", "192.0.2.0/24", "WWW.example.net"}) {
    EXPECT_EQ(column(shown(word, "scanned services"), "port"), (Words{"444", "443", "22"})) << word;
  }
  const std::vector<Row> ssh = shown("192.0.2.1:22", "scanned services");
  ASSERT_EQ(ssh.size(), 1u);
  EXPECT_EQ(ssh[0].at("tls"), "false");
  EXPECT_EQ(ssh[0].at("no_tls"), "not_tls");
  EXPECT_EQ(ssh[0].at("speaks"), "ssh");
  EXPECT_EQ(column(shown(hex_text(certificate(3, "")->sha256), "scanned services"), "port"),
            Words{"444"});
}

TEST(ScanQueries, FindsServicesByTheirJarm) {
  const std::string jarm = service_report(1).jarm;
  EXPECT_EQ(column(shown(jarm, "scanned services"), "port"), Words{"443"});
  EXPECT_EQ(column(shown(jarm, "fingerprints"), "method"), Words{"jarm"});
}

TEST(ScanQueries, CountsAServiceOnceForBothEyes) {
  Queries queries({.address = scanned_memory()});
  const auto certs = queries.list({.verb = QueryVerb::certs, .conditions = {}}, {});
  ASSERT_TRUE(certs.ok()) << certs.error().message;
  Row services;
  for (const Row& row : rows_of(certs.value().section))
    services[row.at("subject_cn")] = row.at("services");
  EXPECT_EQ(services, (Row{{"seen.example", "1"}, {"rsa.example", "1"}, {"hidden.example", "1"}}));
}

TEST(ScanQueries, ListsJobsTheLatestFirst) {
  Queries queries({.address = scanned_memory()});
  const auto scans = queries.scans();
  ASSERT_TRUE(scans.ok()) << scans.error().message;
  const std::vector<Row> rows = rows_of(scans.value());
  EXPECT_EQ(column(rows, "id"), (Words{"8", "7"}));
  EXPECT_EQ(column(rows, "state"), (Words{"done", "running"}));
  EXPECT_EQ(column(rows, "started"), (Words{"2026-03-04T06:06:07Z", "2026-03-04T05:06:07Z"}));
  EXPECT_EQ(column(rows, "ended"), (Words{"2026-03-04T06:06:09Z", ""}));
  EXPECT_EQ(rows[0].at("who"), "ada");
  EXPECT_EQ(rows[0].at("spec"), scan_row(8).spec);
  EXPECT_EQ(rows[0].at("targets"), "281474976710656");
  EXPECT_EQ(rows[0].at("open") + rows[0].at("tls") + rows[0].at("certificates"), "168");
  EXPECT_EQ(queries.scans(1).value().rows.size(), 1u);
}

TEST(ScanQueries, ListsTheServicesOfAJob) {
  Queries queries({.address = scanned_memory()});
  const auto ports = [&](uint32_t scan, const ScanServicesFilter& filter) {
    const auto answer = queries.scan_services(scan, filter);
    EXPECT_TRUE(answer.ok()) << answer.error().message;
    return answer ? column(rows_of(answer.value()), "port") : Words{};
  };
  EXPECT_EQ(ports(7, {}), (Words{"22", "443", "444"}));
  EXPECT_EQ(ports(8, {}), Words{});
  EXPECT_EQ(ports(7, {.tls = true}), (Words{"443", "444"}));
  EXPECT_EQ(ports(7, {.tls = false}), Words{"22"});
  EXPECT_EQ(ports(7, {.reason = "not_tls"}), Words{"22"});
  EXPECT_EQ(ports(7, {.reason = "refused"}), Words{});
  EXPECT_EQ(ports(7, {.sensor = "tap0"}).size(), 3u);
  EXPECT_EQ(ports(7, {.sensor = "tap1"}), Words{});
  EXPECT_EQ(ports(7, {.limit = 1, .offset = 1}), Words{"443"});
  const auto answer = queries.scan_services(7, {});
  ASSERT_TRUE(answer.ok());
  const std::vector<Row> rows = rows_of(answer.value());
  // By that name the latest that the scanner, not the tap, was shown; nothing where there is no
  // TLS.
  EXPECT_EQ(column(rows, "subject_cn"), (Words{"", "rsa.example", "hidden.example"}));
  EXPECT_EQ(column(rows, "probe"), (Words{"", "b-rsa", "a"}));
  EXPECT_EQ(column(rows, "sha256")[2], hex_text(certificate(3, "")->sha256));
}

}  // namespace
}  // namespace control::tests
