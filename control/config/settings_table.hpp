// SPDX-License-Identifier: Apache-2.0
// The one declaration of every setting. The loader, its error messages, `tapseal config` and the
// annotated configs/tapseal.yaml all come from this table.
#pragma once

#include "control/config/environment.hpp"
#include "control/config/setting_value.hpp"
#include "control/config/settings.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace control {

// Where in Settings a value is kept.
struct SettingPlace {
  void (*set)(Settings&, const SettingValue&) = nullptr;
  SettingValue (*get)(const Settings&) = nullptr;
};

enum class Reloadable : uint8_t { no, yes };

struct SettingSpec {
  std::string_view key;  // "group.name", or one word for a setting of its own
  SettingType type = SettingType::text;
  std::string_view unit{};           // of a count, in the plural
  std::string_view default_value{};  // as a person writes it in YAML
  // Where the default depends on who runs the program: computes it; default_value then describes
  // it.
  std::string (*default_from)(const Environment&) = nullptr;
  // count: the value. duration: nanoseconds. text: bytes. Lists: entries.
  uint64_t min = 0;
  uint64_t max = 0;
  std::span<const std::string_view> words{};  // of a word
  // Of a text: further conditions, and the sentence part that states them ("an absolute path").
  bool (*accepts)(std::string_view) = nullptr;
  std::string_view allowed{};
  // Of one text of a text list, whose kind `unit` names and `example` shows: what is wrong with it
  // and the mend; empty: nothing.
  std::string (*problem_of)(std::string_view) = nullptr;
  Reloadable reloadable = Reloadable::no;
  std::string_view help{};     // one or more sentences
  std::string_view example{};  // YAML value for the example file where the default shows nothing
  SettingPlace place{};
};

// In the order of the example file; settings of one group stand together. Those of scanning are
// declared in settings_scan.cpp, bus.* in settings_bus.cpp, all others in settings_table.cpp.
[[nodiscard]] std::span<const SettingSpec> settings_table() noexcept;

[[nodiscard]] std::span<const SettingSpec> scan_settings() noexcept;
[[nodiscard]] std::span<const SettingSpec> bus_settings() noexcept;

// The setting of that key, or null.
[[nodiscard]] const SettingSpec* find_setting(std::string_view key) noexcept;

// What a group of settings is about, for its heading.
struct SettingGroup {
  std::string_view name;
  std::string_view help;
};
[[nodiscard]] std::span<const SettingGroup> setting_groups() noexcept;

// Part of the key before the dot; the key itself where there is none.
[[nodiscard]] constexpr std::string_view group_of(std::string_view key) noexcept {
  return key.substr(0, key.find('.'));
}

namespace setting_place {

template <auto Group, auto Member>
auto& member(auto& settings) {
  if constexpr (std::is_null_pointer_v<decltype(Member)>)
    return settings.*Group;
  else
    return settings.*Group.*Member;
}

template <auto Group, auto Member>
void set(Settings& settings, const SettingValue& value) {
  auto& kept = member<Group, Member>(settings);
  using Kept = std::remove_reference_t<decltype(kept)>;
  if constexpr (std::is_integral_v<Kept> || std::is_enum_v<Kept>)
    kept = static_cast<Kept>(std::get<uint64_t>(value));
  else
    kept = std::get<Kept>(value);
}

template <auto Group, auto Member>
SettingValue get(const Settings& settings) {
  const auto& kept = member<Group, Member>(settings);
  using Kept = std::remove_cvref_t<decltype(kept)>;
  if constexpr (std::is_integral_v<Kept> || std::is_enum_v<Kept>)
    return static_cast<uint64_t>(kept);
  else
    return kept;
}

}  // namespace setting_place

// kept_in<&Settings::flow_table, &FlowTableSettings::flows_max>; without a member: the group
// itself.
template <auto Group, auto Member = nullptr>
inline constexpr SettingPlace kept_in{&setting_place::set<Group, Member>,
                                      &setting_place::get<Group, Member>};

}  // namespace control
