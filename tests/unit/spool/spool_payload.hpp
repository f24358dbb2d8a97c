// SPDX-License-Identifier: Apache-2.0
// What the tests' records are: the same in every process.
#pragma once

#include "control/spool/spool_load.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace tests {

// Of record `number`, about `bytes` long; two of three can be compressed.
[[nodiscard]] std::string payload_number(uint64_t number, size_t bytes);
[[nodiscard]] control::SpoolLoad load_number(uint64_t number);

}  // namespace tests
