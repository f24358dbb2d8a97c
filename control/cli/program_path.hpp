// SPDX-License-Identifier: Apache-2.0
// Where the other program is.
#pragma once

#include <optional>
#include <string>

namespace control {

// tapseald: beside this program, then where packages put it (../libexec/tapseal, ../sbin), then in
// $PATH. Nothing where there is none that may be executed.
[[nodiscard]] std::optional<std::string> find_daemon_program();

}  // namespace control
