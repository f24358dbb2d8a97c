// SPDX-License-Identifier: Apache-2.0
// The flows that all tables are asked for.
#pragma once

#include "flowtable/flow_key.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bench {

// A key with its hash, both made before anything is measured. 48 bytes without padding: the hash
// follows from the key, so comparing all bytes compares keys.
struct Query {
  flowtable::FlowKey key;
  uint64_t hash = 0;
};
static_assert(sizeof(Query) == 48);

// As every Query has it.
[[nodiscard]] uint64_t hash_of(const flowtable::FlowKey& key) noexcept;

// The n-th flow there is: an IPv4 client of many and one of a thousand servers.
[[nodiscard]] Query query_of(uint64_t number);

// Flows `first` to `first + count - 1`.
[[nodiscard]] std::vector<Query> queries_from(uint64_t first, size_t count);

// `count` questions in random order, `hit_share` of which ask for one of the first `num_known`
// flows and the others for flows that never were.
[[nodiscard]] std::vector<Query> questions(uint64_t num_known, double hit_share, size_t count);

}  // namespace bench
