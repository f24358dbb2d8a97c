// SPDX-License-Identifier: Apache-2.0
#include "control/storage/account.hpp"

#include <grp.h>
#include <pwd.h>

#include <array>
#include <cstring>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;

Account account_from(const passwd& entry) {
  Account account{entry.pw_name, entry.pw_uid, entry.pw_gid, {}};
  int count = 64;
  account.groups.resize(64);
  if (getgrouplist(entry.pw_name, entry.pw_gid, account.groups.data(), &count) < 0) {
    account.groups.resize(static_cast<size_t>(count));
    if (getgrouplist(entry.pw_name, entry.pw_gid, account.groups.data(), &count) < 0) count = 0;
  }
  account.groups.resize(static_cast<size_t>(count));
  return account;
}

}  // namespace

OrError<Account> account_named(const std::string& name) {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> strings{};
  const int error = getpwnam_r(name.c_str(), &entry, strings.data(), strings.size(), &found);
  if (found != nullptr) return account_from(entry);
  if (error != 0) {
    return Failure{Error{"account " + name + ": cannot be looked up: " + std::strerror(error)}};
  }
  return Failure{Error{"there is no account \"" + name +
                       "\" to run the private database as: install Debian's postgresql package, "
                       "which makes it, or set another account"}};
}

OrError<Account> account_of(uid_t uid) {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> strings{};
  (void)getpwuid_r(uid, &entry, strings.data(), strings.size(), &found);
  if (found != nullptr) return account_from(entry);
  return Failure{Error{"user id " + std::to_string(uid) +
                       " has no name in /etc/passwd, which the private database needs to know its "
                       "clients by: run as a named account"}};
}

}  // namespace control
