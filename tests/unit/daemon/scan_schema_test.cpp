// SPDX-License-Identifier: Apache-2.0
// The schema of the record knows every word that the scanner has for a state.
#include "control/daemon/imported_lines.hpp"
#include "control/export/native_record.hpp"
#include "control/ipc/message.hpp"
#include "control/scan/scan_job_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace control {
namespace {

// Words that one member of a kind of record may have.
Json words_of(const char* kind, const char* member) {
  return Json::parse(native_schema())["definitions"][kind]["properties"][member]["enum"];
}

TEST(ScanSchema, KnowsEveryStateOfAJob) {
  Json expected = Json::array();
  for (uint8_t i = 0; i < static_cast<uint8_t>(ScanState::count_); ++i)
    expected.push_back(name_of(static_cast<ScanState>(i)));
  EXPECT_EQ(words_of("scan", "state"), expected);
}

TEST(ScanSchema, KnowsEveryWordOfAnImportedResult) {
  const Json outcomes = words_of("imported", "outcome");
  const Json transports = words_of("imported", "transport");
  std::set<std::string> seen;
  for (const ImportedState state : {ImportedState::unknown, ImportedState::open,
                                    ImportedState::closed, ImportedState::filtered}) {
    for (const uint8_t protocol : {uint8_t{6}, uint8_t{17}, uint8_t{132}}) {
      ImportedResult result;
      result.state = state;
      result.protocol = protocol;
      std::string line;
      append_imported_line(line, result);
      const Json record = Json::parse(line);
      EXPECT_NE(std::ranges::find(outcomes, record["outcome"]), outcomes.end()) << line;
      EXPECT_NE(std::ranges::find(transports, record["transport"]), transports.end()) << line;
      seen.insert(record["outcome"]);
    }
  }
  EXPECT_EQ(seen.size(), outcomes.size()) << "one word for each";
}

}  // namespace
}  // namespace control
