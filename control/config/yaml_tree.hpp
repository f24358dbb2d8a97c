// SPDX-License-Identifier: Apache-2.0
// A YAML document as bounded plain values that remember their lines.
#pragma once

#include "control/config/config_error.hpp"
#include "flowtable/base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace control {

struct YamlEntry;

struct YamlNode {
  enum class Kind { null, scalar, sequence, map };

  Kind kind = Kind::null;
  int line = 0;                    // from 1
  std::string text;                // of a scalar
  std::vector<YamlNode> items;     // of a sequence
  std::vector<YamlEntry> entries;  // of a map, in file order, keys distinct
};

struct YamlEntry {
  std::string key;
  YamlNode value;
};

struct YamlLimits {
  static constexpr size_t kBytesMax = size_t{1} << 20;
  static constexpr size_t kDepthMax = 8;
  static constexpr size_t kNodesMax = 10'000;
};

// Reads one document. Anchors and aliases are refused: no setting needs them, and they are how a
// small file becomes a large one; so are tags and a second document. Every problem found is
// reported with its line; a syntax error ends the reading.
[[nodiscard]] flowtable::Result<YamlNode, ConfigErrors> parse_yaml(std::string_view text,
                                                                   std::string_view file_name);

}  // namespace control
