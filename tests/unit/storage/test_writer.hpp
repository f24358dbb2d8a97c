// SPDX-License-Identifier: Apache-2.0
// A writer that takes observations, as the feeder and the spool hand them on.
#pragma once

#include "control/storage/copy_writer.hpp"
#include "control/storage/store_items.hpp"
#include "control/storage/store_writer.hpp"
#include "tests/unit/storage/test_cluster.hpp"

#include <string>
#include <vector>

namespace control::tests {

// Sensor "tap0". Calls that fail fail the test.
class TestWriter {
 public:
  explicit TestWriter(const DatabaseAddress& address, int64_t epoch = 1,
                      std::vector<std::string>* log = nullptr);
  StoreOutcome store(int64_t seq, StoreBatch batch);
  StoreOutcome store(int64_t seq, tls::RecordBatch batch);

 private:
  CopyWriter writer_;
  int64_t epoch_;
};

// A record of sensor "tap0", as the spool has it.
std::string record_bytes(tls::RecordBatch batch);

// A StoreWriter with a spool of its own, which goes with it.
class SpoolingWriter {
 public:
  static StoreWriter::Options quick_options(const DatabaseAddress& address);
  explicit SpoolingWriter(StoreWriter::Options options);
  StoreWriter* operator->() noexcept { return writer_.get(); }
  StoreWriter& operator*() noexcept { return *writer_; }
  // Fails the test where the books of either eye do not balance.
  void expect_balanced() const;

 private:
  TestDirectory directory_;
  std::unique_ptr<StoreWriter> writer_;
};

}  // namespace control::tests
