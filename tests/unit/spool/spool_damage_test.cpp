// SPDX-License-Identifier: Apache-2.0
// Each byte of a segment changed, and the file cut at each: what was not touched comes back, and
// what is missing is counted.
#include "control/spool/segment_name.hpp"
#include "tests/unit/spool/spool_under_test.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace control {
namespace {

namespace fs = std::filesystem;
using tests::load_number;
using tests::payload_number;

// Where the frames of the file lie is known from the format's own figures (README), not asked of
// the code: 96 bytes, the payload as it is stored, 96 bytes.
constexpr size_t kMark = 96;
constexpr uint64_t kDamagedRecords = 5;
constexpr size_t kDamagedRecordBytes = 40;

struct Frame {
  uint64_t number;
  size_t begin;
  size_t payload_end;
  size_t end;
};

struct Sample {
  std::string open_name;
  std::string sealed_name;
  std::string file;
  std::vector<Frame> frames;
};

uint32_t be32_at(const std::string& text, size_t at) {
  uint32_t number = 0;
  for (size_t i = 0; i < 4; ++i)
    number = number << 8 | static_cast<uint8_t>(text[at + i]);
  return number;
}

std::string text_in(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Sample make_sample() {
  const tests::TemporaryDirectory directory;
  const Spool::Options options = tests::small_spool(directory.path());
  Sample sample;
  {
    const auto spool = tests::open_spool(options);
    for (uint64_t i = 1; i <= kDamagedRecords; ++i) {
      EXPECT_EQ(spool->append(load_number(i), payload_number(i, kDamagedRecordBytes)),
                Spool::Appended::on_disk);
    }
    sample.open_name = tests::segment_files(options.directory).at(0).filename();
  }
  const fs::path sealed = tests::segment_files(options.directory).at(0);
  sample.sealed_name = sealed.filename();
  sample.file = text_in(sealed);
  size_t at = 0;
  for (uint64_t i = 1; i <= kDamagedRecords; ++i) {
    const size_t payload_end = at + kMark + be32_at(sample.file, at + 76);
    sample.frames.push_back({i, at, payload_end, payload_end + kMark});
    at = payload_end + kMark;
  }
  EXPECT_EQ(at, sample.file.size());
  return sample;
}

// What must come back, and what must be counted as lost.
struct Expected {
  std::vector<uint64_t> numbers;
  SpoolAmount lost;
  bool torn = false;
};

class Damage : public testing::TestWithParam<bool> {
 protected:
  void expect(const std::string& file, const Expected& expected, const std::string& what) {
    const tests::TemporaryDirectory directory;
    const Spool::Options options = tests::small_spool(directory.path());
    fs::create_directory(options.directory);
    const std::string& name = GetParam() ? sample_.sealed_name : sample_.open_name;
    std::ofstream(fs::path(options.directory) / name, std::ios::binary) << file;
    const auto spool = tests::open_spool(options);
    const auto records = tests::take_all(*spool);
    std::vector<uint64_t> numbers;
    for (const SpoolRecord& record : records) {
      const auto number = static_cast<uint64_t>(record.seq);
      numbers.push_back(number);
      ASSERT_EQ(*record.payload, payload_number(number, kDamagedRecordBytes)) << what;
      ASSERT_EQ(record.load, load_number(number)) << what;
    }
    ASSERT_EQ(numbers, expected.numbers) << what;
    ASSERT_EQ(tests::counted(*spool, SpoolFate::dropped_damaged), expected.lost) << what;
    ASSERT_EQ(spool->counters().get(SpoolCounter::torn_tails), expected.torn ? 1U : 0U) << what;
    tests::expect_balance(*spool);
    if (!records.empty()) spool->release(records.back().epoch, records.back().seq);
    spool->rewind();
    ASSERT_EQ(spool->state().records, 0U) << what;
    ASSERT_TRUE(tests::segment_files(options.directory).empty()) << what;
  }

  const Sample sample_ = make_sample();
};

TEST_P(Damage, OfAnyByteLosesItsRecordAlone) {
  for (size_t at = 0; at < sample_.file.size(); ++at) {
    std::string file = sample_.file;
    file[at] = static_cast<char>(file[at] ^ (1 << (at % 8)));
    Expected expected;
    for (const Frame& frame : sample_.frames) {
      // A foot is for those that lost their head.
      if (at >= frame.begin && at < frame.payload_end) {
        expected.lost += SpoolAmount{1, load_number(frame.number)};
      } else {
        expected.numbers.push_back(frame.number);
      }
    }
    ASSERT_NO_FATAL_FAILURE(expect(file, expected, "byte " + std::to_string(at)));
  }
}

TEST_P(Damage, CutAnywhereKeepsWhatIsBefore) {
  for (size_t size = 0; size < sample_.file.size(); ++size) {
    Expected expected;
    for (const Frame& frame : sample_.frames) {
      if (frame.payload_end <= size) {
        expected.numbers.push_back(frame.number);
      } else if (GetParam()) {
        // The name of a sealed segment tells of them.
        expected.lost += SpoolAmount{1, load_number(frame.number)};
      } else if (frame.begin < size) {
        expected.torn = true;
      }
    }
    ASSERT_NO_FATAL_FAILURE(
        expect(sample_.file.substr(0, size), expected, "cut at " + std::to_string(size)));
  }
}

TEST_P(Damage, OfAllBytesLosesAll) {
  Expected expected;
  expected.torn = !GetParam();
  for (const Frame& frame : sample_.frames) {
    if (GetParam()) expected.lost += SpoolAmount{1, load_number(frame.number)};
  }
  expect(std::string(sample_.file.size(), '\0'), expected, "zeros");
}

INSTANTIATE_TEST_SUITE_P(Spool, Damage, testing::Bool(),
                         [](const auto& param) { return param.param ? "Sealed" : "Open"; });

// One record larger than the window in which heads are looked for.
TEST(SpoolDamage, OfALargeRecordsHeadFindsTheNext) {
  const tests::TemporaryDirectory directory;
  Spool::Options options = tests::small_spool(directory.path());
  options.segment_bytes = 4U << 20;
  std::string all;
  {
    const auto spool = tests::open_spool(options);
    for (uint64_t i = 3; i < 12; i += 3) {
      (void)spool->append(load_number(i), payload_number(i, 200000 + i));
    }
  }
  const fs::path file = tests::segment_files(options.directory).at(0);
  std::fstream(file, std::ios::binary | std::ios::in | std::ios::out).seekp(5).put('\xff');
  const auto spool = tests::open_spool(options);
  const auto records = tests::take_all(*spool);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(*records[0].payload, payload_number(6, 200006));
  EXPECT_EQ(tests::counted(*spool, SpoolFate::dropped_damaged), (SpoolAmount{1, load_number(3)}));
  tests::expect_balance(*spool);
}

// A name may lie: whatever it says, the book balances and nothing falls over.
TEST(SpoolDamage, OfNamesIsNoTrap) {
  const Sample sample = make_sample();
  const auto name = parse_segment_name(sample.sealed_name);
  ASSERT_TRUE(name && name->sealed);
  for (const int64_t first : {1, 2, 3, 9}) {
    for (const uint64_t rows : {uint64_t{0}, uint64_t{3}, ~uint64_t{0} >> 1}) {
      const tests::TemporaryDirectory directory;
      const Spool::Options options = tests::small_spool(directory.path());
      fs::create_directory(options.directory);
      SegmentName lie = *name;
      lie.first = first;
      lie.sealed->last = first + 3;
      lie.sealed->before.rows = rows / 2;
      lie.sealed->load.rows = rows;
      for (const std::string& text : {text_of(lie), sample.sealed_name, sample.open_name}) {
        std::ofstream(fs::path(options.directory) / text, std::ios::binary) << sample.file;
      }
      const auto spool = tests::open_spool(options);
      tests::expect_balance(*spool);
      for (const SpoolRecord& record : tests::take_all(*spool)) {
        EXPECT_EQ(*record.payload,
                  payload_number(static_cast<uint64_t>(record.seq), kDamagedRecordBytes));
      }
      tests::expect_balance(*spool);
    }
  }
}

}  // namespace
}  // namespace control
