// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/spool/spool_under_test.hpp"

#include <algorithm>
#include <cstdlib>
#include <ostream>

namespace control {

std::ostream& operator<<(std::ostream& out, const SpoolAmount& amount) {
  return out << amount.records << " records (" << amount.load.rows << ", " << amount.load.scan_rows
             << ", " << amount.load.audit_rows << ")";
}

}  // namespace control

namespace tests {

using control::Spool;
using control::SpoolAmount;
using control::SpoolFate;
using control::SpoolRecord;

TemporaryDirectory::TemporaryDirectory() {
  std::string path = (std::filesystem::temp_directory_path() / "tapseal-spool-XXXXXX").string();
  EXPECT_NE(mkdtemp(path.data()), nullptr);
  path_ = path;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Spool::Options small_spool(const std::filesystem::path& directory) {
  Spool::Options options;
  options.directory = (directory / "spool").string();
  options.bytes_max = 64U << 20;
  options.segment_bytes = 4096;
  options.sync = Spool::Sync::none;
  options.memory_bytes_max = 0;
  return options;
}

std::unique_ptr<Spool> open_spool(const Spool::Options& options) {
  auto opened = Spool::open(options);
  EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().message);
  return opened.ok() ? std::move(opened).value() : nullptr;
}

std::vector<SpoolRecord> take_all(Spool& spool) {
  std::vector<SpoolRecord> records;
  const auto is_left = [&] { return std::chrono::steady_clock::now() + std::chrono::seconds(20); };
  // A closed spool says so when it is empty.
  spool.close();
  while (auto record = spool.next(is_left()))
    records.push_back(std::move(*record));
  return records;
}

SpoolAmount counted(const Spool& spool, SpoolFate fate) {
  return control::counted(spool.counters(), fate);
}

SpoolAmount waiting(const Spool& spool) {
  const Spool::State state = spool.state();
  return {state.records, state.waiting};
}

void expect_balance(const Spool& spool) {
  SpoolAmount in = counted(spool, SpoolFate::appended);
  in += counted(spool, SpoolFate::recovered);
  SpoolAmount out = counted(spool, SpoolFate::released);
  out += counted(spool, SpoolFate::dropped_full);
  out += counted(spool, SpoolFate::dropped_damaged);
  out += counted(spool, SpoolFate::refused);
  out += waiting(spool);
  EXPECT_EQ(in, out);
}

std::vector<std::filesystem::path> segment_files(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const auto extension = entry.path().extension();
    if (extension == ".open" || extension == ".sealed") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace tests
