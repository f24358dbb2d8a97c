// SPDX-License-Identifier: Apache-2.0
// Accounts of the operating system.
#pragma once

#include "flowtable/base/result.hpp"

#include <sys/types.h>

#include <string>
#include <vector>

namespace control {

// An account that a child runs as. Only root can become somebody else.
struct Account {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
};

[[nodiscard]] flowtable::OrError<Account> account_named(const std::string& name);
[[nodiscard]] flowtable::OrError<Account> account_of(uid_t uid);

}  // namespace control
