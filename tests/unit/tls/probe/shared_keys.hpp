// SPDX-License-Identifier: Apache-2.0
// Key shares that are made once for all tests of a program.
#pragma once

#include "tls/probe/key_shares.hpp"

namespace tls::probe {

inline const KeyShares& shares() {
  static const KeyShares all;
  return all;
}

}  // namespace tls::probe
