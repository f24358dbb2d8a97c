// SPDX-License-Identifier: Apache-2.0
// The outcomes of a session in the book.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tls {

// Why a session is not complete. One value is one outcome in the book, one metric label and one
// word in the record; `none` is a complete session.
enum class MissingReason : uint8_t {
  none,
  client_hello_missing,  // only the server's direction was seen
  server_hello_missing,  // only the client's direction was seen, or the server never answered
  client_hello_cut,      // its bytes end early (see `end`)
  server_flight_cut,     // server bytes end before the handshake's encrypted part
  gap,                   // bytes between were never seen
  too_large,             // did not fit the capture buffer
  malformed,             // the bytes break the format
  alert,                 // one side refused with a fatal alert
  undecryptable,         // QUIC Initial packets of a version without known keys, or not by these
  count_
};

[[nodiscard]] constexpr std::string_view name_of(MissingReason reason) noexcept {
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
      "undecryptable",
  };
  static_assert(!kNames.back().empty(), "a MissingReason has no name");
  const auto index = static_cast<size_t>(reason);
  return index < kNames.size() ? kNames[index] : std::string_view{};
}

}  // namespace tls
