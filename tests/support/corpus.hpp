// SPDX-License-Identifier: Apache-2.0
// Where the capture corpus is, for tests that can use it.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <vector>

namespace tests {

// The environment's TAPSEAL_CORPUS, else `otherwise` (the build's TAPSEAL_CORPUS_DEFAULT); nullopt
// where there is nothing. The tests of the corpus then skip.
[[nodiscard]] inline std::optional<std::filesystem::path> corpus_path(const char* otherwise) {
  const char* given = std::getenv("TAPSEAL_CORPUS");
  const std::filesystem::path path = given != nullptr ? given : otherwise;
  if (!std::filesystem::is_directory(path)) return std::nullopt;
  return path;
}

[[nodiscard]] inline std::vector<uint8_t> read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace tests
