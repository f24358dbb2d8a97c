// SPDX-License-Identifier: Apache-2.0
#include "control/export/scan_record.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>

namespace control {
namespace {

using Json = nlohmann::json;

Json definitions() {
  std::ifstream file(TAPSEAL_SOURCE_ROOT "/control/export/native.schema.json");
  return Json::parse(std::string(std::istreambuf_iterator<char>(file), {}))["definitions"];
}

bool is_of_type(const Json& value, const std::string& type) {
  if (type == "null") return value.is_null();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  if (type == "array") return value.is_array();
  return type == "object" && value.is_object();
}

bool has_type(const Json& value, const Json& types) {
  if (types.is_string()) return is_of_type(value, types);
  return std::ranges::any_of(types, [&](const Json& type) { return is_of_type(value, type); });
}

void expect_valid(const Json& value, const Json& schema, const std::string& where);

void expect_valid_object(const Json& value, const Json& schema, const std::string& where) {
  for (const Json& name : schema["required"])
    EXPECT_TRUE(value.contains(name)) << where << "/" << name;
  for (const auto& item : value.items()) {
    const std::string inside = where + "/" + item.key();
    ASSERT_TRUE(schema["properties"].contains(item.key())) << inside << " is not in the schema";
    expect_valid(item.value(), schema["properties"][item.key()], inside);
  }
}

// The words of JSON Schema draft 7 that the schema of the record uses.
void expect_valid(const Json& value, const Json& schema, const std::string& where) {
  if (schema.contains("$ref")) {
    const std::string path = schema["$ref"];
    return expect_valid(value, definitions()[path.substr(path.rfind('/') + 1)], where);
  }
  if (schema.contains("const")) {
    EXPECT_EQ(value, schema["const"]) << where;
  }
  if (schema.contains("enum")) {
    EXPECT_TRUE(std::ranges::find(schema["enum"], value) != schema["enum"].end())
        << where << ": " << value;
  }
  if (schema.contains("type")) {
    ASSERT_TRUE(has_type(value, schema["type"])) << where << ": " << value;
  }
  if (value.is_number() && schema.contains("minimum")) {
    EXPECT_GE(value, schema["minimum"]) << where;
  }
  if (value.is_number() && schema.contains("maximum")) {
    EXPECT_LE(value, schema["maximum"]) << where;
  }
  if (value.is_string() && schema.contains("pattern")) {
    EXPECT_TRUE(std::regex_search(value.get<std::string>(),
                                  std::regex(schema["pattern"].get<std::string>())))
        << where << ": " << value;
  }
  if (value.is_object()) expect_valid_object(value, schema, where);
  if (!value.is_array()) return;
  for (const Json& each : value)
    expect_valid(each, schema["items"], where + "[]");
}

flowtable::Endpoint server() {
  const uint8_t address[] = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return {flowtable::IpAddress::from_bytes(address), 25};
}

tls::ServiceReport mail_server() {
  tls::ServiceReport report;
  report.job = 7;
  report.began = flowtable::tick_from_ns(1'714'564'800'123'456'789);
  report.ended = flowtable::tick_from_ns(1'714'564'801'323'999'999);
  report.server = server();
  report.name = std::string("mail\0.example", 13);
  report.starttls = "smtp";
  report.step = "tls";
  tls::ProbeOutcome first;
  first.probe = "a";
  first.name = "mail.example";
  first.refusal = tls::probe::Refusal::alert;
  first.alert = 70;
  tls::ProbeOutcome second;
  second.probe = "b-rsa";
  second.reached = tls::probe::Reached::end;
  second.version = 0x0303;
  second.cipher = 0xc02f;
  second.group = 29;
  second.client_certificate_asked = true;
  second.certs = {tls::Sha256{0xab}, tls::Sha256{}};
  report.probes = {first, second};
  report.jarm = std::string(62, '2');
  report.jarm_raw = "c02f|0303|h2|ff01,|||";
  report.accepted = {{0x0303, {0xc02f, 0x009c}}, {0x0302, {0x002f}}};
  report.groups = {uint16_t{23}, std::nullopt};
  report.connections = 12;
  return report;
}

Json record_of(const tls::ServiceReport& report) {
  std::string line;
  append_service_record(line, {report, "here"});
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  return Json::parse(line);
}

Json record_of(const flowtable::ScanReply& reply) {
  std::string line;
  append_target_record(line, {reply, "here"});
  return Json::parse(line);
}

TEST(ServiceRecord, WritesWhatTheScannerFoundOut) {
  const Json record = record_of(mail_server());
  expect_valid(record, definitions()["service"], "service");
  EXPECT_EQ(record["ts"], "2024-05-01T12:00:00.123456789Z");
  EXPECT_EQ(record["scan"], 7);
  EXPECT_EQ(record["dst"], "2001:db8::1");
  EXPECT_EQ(record["dport"], 25);
  EXPECT_EQ(record["name"], "mail\\x00.example");
  EXPECT_EQ(record["outcome"], "open");
  EXPECT_EQ(record["tls"], true);
  EXPECT_TRUE(record["no_tls"].is_null());
  EXPECT_EQ(record["starttls"], "smtp");
  EXPECT_EQ(record["duration_ms"], 1200);
  EXPECT_EQ(record["connections"], 12);
  EXPECT_EQ(record["jarm"], std::string(62, '2'));
  EXPECT_EQ(record["accepted"], Json::parse(R"([{"version":"0x0303","suites":["0xc02f","0x009c"]},
                                                {"version":"0x0302","suites":["0x002f"]}])"));
  EXPECT_EQ(record["groups"], Json::parse(R"({"classic":"0x0017","post_quantum":null})"));
  ASSERT_EQ(record["probes"].size(), 2u);
  EXPECT_EQ(record["probes"][0],
            Json::parse(R"({"probe":"a","sni":"mail.example","reached":"nothing",
                "refusal":"alert","alert":70,"version":null,"cipher":null,"group":null,
                "hrr":false,"client_cert_requested":null,"certs":[]})"));
  EXPECT_EQ(record["probes"][1]["certs"],
            Json({"ab" + std::string(62, '0'), std::string(64, '0')}));
  EXPECT_EQ(record["probes"][1]["client_cert_requested"], true);
  EXPECT_EQ(record["probes"][1]["group"], "0x001d");
  EXPECT_TRUE(record["probes"][1]["refusal"].is_null());
}

TEST(ServiceRecord, SaysWhyThereIsNoTls) {
  for (uint8_t i = 1; i < static_cast<uint8_t>(tls::NoTlsReason::count_); ++i) {
    tls::ServiceReport report;
    report.no_tls = static_cast<tls::NoTlsReason>(i);
    report.speaks = "ssh";
    const Json record = record_of(report);
    expect_valid(record, definitions()["service"], "service");
    EXPECT_EQ(record["tls"], false);
    EXPECT_EQ(record["no_tls"], name_of(report.no_tls));
    EXPECT_EQ(record["speaks"], "ssh");
  }
  tls::ServiceReport gone;
  gone.outcome = flowtable::TargetOutcome::silent;
  EXPECT_EQ(record_of(gone)["tls"], false);
  EXPECT_EQ(record_of(gone)["outcome"], "silent");
}

TEST(ServiceRecord, HasAWordForEachEndOfAConnection) {
  for (uint8_t i = 0; i < static_cast<uint8_t>(tls::probe::Refusal::count_); ++i) {
    tls::ServiceReport report = mail_server();
    report.probes[0].refusal = static_cast<tls::probe::Refusal>(i);
    report.probes[0].reached = static_cast<tls::probe::Reached>(i % 5);
    expect_valid(record_of(report), definitions()["service"], "service");
  }
}

// JA4TS by FoxIO's rules: window, kinds of the options in order, MSS, window scale.
TEST(ServiceRecord, FingerprintsTheSynAckWhereTheBuildDoes) {
  tls::ServiceReport report = mail_server();
  report.syn_ack.seen = true;
  report.syn_ack.window = 65160;
  const uint8_t options[] = {2, 4, 0x05, 0xb4, 1, 3, 3, 7};
  std::ranges::copy(options, report.syn_ack.options.begin());
  report.syn_ack.options_size = sizeof options;
  const Json record = record_of(report);
  expect_valid(record, definitions()["service"], "service");
  if (!record["ja4ts"].is_null()) {
    EXPECT_EQ(record["ja4ts"], "65160_2-1-3_1460_7");
  }
}

TEST(TargetRecord, TellsEachOutcome) {
  const char* const words[] = {"open", "closed", "unreachable", "silent", "lost-locally"};
  for (uint8_t i = 0; i < static_cast<uint8_t>(flowtable::TargetOutcome::count_); ++i) {
    flowtable::ScanReply reply;
    reply.tick = flowtable::tick_from_ns(1'714'564'800'000'000'001);
    reply.server = server();
    reply.job = 9;
    reply.outcome = static_cast<flowtable::TargetOutcome>(i);
    reply.attempt = 1;
    reply.icmp_type = 3;
    reply.icmp_code = 13;
    const Json record = record_of(reply);
    expect_valid(record, definitions()["target"], "target");
    EXPECT_EQ(record["outcome"], words[i]);
    EXPECT_EQ(record["ts"], "2024-05-01T12:00:00.000000001Z");
    EXPECT_EQ(record["scan"], 9);
    EXPECT_EQ(record["attempt"], 1);
    EXPECT_EQ(record["icmp_code"].is_null(), record["outcome"] != "unreachable");
  }
}

TEST(ScanRecord, TellsOfAJobWhatEachMemberSays) {
  ScanSummary scan;
  scan.started = flowtable::tick_from_ns(1'714'564'800'000'000'001);
  scan.sensor = "here";
  scan.scan = 7;
  scan.state = "finished";
  scan.note = "a \"note\"";
  scan.targets = 15;
  scan.open = 1;
  scan.closed = 2;
  scan.unreachable = 3;
  scan.silent = 4;
  scan.lost_locally = 5;
  scan.probes = uint64_t{1} << 48;
  scan.tls = 6;
  scan.certificates = 8;
  scan.unresolved = {{std::string("no\nname", 7), "it does not exist"}};
  std::string line;
  append_scan_record(line, scan);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const Json record = Json::parse(line);
  expect_valid(record, definitions()["scan"], "scan");
  EXPECT_EQ(record, Json::parse(R"({"type":"scan","ts":"2024-05-01T12:00:00.000000001Z",
      "sensor":"here","scan":7,"state":"finished","note":"a \"note\"","targets":15,"open":1,
      "closed":2,"unreachable":3,"silent":4,"lost_locally":5,"probes":281474976710656,"tls":6,
      "certificates":8,"unresolved":[{"name":"no\\x0aname","why":"it does not exist"}]})"));
  scan.note = "";
  line.clear();
  append_scan_record(line, scan);
  EXPECT_TRUE(Json::parse(line)["note"].is_null());
}

TEST(ImportedRecord, TellsWhatTheOtherScannerFound) {
  const std::vector<std::vector<uint8_t>> certificates = {{0x30, 0x00}, {0xff}};
  ImportedFinding found;
  found.seconds = 1'714'564'800;
  found.server = server();
  found.transport = "tcp";
  found.outcome = "open";
  found.reason = "syn-ack";
  found.name = std::string_view("a\0b", 3);
  found.tls = true;
  found.certificates = certificates;
  std::string line;
  append_imported_record(line, found);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const Json record = Json::parse(line);
  expect_valid(record, definitions()["imported"], "imported");
  EXPECT_EQ(record, Json::parse(R"({"type":"imported","ts":"2024-05-01T12:00:00Z",
      "seconds":1714564800,"dst":"2001:db8::1","dport":25,"transport":"tcp","outcome":"open",
      "reason":"syn-ack","service":null,"name":"a\\x00b","tls":true,"certs":["3000","ff"]})"));
}

TEST(ScanSchema, IsClosed) {
  const Json all = definitions();
  for (const char* kind : {"service", "target", "probe", "scan", "imported"}) {
    EXPECT_EQ(all[kind]["additionalProperties"], false) << kind;
    EXPECT_EQ(all[kind]["required"].size(), all[kind]["properties"].size()) << kind;
  }
}

}  // namespace
}  // namespace control
