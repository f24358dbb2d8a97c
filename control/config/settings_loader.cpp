// SPDX-License-Identifier: Apache-2.0
#include "control/config/settings_loader.hpp"

#include "control/config/nearest_name.hpp"
#include "control/config/password_mask.hpp"
#include "control/config/setting_reader.hpp"
#include "control/config/settings_table.hpp"
#include "control/config/settings_together.hpp"
#include "control/config/yaml_tree.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace control {
namespace {

using flowtable::Failure;
using Problems = std::vector<ConfigProblem>;

std::string unknown_setting(std::string_view key) {
  std::vector<std::string_view> names;
  std::string_view nearest;
  for (const SettingSpec& spec : settings_table()) {
    names.push_back(spec.key);
    // The right name in the wrong group is a better guess than a similar one.
    const size_t dot = spec.key.find('.');
    const std::string_view leaf = key.substr(key.rfind('.') + 1);
    if (dot != std::string_view::npos && spec.key.substr(dot + 1) == leaf && nearest.empty())
      nearest = spec.key;
  }
  for (const SettingGroup& group : setting_groups())
    names.push_back(group.name);
  const std::string_view similar = nearest_name(key, names);
  if (!similar.empty()) nearest = similar;
  std::string out = "unknown setting `" + std::string(key) + "`";
  if (!nearest.empty()) out += "; did you mean `" + std::string(nearest) + "`?";
  return out;
}

bool is_group(std::string_view name) {
  const auto groups = setting_groups();
  return find_setting(name) == nullptr &&
         std::any_of(groups.begin(), groups.end(),
                     [&](const SettingGroup& group) { return group.name == name; });
}

// Puts the values of one document into the settings; problems are collected, not thrown.
class Applier {
 public:
  Applier(LoadedSettings& loaded, SettingOrigin::Kind kind, Problems& problems)
      : loaded_(loaded), kind_(kind), problems_(problems) {}

  void apply_root(const YamlNode& root) {
    if (root.kind == YamlNode::Kind::null) return;
    if (root.kind != YamlNode::Kind::map) {
      problems_.push_back({root.line, "a configuration is a list of `name: value` lines"});
      return;
    }
    for (const auto& [key, node] : root.entries)
      apply(key, node);
  }

  void apply(const std::string& key, const YamlNode& node) {
    if (const SettingSpec* spec = find_setting(key)) {
      apply_setting(*spec, node);
    } else if (node.kind == YamlNode::Kind::map && !node.entries.empty()) {
      for (const auto& [name, child] : node.entries)
        apply(key + "." + name, child);
    } else if (!is_group(key)) {
      problems_.push_back({node.line, unknown_setting(key)});
    } else if (node.kind == YamlNode::Kind::scalar || node.kind == YamlNode::Kind::sequence) {
      problems_.push_back({node.line, "`" + key +
                                          "` is a group: its settings stand under it, one "
                                          "line each, indented"});
    }
  }

 private:
  void apply_setting(const SettingSpec& spec, const YamlNode& node) {
    const flowtable::Result<SettingValue, ConfigProblem> value = read_setting(spec, node);
    if (!value.ok()) {
      problems_.push_back(value.error());
      return;
    }
    spec.place.set(loaded_.settings, value.value());
    const auto index = static_cast<size_t>(&spec - settings_table().data());
    loaded_.origins[index] = {kind_, node.line};
  }

  LoadedSettings& loaded_;
  SettingOrigin::Kind kind_;
  Problems& problems_;
};

YamlNode scalar(std::string text) {
  YamlNode node;
  node.kind = YamlNode::Kind::scalar;
  node.text = std::move(text);
  return node;
}

void set_defaults(LoadedSettings& loaded, const Environment& environment) {
  for (const SettingSpec& spec : settings_table()) {
    if (spec.default_from != nullptr) {
      spec.place.set(loaded.settings, SettingValue(spec.default_from(environment)));
      continue;
    }
    // The table's own texts go through the same reader as a person's.
    YamlNode node = scalar(std::string(spec.default_value));
    if (is_list(spec.type)) {
      auto parsed = parse_yaml(spec.default_value, spec.key);
      node = parsed.value();
    }
    spec.place.set(loaded.settings, read_setting(spec, node).value());
  }
}

void apply_flag(LoadedSettings& loaded, const std::string& flag, Problems& problems) {
  const size_t equals = flag.find('=');
  if (equals == std::string::npos || equals == 0) {
    problems.push_back({0, "`" + flag + "` is not of the form group.name=value"});
    return;
  }
  const std::string key = flag.substr(0, equals);
  const SettingSpec* const spec = find_setting(key);
  if (spec == nullptr) {
    problems.push_back({0, is_group(key) ? "`" + key + "` is a group; name one of its settings"
                                         : unknown_setting(key)});
    return;
  }
  YamlNode node = scalar(flag.substr(equals + 1));
  // Only lists need YAML's grammar; everything else is meant as it stands.
  if (is_list(spec->type)) {
    auto parsed = parse_yaml(node.text, "--set");
    if (!parsed.ok()) {
      problems.push_back({0, "`" + key + "`: " + parsed.error().problems.front().message});
      return;
    }
    node = std::move(parsed).value();
  }
  Problems found;
  Applier(loaded, SettingOrigin::Kind::flag, found).apply(key, node);
  for (ConfigProblem& problem : found)
    problems.push_back({0, std::move(problem.message)});
}

flowtable::Result<std::string, ConfigErrors> read_file(const std::string& path) {
  const auto failure = [&path](const std::string& why) {
    return Failure{ConfigErrors{path, {{0, why}}}};
  };
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return failure(std::string("cannot be read: ") + std::strerror(errno));
  std::string text;
  // One byte more than allowed is enough to see that there is too much.
  text.resize(YamlLimits::kBytesMax + 1);
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return failure(std::string("cannot be read: ") + std::strerror(errno));
  text.resize(static_cast<size_t>(in.gcount()));
  return text;
}

}  // namespace

flowtable::Result<LoadedSettings, ConfigErrors> load_settings(const SettingsSources& sources) {
  if (sources.file.empty()) return load_settings_text("", sources);
  const flowtable::Result<std::string, ConfigErrors> text = read_file(sources.file);
  if (!text.ok()) return Failure{text.error()};
  return load_settings_text(text.value(), sources);
}

flowtable::Result<LoadedSettings, ConfigErrors> load_settings_text(std::string_view text,
                                                                   const SettingsSources& sources) {
  LoadedSettings loaded{{}, sources.file, {}};
  loaded.origins.resize(settings_table().size());
  set_defaults(loaded, sources.environment);

  const flowtable::Result<YamlNode, ConfigErrors> root = parse_yaml(text, sources.file);
  if (!root.ok()) return Failure{root.error()};
  ConfigErrors errors{sources.file, {}};
  Applier(loaded, SettingOrigin::Kind::file, errors.problems).apply_root(root.value());
  if (!errors.problems.empty()) return Failure{errors};

  ConfigErrors flag_errors{"--set", {}};
  for (const std::string& flag : sources.flags)
    apply_flag(loaded, flag, flag_errors.problems);
  if (!flag_errors.problems.empty()) return Failure{flag_errors};

  errors.problems = problems_together(loaded);
  if (errors.file.empty()) errors.file = "settings";
  if (!errors.problems.empty()) return Failure{errors};
  return loaded;
}

std::vector<EffectiveSetting> effective_settings(const LoadedSettings& loaded) {
  std::vector<EffectiveSetting> rows;
  for (size_t i = 0; i < settings_table().size(); ++i) {
    const SettingSpec& spec = settings_table()[i];
    const SettingOrigin& origin = loaded.origins[i];
    std::string from = "default";
    if (origin.kind == SettingOrigin::Kind::flag) from = "flag";
    if (origin.kind == SettingOrigin::Kind::file)
      from = loaded.file + ":" + std::to_string(origin.line);
    rows.push_back({std::string(spec.key),
                    without_password(write_setting(spec, spec.place.get(loaded.settings))),
                    std::move(from)});
  }
  return rows;
}

}  // namespace control
