// SPDX-License-Identifier: Apache-2.0
// A quick hash of bytes for tables.
#pragma once

#include "flowtable/base/byte_reader.hpp"

#include <cstdint>

namespace tls {

// 64 good bits by two multiplications for 32 bytes; a digest costs ten times as much. No digest:
// who knows the seed finds bytes of the same hash. So a table compares keys whole, and takes a seed
// that nobody outside knows, lest its entries be aimed at one place. Not for what is stored: the
// value differs between machines of different byte order.
[[nodiscard]] uint64_t keyed_hash(flowtable::Bytes bytes, uint64_t seed) noexcept;

// A seed of this process.
[[nodiscard]] uint64_t process_seed();

}  // namespace tls
