// SPDX-License-Identifier: Apache-2.0
#include "control/config/settings_text.hpp"

#include "control/config/setting_reader.hpp"
#include "control/config/settings_table.hpp"

#include <string_view>

namespace control {
namespace {

constexpr size_t kLineMax = 100;

// Adds `text` as comment lines, broken between words.
void add_comment(std::string& out, const std::string& indent, std::string_view text) {
  const std::string start = indent + "#";
  std::string line = start;
  while (!text.empty()) {
    const size_t end = text.find(' ');
    const std::string_view word = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.size() + 1 + word.size() > kLineMax && line != start) {
      out += line + '\n';
      line = start;
    }
    line += ' ';
    line += word;
  }
  out += line + '\n';
}

std::string shown_default(const SettingSpec& spec) {
  if (spec.type == SettingType::text && spec.default_value.empty()) return "empty";
  return std::string(spec.default_value);
}

void add_setting(std::string& out, const SettingSpec& spec) {
  const size_t dot = spec.key.find('.');
  const bool in_group = dot != std::string_view::npos;
  const std::string indent = in_group ? "  " : "";
  add_comment(out, indent, spec.help);
  add_comment(out, indent, "Allowed: " + allowed_values(spec) + ".");
  std::string line = "Default: " + shown_default(spec) + ".";
  if (spec.reloadable == Reloadable::yes) line += " May be changed while running.";
  add_comment(out, indent, line);
  const std::string_view value = spec.example.empty() ? spec.default_value : spec.example;
  out += indent + "#" + std::string(in_group ? spec.key.substr(dot + 1) : spec.key) + ": " +
         std::string(value) + "\n";
}

}  // namespace

std::string example_file() {
  std::string out =
      "# SPDX-License-Identifier: Apache-2.0\n"
      "# Settings of tapseald. Every line that sets something is commented out and shows the\n"
      "# default, or an example where the default is empty: remove its # to change it.\n"
      "# Check a file before use: tapseal config --check FILE\n"
      "# This text is generated from control/config/settings_table.cpp; a test compares them.\n";
  std::string_view group;
  for (const SettingSpec& spec : settings_table()) {
    if (group_of(spec.key) != group) {
      group = group_of(spec.key);
      out += '\n';
      for (const SettingGroup& candidate : setting_groups()) {
        if (candidate.name == group) add_comment(out, "", candidate.help);
      }
      if (group != spec.key) out += std::string(group) + ":\n";
    } else {
      out += '\n';
    }
    add_setting(out, spec);
  }
  return out;
}

}  // namespace control
