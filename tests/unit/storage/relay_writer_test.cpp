// SPDX-License-Identifier: Apache-2.0
#include "control/storage/relay_writer.hpp"

#include "tests/unit/storage/observations.hpp"
#include "tests/unit/storage/test_cluster.hpp"
#include "tests/unit/storage/test_writer.hpp"

#include <gtest/gtest.h>

namespace control::tests {
namespace {

constexpr uint32_t kEach = 20;

// Records of `kEach` sessions with one certificate each; seq 1 has the sessions from 0.
class Records {
 public:
  explicit Records(size_t count) {
    for (uint32_t i = 0; i < count; ++i)
      bytes_.push_back(record_bytes(batch(i)));
  }
  [[nodiscard]] RelayWriter::Record at(size_t index) const {
    return {{1, static_cast<int64_t>(index + 1)}, {kEach, 0, 0}, bytes_[index]};
  }
  [[nodiscard]] size_t size() const { return bytes_.size(); }

  void spoil(size_t index) {
    tls::RecordBatch spoilt = batch(static_cast<uint32_t>(index));
    spoilt[3].server.port = 666;
    bytes_[index] = record_bytes(std::move(spoilt));
  }

 private:
  static tls::RecordBatch batch(uint32_t index) {
    tls::RecordBatch out;
    for (uint32_t i = 0; i < kEach; ++i)
      out.push_back(session(index * kEach + i, {certificate(index, "www")}));
    return out;
  }
  std::vector<std::string> bytes_;
};

class RelayWriterTest : public testing::Test {
 protected:
  OrDatabaseError<CopyWriter> connect() {
    ++num_connections_;
    return CopyWriter::open(must_open(address_), {});
  }
  // As a drain does: each with the next in sight, and again where it fails.
  void store_all(const Records& records) {
    for (size_t i = 0; i < records.size(); ++i)
      store(records, i);
  }
  SpoolLoad store(const Records& records, size_t index) {
    const RelayWriter::Record record = records.at(index);
    std::optional<RelayWriter::Record> next;
    if (index + 1 < records.size()) next = records.at(index + 1);
    for (int tries = 0; tries < 5; ++tries) {
      if (before_each_) before_each_(index);
      const auto outcome = writer_.store(record, next ? &*next : nullptr);
      if (outcome) return outcome.value().stored;
      ++num_failures_;
    }
    ADD_FAILURE() << "not stored: " << index;
    return {};
  }
  std::string asked(const std::string& sql) { return must_query(database_, sql); }
  void expect_all_once(size_t num_records) {
    const std::string rows = std::to_string(num_records * kEach);
    EXPECT_EQ(asked("SELECT count(*) FROM session"), rows);
    EXPECT_EQ(asked("SELECT count(DISTINCT sport) FROM session"), rows);
    EXPECT_EQ(asked("SELECT sum(count) FROM sighting"), rows);
    EXPECT_EQ(asked("SELECT count(*) FROM certificate"), std::to_string(num_records));
    EXPECT_EQ(asked("SELECT seq FROM ingest_cursor"), std::to_string(num_records));
  }

  DatabaseAddress address_ = fresh_database();
  DatabaseConnection database_ = must_open(address_);
  int num_connections_ = 0;
  int num_failures_ = 0;
  std::function<void(size_t)> before_each_;
  RelayWriter writer_{[this] { return connect(); }};
};

TEST_F(RelayWriterTest, StoresInOrderOverTwoConnections) {
  store_all(Records(7));
  expect_all_once(7);
  EXPECT_EQ(num_connections_, 2);
  // A record's rows carry its transaction: as many as records, committed in their order.
  EXPECT_EQ(asked("SELECT count(*) FROM (SELECT xmin FROM session GROUP BY xmin) AS t"), "7");
}

TEST_F(RelayWriterTest, NeedsOneConnectionWhereNothingWaits) {
  const Records records(3);
  for (size_t i = 0; i < 3; ++i)
    EXPECT_TRUE(writer_.store(records.at(i), nullptr).ok());
  expect_all_once(3);
  EXPECT_EQ(num_connections_, 1);
}

TEST_F(RelayWriterTest, CopiesTheNextRecordAheadAndShowsNothingOfIt) {
  const Records records(2);
  const RelayWriter::Record next = records.at(1);
  ASSERT_TRUE(writer_.store(records.at(0), &next).ok());
  expect_all_once(1);
  EXPECT_EQ(asked("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                  " AND state = 'idle in transaction' AND query LIKE 'COPY session %'"),
            "1");
}

// Whichever of the two the server ends, and whenever.
TEST_F(RelayWriterTest, StoresOnceWhateverConnectionDies) {
  const Records records(12);
  before_each_ = [&](size_t index) {
    if (index % 2 == 1 && num_failures_ < static_cast<int>(index)) {
      asked(
          "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity"
          " WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY pid " +
          std::string(index % 4 == 1 ? "DESC" : "ASC") + " LIMIT 1) AS one");
    }
  };
  store_all(records);
  EXPECT_GT(num_failures_, 2);
  expect_all_once(12);
}

TEST_F(RelayWriterTest, LeavesRefusedRowsOutOfWhatWasCopiedAhead) {
  asked("ALTER TABLE session ADD CONSTRAINT no_666 CHECK (dport <> 666)");
  Records records(4);
  records.spoil(2);
  for (size_t i = 0; i < 4; ++i)
    EXPECT_EQ(store(records, i).rows, i == 2 ? kEach - 1 : kEach) << i;
  EXPECT_EQ(asked("SELECT count(*) FROM session"), std::to_string(4 * kEach - 1));
  EXPECT_EQ(num_failures_, 0);
}

// A record that was announced and is not what comes: its copy is taken back.
TEST_F(RelayWriterTest, ForgetsWhatIsNotAskedFor) {
  const Records records(3);
  const RelayWriter::Record next = records.at(2);
  ASSERT_TRUE(writer_.store(records.at(0), &next).ok());
  ASSERT_TRUE(writer_.store(records.at(1), nullptr).ok());
  expect_all_once(2);
  ASSERT_TRUE(writer_.store(records.at(2), nullptr).ok());
  expect_all_once(3);
}

TEST_F(RelayWriterTest, StoresBeforeAndAfterMidnight) {
  // Each record needs partitions of its own, made while the other's transaction is open.
  std::vector<std::string> bytes;
  for (int day = 0; day < 4; ++day) {
    tls::Observation one = session(static_cast<uint32_t>(day));
    one.seen = flowtable::tick_from_ns((kNoon + day * 40 * 86'400) * int64_t{1'000'000'000});
    bytes.push_back(record_bytes({one}));
  }
  for (size_t i = 0; i < bytes.size(); ++i) {
    const RelayWriter::Record record{{1, static_cast<int64_t>(i + 1)}, {1, 0, 0}, bytes[i]};
    RelayWriter::Record next{};
    if (i + 1 < bytes.size()) next = {{1, static_cast<int64_t>(i + 2)}, {1, 0, 0}, bytes[i + 1]};
    EXPECT_TRUE(writer_.store(record, i + 1 < bytes.size() ? &next : nullptr).ok()) << i;
  }
  EXPECT_EQ(asked("SELECT count(*) FROM session"), "4");
  EXPECT_EQ(asked("SELECT count(*) FROM session_default"), "0");
}

}  // namespace
}  // namespace control::tests
