// SPDX-License-Identifier: Apache-2.0
#include "control/storage/store_record.hpp"

#include "control/storage/known_things.hpp"
#include "control/storage/refused_row.hpp"
#include "tests/unit/storage/observations.hpp"
#include "tests/unit/storage/test_cluster.hpp"
#include "tests/unit/storage/test_writer.hpp"

#include <gtest/gtest.h>

namespace control::tests {
namespace {

// Two clients, one of them twice, at a service with a chain.
StoreBatch two_clients() {
  StoreBatch batch;
  for (uint32_t i = 0; i < 3; ++i)
    batch.observations.push_back(session(i, {certificate(1, "www.example.net")}));
  batch.observations[2].client = endpoint("198.51.100.10", 1);
  return batch;
}

struct Made {
  explicit Made(StoreBatch batch) { batches.push_back(std::move(batch)); }
  [[nodiscard]] BatchRows rows() const {
    return make_batch_rows(StoreItemRefs(batches).items(), "tap0");
  }
  std::vector<StoreBatch> batches;
};

TEST(StoreRecord, HoldsEachTableOnceInOrder) {
  const Made made(two_clients());
  const std::string bytes = encode_store_record(made.rows(), "tap0");
  const auto record = parse_store_record(bytes);
  ASSERT_TRUE(record.ok()) << record.error().message;
  EXPECT_EQ(record.value().sensor, "tap0");
  ASSERT_EQ(record.value().days.size(), 1u);
  std::map<std::string, size_t> rows;
  for (const StoreSection& section : record.value().sections) {
    rows[std::string(rules_of(section.table).name)] = section.num_rows;
    EXPECT_EQ(tuples_of(section).size(), section.num_rows);
  }
  const std::map<std::string, size_t> expected = {
      {"certificate", 1},     {"certificate_chain", 1}, {"certificate_seen", 1},
      {"client_sighting", 2}, {"fingerprint", 3},       {"service_fingerprint", 1},
      {"session", 3},         {"sighting", 1},          {"suite_day", 1}};
  EXPECT_EQ(rows, expected);
}

// What the server says of the rows is what went in: counts add up over records and over tables.
TEST(StoreRecord, LinksAddUpInTheDatabase) {
  const DatabaseAddress address = fresh_database();
  TestWriter writer(address);
  writer.store(1, two_clients());
  writer.store(2, two_clients());
  DatabaseConnection database = must_open(address);
  EXPECT_EQ(must_query(database,
                       "SELECT string_agg(concat_ws(' ', client, sni, ja4, count), ',' ORDER BY"
                       " client) FROM client_sighting"),
            "198.51.100.9 www.example.net t13d1516h2_8daaf6152771_e5627efa2ab1 4,"
            "198.51.100.10 www.example.net t13d1516h2_8daaf6152771_e5627efa2ab1 2");
  EXPECT_EQ(must_query(database,
                       "SELECT method || ' ' || hash || ' ' || count FROM"
                       " service_fingerprint"),
            "ja3s 7d793037a0760186574b0282f2f435e7 6");
  EXPECT_EQ(must_query(database,
                       "SELECT concat_ws('|', day, sensor, source, server_version,"
                       " cipher, key_group, sessions) FROM suite_day"),
            "2026-03-04|tap0|passive|771|49199|29|6");
  EXPECT_EQ(must_query(database,
                       "SELECT concat_ws('|', server, port, transport, first_seen) FROM"
                       " service"),
            must_query(database,
                       "SELECT concat_ws('|', server, port, transport, first_seen) FROM"
                       " sighting"));
  EXPECT_EQ(must_query(database,
                       "SELECT count(*) FROM public_key k JOIN certificate c USING"
                       " (spki_sha256) WHERE k.bits = c.key_bits AND k.last_seen ="
                       " c.last_seen"),
            "1");
  EXPECT_EQ(must_query(database,
                       "SELECT string_agg(reverse(name_rev), ' ' ORDER BY reverse(name_rev)) FROM"
                       " certificate_name"),
            must_query(database, "SELECT array_to_string(names, ' ') FROM certificate"));
}

// Every cut and every flipped byte: refused or read as something, never read beyond its end (the
// sanitizers watch), and no column that is not ours gets through.
TEST(StoreRecord, BearsAnyDamage) {
  const Made made(two_clients());
  const std::string bytes = encode_store_record(made.rows(), "tap0");
  size_t refused = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_TRUE(i <= 14 || !parse_store_record(bytes.substr(0, i)).ok() ||
                parse_store_record(bytes.substr(0, i)).value().sections.size() < 9)
        << i;
    std::string flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x55);
    const auto record = parse_store_record(flipped);
    if (!record) {
      ++refused;
      continue;
    }
    for (const StoreSection& section : record.value().sections) {
      for (const std::string_view tuple : tuples_of(section))
        (void)refused_row(section, tuple);
    }
  }
  EXPECT_GT(refused, 100u);
}

TEST(StoreRecord, RefusesColumnsThatItDoesNotKnow) {
  const Made made(two_clients());
  std::string bytes = encode_store_record(made.rows(), "tap0");
  const size_t at = bytes.find("key_group, ");
  ASSERT_NE(at, std::string::npos);
  bytes.replace(at, 9, "key_grou\"");
  const auto record = parse_store_record(bytes);
  ASSERT_FALSE(record.ok());
  EXPECT_TRUE(record.error().is_newer);
  EXPECT_NE(record.error().message.find("newer"), std::string::npos);
}

TEST(KnownThings, TakesOutWhatTheSegmentHolds) {
  const Made made(two_clients());
  KnownThings known;
  BatchRows first = made.rows();
  known.strip(first);
  EXPECT_EQ(first.certificates.size(), 1u);
  EXPECT_EQ(first.fingerprints.size(), 3u);
  BatchRows second = made.rows();
  known.strip(second);
  EXPECT_TRUE(second.certificates.empty());
  EXPECT_TRUE(second.chains.empty());
  EXPECT_TRUE(second.fingerprints.empty());
  EXPECT_TRUE(second.certificates_seen.empty()) << "its times are written to ten minutes";
  Made much_later(two_clients());
  for (tls::Observation& each : much_later.batches.front().observations)
    each.seen += std::chrono::minutes(11);
  BatchRows later = much_later.rows();
  known.strip(later);
  EXPECT_TRUE(later.certificates.empty());
  EXPECT_EQ(later.certificates_seen.size(), 1u);
  known.clear();
  BatchRows third = made.rows();
  known.strip(third);
  EXPECT_EQ(third.certificates.size(), 1u) << "a segment stands by itself";
}

}  // namespace
}  // namespace control::tests
