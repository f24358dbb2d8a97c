// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/flowtable_keys.hpp"

#include <array>
#include <random>

namespace bench {
namespace {

using flowtable::FlowKey;
using flowtable::IpAddress;

constexpr uint64_t kSeed = 0x5eed;
constexpr uint64_t kNeverThere = uint64_t{1} << 31;
constexpr uint8_t kTcp = 6;

}  // namespace

uint64_t hash_of(const FlowKey& key) noexcept {
  return flowtable::hash_flow_key(key, kSeed);
}

Query query_of(uint64_t number) {
  // An odd factor gives each number a client of its own, and neighbours nothing in common.
  const auto client_number = static_cast<uint32_t>(number * 0x9e3779b1);
  const std::array<uint8_t, 4> client = {
      static_cast<uint8_t>(client_number >> 24), static_cast<uint8_t>(client_number >> 16),
      static_cast<uint8_t>(client_number >> 8), static_cast<uint8_t>(client_number)};
  const std::array<uint8_t, 4> server = {192, 0, static_cast<uint8_t>(number % 4),
                                         static_cast<uint8_t>(number / 4 % 250)};
  const auto port = static_cast<uint16_t>(1024 + number % 60'000);
  const FlowKey key =
      FlowKey::of({IpAddress::from_bytes(client), port}, {IpAddress::from_bytes(server), 443}, kTcp)
          .key;
  return {key, hash_of(key)};
}

std::vector<Query> queries_from(uint64_t first, size_t count) {
  std::vector<Query> out(count);
  for (size_t i = 0; i < count; ++i)
    out[i] = query_of(first + i);
  return out;
}

std::vector<Query> questions(uint64_t num_known, double hit_share, size_t count) {
  std::mt19937_64 random{kSeed};
  std::uniform_int_distribution<uint64_t> number{0, num_known - 1};
  std::bernoulli_distribution hit{hit_share};
  std::vector<Query> out(count);
  for (Query& query : out)
    query = query_of(number(random) + (hit(random) ? 0 : kNeverThere));
  return out;
}

}  // namespace bench
