// SPDX-License-Identifier: Apache-2.0
#include "control/cli/exit_code.hpp"

namespace control {
namespace {

constexpr ExitCodeText kTexts[] = {
    {ExitCode::ok, "Done."},
    {ExitCode::failed, "Tried and failed; the message says why."},
    {ExitCode::usage, "Wrong command line."},
    {ExitCode::unreachable, "No daemon answers."},
    {ExitCode::not_permitted, "The daemon does not allow it to this user."},
    {ExitCode::bad_input, "An input file is not a capture, or is broken."},
    {ExitCode::no_input, "An input file is missing, a directory or not readable."},
    {ExitCode::bad_config, "Wrong configuration; every problem is named with its line."},
    {ExitCode::interrupted, "Ended by Ctrl-C."},
};

}  // namespace

std::span<const ExitCodeText> exit_code_table() noexcept {
  return kTexts;
}

ExitCode exit_code_of(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::bad_request:
    case ErrorCode::unknown_command:
    case ErrorCode::bad_argument:
      return ExitCode::usage;
    case ErrorCode::not_permitted:
      return ExitCode::not_permitted;
    case ErrorCode::unreachable:
      return ExitCode::unreachable;
    case ErrorCode::interrupted:
      return ExitCode::interrupted;
    case ErrorCode::unavailable:
    case ErrorCode::too_large:
    case ErrorCode::busy:
    case ErrorCode::failed:
    case ErrorCode::protocol_mismatch:
    case ErrorCode::connection_lost:
    case ErrorCode::count_:
      break;
  }
  return ExitCode::failed;
}

}  // namespace control
