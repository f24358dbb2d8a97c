// SPDX-License-Identifier: Apache-2.0
// The kinds of traffic that are measured, by name.
#pragma once

#include "tests/workload/traffic.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace workload {

struct Kind {
  std::string_view name;
  std::string_view what;
  Settings settings;
  bool flood = false;  // SYNs only: nothing of `settings` counts but the seed
};

[[nodiscard]] std::span<const Kind> kinds();
[[nodiscard]] const Kind* kind_of(std::string_view name);

}  // namespace workload
