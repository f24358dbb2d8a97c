// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/storage/test_writer.hpp"

#include "control/storage/batch_rows.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

namespace control::tests {
namespace {

CopyWriter must_open_writer(const DatabaseAddress& address, std::vector<std::string>* log) {
  CopyWriter::Log keep;
  if (log != nullptr) keep = [log](std::string_view line) { log->emplace_back(line); };
  auto writer = CopyWriter::open(must_open(address), keep);
  EXPECT_TRUE(writer.ok()) << writer.error().message;
  return std::move(writer).value();
}

std::string bytes_of(const std::vector<StoreBatch>& batches) {
  const StoreItemRefs refs(batches);
  return encode_store_record(make_batch_rows(refs.items(), "tap0"), "tap0");
}

std::unique_ptr<StoreWriter> must_open_spooling(StoreWriter::Options options) {
  auto writer = StoreWriter::open(std::move(options));
  if (writer) return std::move(writer).value();
  std::cerr << writer.error().message << '\n';
  std::abort();
}

StoreWriter::Options with_spool(StoreWriter::Options options, const TestDirectory& directory) {
  if (options.spool.directory.empty()) options.spool.directory = directory.path() / "spool";
  if (options.spool.bytes_max == 0) options.spool.bytes_max = uint64_t{256} << 20;
  return options;
}

}  // namespace

TestWriter::TestWriter(const DatabaseAddress& address, int64_t epoch, std::vector<std::string>* log)
    : writer_(must_open_writer(address, log)), epoch_(epoch) {}

StoreOutcome TestWriter::store(int64_t seq, StoreBatch batch) {
  std::vector<StoreBatch> batches;
  batches.push_back(std::move(batch));
  const StoreLoad load = load_of(batches.front());
  const auto outcome = writer_.store(
      {epoch_, seq}, {load.rows, load.scan_rows, batches.front().scans.size()}, bytes_of(batches));
  EXPECT_TRUE(outcome.ok()) << outcome.error().message << " " << outcome.error().sqlstate;
  return outcome ? outcome.value() : StoreOutcome{};
}

StoreOutcome TestWriter::store(int64_t seq, tls::RecordBatch batch) {
  return store(seq, StoreBatch{std::move(batch), {}, {}, {}});
}

StoreWriter::Options SpoolingWriter::quick_options(const DatabaseAddress& address) {
  StoreWriter::Options options;
  options.drain.address = address;
  options.drain.retry_first = std::chrono::milliseconds(10);
  options.drain.retry_max = std::chrono::milliseconds(100);
  options.feeder.batch_delay = std::chrono::milliseconds(20);
  return options;
}

std::string record_bytes(tls::RecordBatch batch) {
  std::vector<StoreBatch> batches;
  batches.push_back({std::move(batch), {}, {}, {}});
  return bytes_of(batches);
}

SpoolingWriter::SpoolingWriter(StoreWriter::Options options)
    : writer_(must_open_spooling(with_spool(std::move(options), directory_))) {}

void SpoolingWriter::expect_balanced() const {
  using enum StoreCounter;
  const StoreWriter& writer = *writer_;
  SpoolLoad lost;
  for (const SpoolFate fate :
       {SpoolFate::dropped_full, SpoolFate::dropped_damaged, SpoolFate::refused}) {
    lost += counted(writer.spool().counters(), fate).load;
  }
  const SpoolLoad came = counted(writer.spool().counters(), SpoolFate::recovered).load;
  const SpoolLoad waiting = writer.waiting();
  EXPECT_EQ(came.rows + writer.count(rows_accepted),
            writer.count(rows_stored) + writer.count(rows_refused) +
                writer.count(store_queue_full) + writer.count(store_stopped) + lost.rows +
                waiting.rows);
  EXPECT_EQ(came.scan_rows + writer.count(scan_rows_accepted),
            writer.count(scan_rows_stored) + writer.count(scan_rows_refused) +
                writer.count(scan_queue_full) + writer.count(scan_stopped) + lost.scan_rows +
                waiting.scan_rows);
}

}  // namespace control::tests
