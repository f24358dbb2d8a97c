// SPDX-License-Identifier: Apache-2.0
// Random calls, compared with a list of what was appended and where the consumer stands in it.
#include "tests/unit/spool/spool_under_test.hpp"

#include <algorithm>
#include <random>

namespace control {
namespace {

using tests::load_number;

// One record as the model knows it.
struct Known {
  int64_t epoch;
  int64_t seq;
  uint64_t number;
  size_t bytes;
};

// The spool as a list. What the spool dropped is told by what it hands out next: those between are
// gone, and the spool must say as many.
class Model {
 public:
  explicit Model(const Spool::Options& options, uint64_t seed) : options_(options), random_(seed) {
    open();
  }

  void step() {
    const uint64_t kind = random_() % 100;
    if (kind < 45) append();
    if (kind >= 45 && kind < 85) take();
    if (kind >= 85 && kind < 95) release();
    if (kind >= 95 && kind < 98) rewind();
    if (kind == 98) reopen();
    tests::expect_balance(*spool_);
  }

  void finish() {
    rewind();
    spool_->close();
    for (const SpoolRecord& record : tests::take_all(*spool_))
      took(record);
    skip_to(records_.size());
    if (!handed_.empty()) spool_->release(handed_.back().epoch, handed_.back().seq);
    for (const Known& record : handed_)
      released_ += weight(record);
    handed_.clear();
    expect_books();
    EXPECT_EQ(spool_->state().records, 0U);
  }

  // In all runs.
  [[nodiscard]] uint64_t dropped() const { return dropped_; }
  [[nodiscard]] uint64_t refused() const { return refused_in_all_; }

 private:
  static SpoolAmount weight(const Known& record) { return {1, load_number(record.number)}; }

  void open() {
    spool_ = tests::open_spool(options_);
    seq_ = 0;
    // Of this run only.
    released_ = lost_ = refused_ = {};
  }

  void append() {
    const uint64_t number = ++numbers_;
    const size_t bytes = random_() % 10 == 0 ? random_() % 9000 : random_() % 400;
    const auto done = spool_->append(load_number(number), tests::payload_number(number, bytes));
    if (done == Spool::Appended::refused) {
      refused_ += SpoolAmount{1, load_number(number)};
      ++refused_in_all_;
      EXPECT_TRUE(spool_->next_begins_segment());
      return;
    }
    EXPECT_EQ(done, Spool::Appended::on_disk);
    records_.push_back({spool_->epoch(), ++seq_, number, bytes});
  }

  void take() {
    const auto record = spool_->next(std::chrono::steady_clock::now());
    if (record) took(*record);
  }

  void took(const SpoolRecord& record) {
    const auto at = std::find_if(records_.begin(), records_.end(), [&](const Known& known) {
      return known.epoch == record.epoch && known.seq == record.seq;
    });
    ASSERT_NE(at, records_.end());
    const auto index = static_cast<size_t>(at - records_.begin());
    ASSERT_GE(index, next_) << "twice, or out of order";
    EXPECT_EQ(*record.payload, tests::payload_number(at->number, at->bytes));
    EXPECT_EQ(record.load, load_number(at->number));
    skip_to(index);
    handed_.push_back(*at);
    next_ = index + 1;
  }

  void skip_to(size_t index) {
    for (; next_ < index; ++next_) {
      lost_ += weight(records_[next_]);
      ++dropped_;
    }
  }

  void release() {
    if (handed_.empty()) return;
    const size_t count = 1 + random_() % handed_.size();
    spool_->release(handed_[count - 1].epoch, handed_[count - 1].seq);
    for (size_t i = 0; i < count; ++i)
      released_ += weight(handed_[i]);
    handed_.erase(handed_.begin(), handed_.begin() + static_cast<std::ptrdiff_t>(count));
    EXPECT_EQ(tests::counted(*spool_, SpoolFate::released), released_);
  }

  void rewind() {
    spool_->rewind();
    if (handed_.empty()) return;
    // Those in front of what the list says to be next again: they are told by what comes next.
    const auto again = records_.begin() + static_cast<std::ptrdiff_t>(next_);
    const auto first = std::find_if(records_.begin(), again, [&](const Known& known) {
      return known.epoch == handed_[0].epoch && known.seq == handed_[0].seq;
    });
    // What was lost between two that were handed out is not to be counted again.
    std::vector<Known> kept(records_.begin(), first);
    kept.insert(kept.end(), handed_.begin(), handed_.end());
    const size_t next = static_cast<size_t>(first - records_.begin());
    kept.insert(kept.end(), again, records_.end());
    records_ = std::move(kept);
    next_ = next;
    handed_.clear();
  }

  void reopen() {
    rewind();
    // All that is dropped is known only when the rest is read: it is, up to one that is there.
    spool_->close();
    const auto record = spool_->next(std::chrono::steady_clock::now() + std::chrono::seconds(20));
    if (record) {
      took(*record);
    } else {
      skip_to(records_.size());
    }
    expect_books();
    spool_.reset();
    // Handed out by the last run and not released: the next one hands it out again.
    if (!handed_.empty()) --next_;
    handed_.clear();
    open();
    const size_t left = records_.size() - next_;
    EXPECT_EQ(tests::counted(*spool_, SpoolFate::recovered).records, left);
  }

  void expect_books() {
    EXPECT_EQ(tests::counted(*spool_, SpoolFate::released), released_);
    EXPECT_EQ(tests::counted(*spool_, SpoolFate::dropped_full), lost_);
    EXPECT_EQ(tests::counted(*spool_, SpoolFate::refused), refused_);
    EXPECT_EQ(tests::counted(*spool_, SpoolFate::dropped_damaged), SpoolAmount{});
  }

  Spool::Options options_;
  std::mt19937_64 random_;
  std::unique_ptr<Spool> spool_;
  std::vector<Known> records_;  // of all runs, in order
  size_t next_ = 0;             // of them, what should come next
  std::vector<Known> handed_;   // and not released
  SpoolAmount released_;
  SpoolAmount lost_;
  SpoolAmount refused_;
  uint64_t dropped_ = 0;
  uint64_t refused_in_all_ = 0;
  uint64_t numbers_ = 0;
  int64_t seq_ = 0;
};

struct Fates {
  uint64_t dropped = 0;
  uint64_t refused = 0;
};

void run(const Spool::Options& options, uint64_t seed, Fates& fates) {
  Model model(options, seed);
  for (int i = 0; i < 1500; ++i) {
    ASSERT_NO_FATAL_FAILURE(model.step());
    if (testing::Test::HasFailure()) {
      FAIL() << "seed " << seed << ", step " << i;
    }
  }
  model.finish();
  fates.dropped += model.dropped();
  fates.refused += model.refused();
}

TEST(SpoolModel, AgreesWithAList) {
  Fates fates;
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    const tests::TemporaryDirectory directory;
    Spool::Options options = tests::small_spool(directory.path());
    options.memory_bytes_max = seed % 3 * 3000;
    ASSERT_NO_FATAL_FAILURE(run(options, seed, fates));
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
  EXPECT_EQ(fates.dropped + fates.refused, 0U);
}

TEST(SpoolModel, AgreesWithAListWhereTheOldestGoes) {
  Fates fates;
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    const tests::TemporaryDirectory directory;
    Spool::Options options = tests::small_spool(directory.path());
    options.bytes_max = 20000 + seed * 1000;
    options.memory_bytes_max = seed % 3 * 3000;
    ASSERT_NO_FATAL_FAILURE(run(options, seed, fates));
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
  EXPECT_GT(fates.dropped, 500U);
  EXPECT_EQ(fates.refused, 0U);
}

TEST(SpoolModel, AgreesWithAListWhereNewOnesAreRefused) {
  Fates fates;
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    const tests::TemporaryDirectory directory;
    Spool::Options options = tests::small_spool(directory.path());
    options.bytes_max = 20000 + seed * 1000;
    options.memory_bytes_max = seed % 3 * 3000;
    options.when_full = Spool::WhenFull::stop;
    ASSERT_NO_FATAL_FAILURE(run(options, seed, fates));
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
  EXPECT_EQ(fates.dropped, 0U);
  EXPECT_GT(fates.refused, 500U);
}

}  // namespace
}  // namespace control
