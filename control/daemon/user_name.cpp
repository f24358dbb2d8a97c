// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/user_name.hpp"

#include <pwd.h>

#include <array>

namespace control {

std::string user_name(uid_t uid) {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> room{};
  if (getpwuid_r(uid, &entry, room.data(), room.size(), &found) == 0 && found != nullptr)
    return found->pw_name;
  return std::to_string(uid);
}

}  // namespace control
