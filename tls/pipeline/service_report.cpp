// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/service_report.hpp"

#include <array>
#include <cstddef>

namespace tls {

std::string_view name_of(NoTlsReason reason) noexcept {
  constexpr std::array<std::string_view, static_cast<size_t>(NoTlsReason::count_)> kNames{
      "none",  "refused",  "starttls",  "timed_out",  "not_tls", "closed",
      "reset", "too_much", "malformed", "false_open", "stopped",
  };
  static_assert(!kNames.back().empty(), "a NoTlsReason has no name");
  const auto index = static_cast<size_t>(reason);
  return index < kNames.size() ? kNames[index] : std::string_view{};
}

}  // namespace tls
