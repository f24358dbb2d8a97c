// SPDX-License-Identifier: Apache-2.0
// Who somebody is, for people.
#pragma once

#include <sys/types.h>

#include <string>

namespace control {

// The account's name; its number where it has none.
[[nodiscard]] std::string user_name(uid_t uid);

}  // namespace control
