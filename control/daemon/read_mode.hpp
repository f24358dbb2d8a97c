// SPDX-License-Identifier: Apache-2.0
// `tapseal read`: capture files to native records, without a daemon.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace control {

struct ReadOptions {
  enum class Format : uint8_t { json, table };
  enum class Summary : uint8_t { none, text, json };
  std::vector<std::string> files;  // "-" is standard input
  std::string sensor;              // name in the records
  Format format = Format::json;    // native records, or a table for people
  // What became of everything, on standard error, after the last file.
  Summary summary = Summary::none;
  bool ssh = false;  // SSH connections too
};

// Reads the files one after the other and writes one line per session to standard output. A
// file that cannot be read is one line on standard error and does not stop the others. Returns the
// exit code of the first thing that went wrong, or 0.
[[nodiscard]] int read_files(const ReadOptions& options);

}  // namespace control
