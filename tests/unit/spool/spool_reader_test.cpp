// SPDX-License-Identifier: Apache-2.0
// The files, read by another implementation (tests/support/spool_reader.py).
#include "tests/unit/spool/spool_under_test.hpp"

#include <xxhash.h>

#include <array>
#include <cinttypes>
#include <cstdio>

namespace control {
namespace {

std::string output_of(const std::string& command) {
  std::FILE* const pipe = popen(command.c_str(), "r");
  std::string output;
  std::array<char, 4096> part = {};
  while (const size_t got = fread(part.data(), 1, part.size(), pipe)) {
    output.append(part.data(), got);
  }
  EXPECT_EQ(pclose(pipe), 0) << command;
  return output;
}

std::string line_of(int64_t epoch, int64_t seq, const SpoolLoad& load, const std::string& payload) {
  std::array<char, 17> sum = {};
  std::snprintf(sum.data(), sum.size(), "%016" PRIx64,
                static_cast<uint64_t>(XXH3_64bits(payload.data(), payload.size())));
  std::string line;
  for (const uint64_t number : {static_cast<uint64_t>(epoch), static_cast<uint64_t>(seq), load.rows,
                                load.scan_rows, load.audit_rows}) {
    line += std::to_string(number) + " ";
  }
  return line + sum.data() + "\n";
}

TEST(SpoolFiles, AreWhatAnotherReaderReads) {
  if (std::system("/usr/bin/python3 -c 'import xxhash, zstandard' 2>/dev/null") != 0) {
    GTEST_SKIP() << "python3-xxhash and python3-zstandard are not installed";
  }
  const tests::TemporaryDirectory directory;
  const Spool::Options options = tests::small_spool(directory.path());
  std::string expected;
  for (int run = 0; run < 3; ++run) {
    const auto spool = tests::open_spool(options);
    for (uint64_t i = 1; i <= 60; ++i) {
      const SpoolLoad load = tests::load_number(i * 1000003);
      const std::string payload = tests::payload_number(i, i % 11 == 0 ? 20000 : i * 10);
      ASSERT_EQ(spool->append(load, payload), Spool::Appended::on_disk);
      expected += line_of(spool->epoch(), static_cast<int64_t>(i), load, payload);
    }
  }
  EXPECT_GT(tests::segment_files(options.directory).size(), 10U);
  EXPECT_EQ(output_of("/usr/bin/python3 " SPOOL_READER " " + options.directory), expected);
}

}  // namespace
}  // namespace control
