// SPDX-License-Identifier: Apache-2.0
// Producer, consumer and those who ask, at the same time.
#include "tests/unit/spool/spool_under_test.hpp"

#include <atomic>
#include <random>
#include <thread>

namespace control {
namespace {

constexpr uint64_t kRecords = 3000;

// Takes all, in order; now and then goes back, now and then releases.
int64_t consume(Spool& spool) {
  int64_t last = 0;
  std::mt19937 random(4);
  int64_t released = 0;
  while (true) {
    const auto record =
        spool.next(std::chrono::steady_clock::now() + std::chrono::milliseconds(200));
    if (!record) {
      if (last == static_cast<int64_t>(kRecords)) break;
      continue;
    }
    EXPECT_GT(record->seq, last);
    last = record->seq;
    const auto number = static_cast<uint64_t>(record->seq);
    EXPECT_EQ(*record->payload, tests::payload_number(number, number % 50 == 0 ? 9000 : 200));
    const auto what = random() % 40;
    if (what == 0) {
      spool.rewind();
      last = released;
    } else if (what < 8) {
      spool.release(record->epoch, record->seq);
      released = record->seq;
    }
  }
  spool.release(spool.epoch(), last);
  return last;
}

void run(const Spool::Options& options) {
  const auto spool = tests::open_spool(options);
  std::atomic<bool> is_done = false;
  std::thread producer([&] {
    for (uint64_t i = 1; i <= kRecords; ++i) {
      const auto done =
          spool->append(tests::load_number(i), tests::payload_number(i, i % 50 == 0 ? 9000 : 200));
      EXPECT_EQ(done, Spool::Appended::on_disk);
    }
    spool->close();
  });
  std::thread asker([&] {
    while (!is_done) {
      EXPECT_LE(spool->state().records, kRecords);
      EXPECT_LE(spool->counters().get(SpoolCounter::records_released), kRecords);
      std::this_thread::yield();
    }
  });
  const int64_t last = consume(*spool);
  producer.join();
  is_done = true;
  asker.join();
  EXPECT_EQ(last, static_cast<int64_t>(kRecords));
  tests::expect_balance(*spool);
  EXPECT_EQ(spool->state().records, 0U);
}

TEST(SpoolStress, AllComesOut) {
  for (const uint64_t memory : {0U, 20000U, 1U << 20}) {
    const tests::TemporaryDirectory directory;
    Spool::Options options = tests::small_spool(directory.path());
    options.memory_bytes_max = memory;
    run(options);
  }
}

TEST(SpoolStress, TheOldestGoesUnderTheReader) {
  for (const uint64_t memory : {0U, 20000U}) {
    const tests::TemporaryDirectory directory;
    Spool::Options options = tests::small_spool(directory.path());
    options.memory_bytes_max = memory;
    options.bytes_max = 40000;
    run(options);
  }
}

}  // namespace
}  // namespace control
