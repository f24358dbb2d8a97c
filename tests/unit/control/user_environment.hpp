// SPDX-License-Identifier: Apache-2.0
// Where a person who is not root runs the program.
#pragma once

#include "control/config/environment.hpp"

namespace control {

inline const Environment kUser{false, "/home/u", "", "/run/user/7", "", "probe-1"};

}  // namespace control
