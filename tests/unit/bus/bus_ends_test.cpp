// SPDX-License-Identifier: Apache-2.0
// Both ends of a bus against a real nats-server and a real PostgreSQL.
#include "control/bus/bus_drain.hpp"
#include "control/bus/bus_writer.hpp"
#include "control/storage/batch_rows.hpp"
#include "control/storage/store_record.hpp"
#include "tests/unit/bus/bus_server.hpp"
#include "tests/unit/storage/observations.hpp"
#include "tests/unit/storage/scan_findings.hpp"
#include "tests/unit/storage/test_writer.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace control::tests {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Bus : public testing::Test {
 protected:
  BusAddress bus() const {
    BusAddress address;
    address.url = server_.url();
    return address;
  }
  BusWriter::Options writer_options() const {
    BusWriter::Options options;
    options.address = bus();
    options.database = database_;
    options.retry = milliseconds(50);
    return options;
  }
  // A sensor whose drain `drain_` points to.
  StoreWriter::Options sensor_options() {
    StoreWriter::Options options = SpoolingWriter::quick_options({});
    options.feeder.sensor = "tap0";
    options.make_drain = [this](Spool& spool) {
      BusDrain::Options drain;
      drain.address = bus();
      drain.sensor = "tap0";
      drain.resend_after = milliseconds(1500);
      drain.retry = milliseconds(50);
      auto made = std::make_unique<BusDrain>(spool, std::move(drain));
      drain_ = made.get();
      return made;
    };
    return options;
  }
  static std::string record_bytes(uint32_t first, uint32_t count) {
    std::vector<StoreBatch> batches;
    batches.push_back({sessions(first, count), {}, {}, {}});
    const StoreItemRefs refs(batches);
    return encode_store_record(make_batch_rows(refs.items(), "tap0"), "tap0");
  }
  std::string stored() {
    DatabaseConnection database = must_open(database_);
    return must_query(database, "SELECT count(*) || ' ' || count(DISTINCT ts) FROM session");
  }
  static bool reaches(const BusWriter& writer, BusCounter counter, uint64_t value) {
    for (int round = 0; round < 400 && writer.count(counter) < value; ++round)
      std::this_thread::sleep_for(milliseconds(50));
    return writer.count(counter) >= value;
  }

  // First: the shared cluster's own directory outlasts this one.
  DatabaseAddress database_ = fresh_database();
  TestDirectory directory_;
  BusServer server_{directory_.path()};
  BusDrain* drain_ = nullptr;
};

TEST_F(Bus, FreesTheSpoolWhenTheDatabaseHasIt) {
  SpoolingWriter sensor(sensor_options());
  sensor->accept(sessions(0, 100));
  ASSERT_TRUE(sensor->flush_to_spool(seconds(10)));
  // Nobody writes: the bus has it, the spool keeps it, and it is sent again.
  EXPECT_FALSE(sensor->flush(seconds(3)));
  EXPECT_EQ(sensor->waiting().rows, 100u);
  EXPECT_GE(drain_->bus_counters().get(BusCounter::records_published), 1u);
  BusWriter writer(writer_options());
  sensor->accept(delivery(1000, 10));
  EXPECT_TRUE(sensor->flush(seconds(30)));
  EXPECT_EQ(sensor->waiting(), SpoolLoad{});
  EXPECT_EQ(stored(), "110 110");
  EXPECT_EQ(writer.count(BusCounter::rows_stored), 100u);
  EXPECT_EQ(writer.count(BusCounter::scan_rows_stored), 30u);
  EXPECT_GE(writer.count(BusCounter::records_stored_before), 1u) << "it was sent twice";
  EXPECT_GE(drain_->bus_counters().get(BusCounter::records_resent), 1u);
  EXPECT_GE(drain_->bus_counters().get(BusCounter::notices), 2u);
  sensor.expect_balanced();
}

// The bus lost a record that it had acknowledged: what comes after it is not stored before it.
TEST_F(Bus, StoresNothingOutOfTurn) {
  BusWriter writer(writer_options());
  auto session = BusSession::open(bus());
  ASSERT_TRUE(session.ok()) << session.error().message;
  ASSERT_TRUE(session.value()->listen("tap0").ok());
  const auto send = [&](int64_t seq, int64_t after, uint32_t first) {
    ASSERT_TRUE(session.value()
                    ->publish(partition_of("tap0"),
                              encode_bus_record(
                                  {"tap0", 9, seq, after, {10, 0, 0}, record_bytes(first, 10)}))
                    .ok());
  };
  send(1, -1, 0);
  send(3, 2, 20);
  EXPECT_TRUE(reaches(writer, BusCounter::records_out_of_turn, 1));
  EXPECT_EQ(stored(), "10 10");
  bool asked = false;
  while (const auto bytes = session.value()->next_notice(milliseconds(500))) {
    const auto notice = decode_bus_notice(*bytes);
    ASSERT_TRUE(notice.has_value());
    asked |= notice->missing && notice->seq == 1;
  }
  EXPECT_TRUE(asked);
  send(2, 1, 10);
  send(3, 2, 20);
  EXPECT_TRUE(reaches(writer, BusCounter::records_stored, 3));
  EXPECT_EQ(stored(), "30 30");
  EXPECT_EQ(writer.count(BusCounter::records_taken), 4u);
}

TEST_F(Bus, PassesOverStrangersAndWaitsForTheDatabase) {
  DatabaseConnection other = must_open(shared_cluster().address());
  must_query(other, "ALTER DATABASE " + database_.database + " RENAME TO bus_hidden");
  BusWriter writer(writer_options());
  auto session = BusSession::open(bus());
  ASSERT_TRUE(session.ok()) << session.error().message;
  ASSERT_TRUE(session.value()->publish(partition_of("tap0"), "no record").ok());
  EXPECT_TRUE(reaches(writer, BusCounter::records_strange, 1));
  ASSERT_TRUE(session.value()
                  ->publish(partition_of("tap0"),
                            encode_bus_record({"tap0", 9, 1, -1, {5, 0, 0}, record_bytes(0, 5)}))
                  .ok());
  EXPECT_TRUE(reaches(writer, BusCounter::store_failures, 1));
  must_query(other, "ALTER DATABASE bus_hidden RENAME TO " + database_.database);
  EXPECT_TRUE(reaches(writer, BusCounter::records_stored, 1));
  EXPECT_EQ(stored(), "5 5");
}

TEST_F(Bus, CountsWhatTheDatabaseRefuses) {
  DatabaseConnection database = must_open(database_);
  must_query(database, "ALTER TABLE session ADD CONSTRAINT no_tap CHECK (source <> 'passive')");
  must_query(database, "ALTER TABLE scan_service ADD CONSTRAINT no_666 CHECK (port <> 666)");
  BusWriter writer(writer_options());
  SpoolingWriter sensor(sensor_options());
  sensor->accept(sessions(0, 3));
  sensor->accept(delivery(660, 10));
  EXPECT_TRUE(sensor->flush(seconds(30)));
  EXPECT_EQ(writer.count(BusCounter::rows_refused), 3u);
  EXPECT_EQ(writer.count(BusCounter::scan_rows_refused), 1u);
}

// A session as large as no message: left out and said so, and what follows goes on.
TEST_F(Bus, LeavesOutWhatNoMessageHolds) {
  SpoolingWriter sensor(sensor_options());
  BusWriter writer(writer_options());
  tls::RecordBatch huge = sessions(0, 1);
  std::string noise;
  uint64_t state = 1;
  for (int i = 0; i < 3'000'000; ++i) {
    state = state * 6364136223846793005 + 1442695040888963407;
    noise += static_cast<char>('!' + (state >> 40) % 90);
  }
  huge[0].hello.own().ja4.raw = noise;
  sensor->accept(std::move(huge));
  ASSERT_TRUE(sensor->flush_to_spool(seconds(10)));
  sensor->accept(sessions(1, 5));
  EXPECT_TRUE(sensor->flush(seconds(30)));
  EXPECT_EQ(drain_->bus_counters().get(BusCounter::records_too_large), 1u);
  EXPECT_EQ(stored(), "5 5");
  sensor.expect_balanced();
}

}  // namespace
}  // namespace control::tests
