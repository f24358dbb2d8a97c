// SPDX-License-Identifier: Apache-2.0
#include "control/export/native_record.hpp"

#include "control/export/text_format.hpp"

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
  seen.hello->legacy_version = 0x0303;
  seen.hello->sni = std::string("evil\0.example", 13);
  auto facts = std::make_shared<tls::CertificateFacts>();
  facts->not_after = 253402300799;  // 9999-12-31T23:59:59Z by date(1)
  facts->not_before = -1;
  seen.certs.push_back(facts);
  return seen;
}

TEST(NativeSchema, FileInTreeIsWhatTheTablesSay) {
  EXPECT_EQ(schema_in_tree(), native_schema());
}

TEST(NativeRecord, HasExactlyTheKeysOfTheSchema) {
  const auto schema = nlohmann::json::parse(schema_in_tree());
  std::string line;
  append_native_record(line, {session_with_certificate(), "here"});
  const auto record = nlohmann::json::parse(line);
  EXPECT_EQ(keys_of(record), keys_of(schema["properties"]));
  EXPECT_EQ(keys_of(record["certs"][0]),
            keys_of(schema["definitions"]["certificate"]["properties"]));
  EXPECT_FALSE(schema["additionalProperties"]);
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
