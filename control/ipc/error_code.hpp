// SPDX-License-Identifier: Apache-2.0
// Why a call did not give what was asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace control {

enum class ErrorCode : uint8_t {
  bad_request,        // not a request at all
  unknown_command,    // no such command, or not one of the daemon's
  bad_argument,       // the message names it
  not_permitted,      // the caller's role does not allow it
  unavailable,        // the daemon has no such part now (no database, no ports)
  too_large,          // the answer is above the limit; ask for less
  busy,               // too many callers
  failed,             // tried and failed; the message says why
  protocol_mismatch,  // the two programs are of different versions
  unreachable,        // client side: nobody answers at the socket
  connection_lost,    // client side: the daemon went away, or sent what is no answer
  interrupted,        // client side: ClientOptions::cancel_fd said so
  count_
};

// The name on the wire and in --json.
[[nodiscard]] std::string_view name_of(ErrorCode code) noexcept;
[[nodiscard]] std::optional<ErrorCode> error_code_named(std::string_view name) noexcept;

// What a person is told, and what a program decides on.
struct CallError {
  ErrorCode code = ErrorCode::failed;
  std::string message;
};

}  // namespace control
