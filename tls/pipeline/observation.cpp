// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/observation.hpp"

#include <array>

namespace tls {

namespace {

constexpr std::array<std::string_view, static_cast<size_t>(MissingReason::count_)> kNames{
    "none",
    "client_hello_missing",
    "server_hello_missing",
    "client_hello_cut",
    "server_flight_cut",
    "gap",
    "too_large",
    "malformed",
    "alert",
};

}  // namespace

std::string_view name_of(MissingReason reason) noexcept {
  const auto index = static_cast<size_t>(reason);
  return index < kNames.size() ? kNames[index] : std::string_view{};
}

}  // namespace tls
