// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4), for the identity of certificate chains.
#pragma once

#include "flowtable/base/byte_reader.hpp"

#include <array>
#include <cstdint>

namespace control {

// This library links libpq alone (layer law), and the chain's id is needed before the row travels.
// A chain is a few hundred bytes, so speed is no concern. No secrets pass through here.
[[nodiscard]] std::array<uint8_t, 32> sha256_of(flowtable::Bytes message);

}  // namespace control
