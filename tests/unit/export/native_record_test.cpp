// SPDX-License-Identifier: Apache-2.0
#include "control/export/native_record.hpp"

#include "control/export/text_format.hpp"
#include "tls/fingerprint/method.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace control {
namespace {

std::string schema_in_tree() {
  std::ifstream file(TAPSEAL_SOURCE_ROOT "/control/export/native.schema.json");
  return {std::istreambuf_iterator<char>(file), {}};
}

std::set<std::string> keys_of(const nlohmann::json& object) {
  std::set<std::string> out;
  for (const auto& item : object.items())
    out.insert(item.key());
  return out;
}

tls::Observation session_with_certificate() {
  tls::Observation seen;
  const uint8_t client[] = {192, 0, 2, 1};
  const uint8_t server[] = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  seen.client = {flowtable::IpAddress::from_bytes(client), 50000};
  seen.server = {flowtable::IpAddress::from_bytes(server), 443};
  seen.seen = flowtable::tick_from_ns(1'714'564'800'123'456'789);
  seen.hello.emplace();
  seen.hello.own().legacy_version = 0x0303;
  seen.sni = std::string("evil\0.example", 13);
  auto facts = std::make_shared<tls::CertificateFacts>();
  facts->not_after = 253402300799;  // 9999-12-31T23:59:59Z by date(1)
  facts->not_before = -1;
  seen.certs.push_back(facts);
  return seen;
}

TEST(NativeSchema, FileInTreeIsWhatTheTablesSay) {
  EXPECT_EQ(schema_in_tree(), native_schema());
}

nlohmann::json record_of(const tls::Observation& seen) {
  std::string line;
  append_native_record(line, {seen, "here"});
  return nlohmann::json::parse(line);
}

tls::Observation ssh_connection() {
  tls::Observation seen;
  seen.kind = tls::RecordKind::ssh;
  seen.ssh.emplace();
  seen.ssh->client_id = "SSH-2.0-OpenSSH_9.2p1";
  seen.ssh->server_id = "SSH-2.0-x\x1b[2J";
  seen.ssh->hassh = tls::Fingerprint{"kex;enc;mac;none", "8a8ae540028bf433cd68356c1b9e8d5b"};
  return seen;
}

// What was written before must not be told of another session, whatever they share.
TEST(NativeRecord, IsTheSameFromMemory) {
  RecordMemo memo;
  std::vector<tls::Observation> all(4, session_with_certificate());
  all[1].sni = "other.example";
  all[1].client.port = 1;
  all[2].hello.own().groups = {0x001d};
  all[2].answer.emplace().cipher = 0x1301;
  all[3].hello.reset();
  all[3].certs = {std::make_shared<tls::CertificateFacts>()};
  for (int lap = 0; lap < 3; ++lap) {
    for (const tls::Observation& seen : all) {
      std::string afresh;
      std::string from_memory;
      append_native_record(afresh, {seen, "here"});
      append_native_record(from_memory, {seen, "here", &memo});
      EXPECT_EQ(from_memory, afresh);
    }
  }
}

// More facts than there is room for, and addresses that come again.
TEST(RecordMemo, GivesThePieceOfTheseFacts) {
  RecordMemo memo;
  for (int number = 0; number < 50'000; ++number) {
    const auto facts = std::make_shared<const int>(number);
    for (const size_t piece : {0U, 1U, 0U}) {
      const std::string text = std::to_string(number) + "." + std::to_string(piece);
      ASSERT_EQ(memo.text(facts, piece, [&](std::string& out) { out += text; }), text);
    }
  }
}

TEST(NativeRecord, HasExactlyTheKeysOfTheSchema) {
  const auto schema = nlohmann::json::parse(schema_in_tree())["definitions"];
  const auto record = record_of(session_with_certificate());
  EXPECT_EQ(keys_of(record), keys_of(schema["tls"]["properties"]));
  EXPECT_EQ(keys_of(record["certs"][0]), keys_of(schema["certificate"]["properties"]));
  EXPECT_EQ(keys_of(record_of(ssh_connection())), keys_of(schema["ssh"]["properties"]));
  for (const char* kind : {"tls", "ssh", "certificate"})
    EXPECT_FALSE(schema[kind]["additionalProperties"]) << kind;
}

TEST(NativeRecord, WritesAnSshConnection) {
  const auto record = record_of(ssh_connection());
  EXPECT_EQ(record["type"], "ssh");
  EXPECT_EQ(record["client_id"], "SSH-2.0-OpenSSH_9.2p1");
  EXPECT_EQ(record["server_id"], "SSH-2.0-x\\x1b[2J");
  EXPECT_EQ(record["hassh"], "8a8ae540028bf433cd68356c1b9e8d5b");
  EXPECT_EQ(record["hassh_raw"], "kex;enc;mac;none");
  EXPECT_TRUE(record["hassh_server"].is_null());
  EXPECT_TRUE(record["hassh_server_raw"].is_null());
  EXPECT_EQ(record["fingerprint_versions"]["hassh"], tls::find_method("hassh")->version);
}

// Numbers and names by IANA's registry "TLS Supported Groups"; 0x2a2b stands for no group there.
TEST(NativeRecord, NamesGroupsAndWhatAQuantumComputerLeavesStanding) {
  tls::Observation seen = session_with_certificate();
  seen.hello.own().groups = {0x11ec, 0x001d, 0x0017, 0x2a2b};
  seen.hello.own().key_shares = {0x001d};
  seen.answer.emplace();
  seen.answer.own().group = 0x001d;
  const auto record = record_of(seen);
  EXPECT_EQ(record["groups"], nlohmann::json({"0x11ec", "0x001d", "0x0017", "0x2a2b"}));
  EXPECT_EQ(record["group_names"],
            nlohmann::json({"X25519MLKEM768", "x25519", "secp256r1", "0x2a2b"}));
  EXPECT_EQ(record["key_shares"], nlohmann::json({"0x001d"}));
  EXPECT_EQ(record["group_name"], "x25519");
  EXPECT_EQ(record["pq_offered"], true);
  EXPECT_EQ(record["pq_selected"], false);
  seen.hello.own().groups = {0x001d};
  EXPECT_EQ(record_of(seen)["pq_offered"], false);
  for (const uint16_t group :
       std::initializer_list<uint16_t>{0x11eb, 0x11ec, 0x11ed, 0x6399, 513}) {
    seen.answer.own().group = group;
    seen.hello.own().key_shares = {group};
    EXPECT_EQ(record_of(seen)["pq_selected"], true) << group;
    EXPECT_EQ(record_of(seen)["pq_offered"], true) << group;
  }
}

TEST(NativeRecord, WritesWhatThePipelineAdds) {
  tls::Observation seen = session_with_certificate();
  seen.hello.own().ech_outer = tls::EchOuter{213, 1, 3};
  seen.hello.own().npf.raw = "tls/1/(0303)()[]";
  seen.answer.emplace();
  seen.answer.own().ocsp_staple = true;
  seen.answer.own().ja4s = tls::Fingerprint{"t130200_1301_0033,002b", "t130200_1301_234ea6891581"};
  seen.quic_version = 0xff00001d;
  seen.starttls = "smtp";
  seen.resumed_by = tls::ResumedBy::psk;
  seen.original =
      tls::OriginalSession{flowtable::tick_from_ns(1'714'564'800'000'000'000), {tls::Sha256{}}};
  seen.ja4t = tls::Fingerprint{"64240_2_1460_00", "64240_2_1460_00"};
  seen.tlsh = "69d0";
  const auto record = record_of(seen);
  EXPECT_EQ(record["ech_outer"],
            nlohmann::json({{"config_id", 213}, {"kdf", "0x0001"}, {"aead", "0x0003"}}));
  EXPECT_EQ(record["npf"], "tls/1/(0303)()[]");
  EXPECT_EQ(record["ocsp_staple"], true);
  EXPECT_EQ(record["sct"], false);
  EXPECT_EQ(record["ja4s_r"], "t130200_1301_0033,002b");
  EXPECT_EQ(record["quic_version"], "0xff00001d");
  EXPECT_EQ(record["starttls"], "smtp");
  EXPECT_EQ(record["resumed_by"], "psk");
  EXPECT_EQ(record["original"], nlohmann::json({{"ts", "2024-05-01T12:00:00.000000000Z"},
                                                {"certs", {std::string(64, '0')}}}));
  EXPECT_EQ(record["ja4t"], "64240_2_1460_00");
  EXPECT_EQ(record["tlsh"], "69d0");
  const auto bare = record_of(session_with_certificate());
  for (const char* absent :
       {"ech_outer", "npf", "ocsp_staple", "sct", "ja4s_r", "quic_version", "starttls",
        "resumed_by", "original", "ja4t", "ja4ts", "ja4l", "ja4ls", "tlsh", "pq_selected"}) {
    EXPECT_TRUE(bare[absent].is_null()) << absent;
  }
}

TEST(NativeRecord, TellsTheScannersEyeFromTheTaps) {
  tls::Observation seen = session_with_certificate();
  const auto tap = record_of(seen);
  EXPECT_EQ(tap["source"], "passive");
  for (const char* absent : {"probe", "scan", "client_cert_requested"})
    EXPECT_TRUE(tap[absent].is_null()) << absent;
  seen.source = tls::Source::active;
  seen.probe = "b-rsa";
  seen.scan = 7;
  const auto scanner = record_of(seen);
  EXPECT_EQ(scanner["source"], "active");
  EXPECT_EQ(scanner["probe"], "b-rsa");
  EXPECT_EQ(scanner["scan"], 7);
  EXPECT_EQ(scanner["client_cert_requested"], false);
  seen.client_certificate_asked = true;
  EXPECT_EQ(record_of(seen)["client_cert_requested"], true);
  seen.source = tls::Source::imported;
  EXPECT_EQ(record_of(seen)["source"], "imported");
}

TEST(NativeRecord, SaysWhatWasFetchedAndHowMuchLater) {
  tls::Observation seen = session_with_certificate();
  EXPECT_TRUE(record_of(seen)["wanted_ts"].is_null());
  EXPECT_TRUE(record_of(seen)["delay_ms"].is_null());
  seen.source = tls::Source::active;
  seen.wanted_since = flowtable::tick_from_ns(1'714'564'799'000'000'001);
  EXPECT_EQ(record_of(seen)["wanted_ts"], "2024-05-01T11:59:59.000000001Z");
  EXPECT_EQ(record_of(seen)["delay_ms"], 1123);
  // Clocks of two ports need not agree: the record does not hide it.
  seen.wanted_since = seen.seen + std::chrono::microseconds(1);
  EXPECT_EQ(record_of(seen)["delay_ms"], -1);
}

TEST(NativeRecord, WritesValuesInTheFormatsOfTheContract) {
  std::string line;
  append_native_record(line, {session_with_certificate(), "here"});
  EXPECT_EQ(line.back(), '\n');
  const auto record = nlohmann::json::parse(line);
  EXPECT_EQ(record["ts"], "2024-05-01T12:00:00.123456789Z");
  EXPECT_EQ(record["src"], "192.0.2.1");
  EXPECT_EQ(record["dst"], "2001:db8::1");
  EXPECT_EQ(record["client_version"], "0x0303");
  EXPECT_EQ(record["sni"], "evil\\x00.example");
  EXPECT_EQ(record["certs"][0]["not_after"], "9999-12-31T23:59:59Z");
  EXPECT_EQ(record["certs"][0]["not_before"], "1969-12-31T23:59:59Z");
  EXPECT_TRUE(record["server_version"].is_null());
  EXPECT_TRUE(record["alpn"].is_null());
}

}  // namespace
}  // namespace control
