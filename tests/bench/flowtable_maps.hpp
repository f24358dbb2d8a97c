// SPDX-License-Identifier: Apache-2.0
// Peers that are maps of C++. They get the hash that everybody gets, and room for all flows before
// the first one.
#pragma once

#include "tests/bench/flowtable_peers.hpp"

#include <oneapi/tbb/concurrent_hash_map.h>

#include <span>
#include <string_view>
#include <utility>

#if defined(BENCH_WITH_ABSL)
#include <absl/container/flat_hash_map.h>
#endif

namespace bench {

class TbbMap {
 public:
  static constexpr std::string_view kName = "tbb::concurrent_hash_map";
  static constexpr size_t kBytesMax = 192;  // nodes, and buckets up to the next power of two

  TbbMap(Arena& arena, uint32_t flows_max)
      : map_(flows_max, HashCompare{}, ArenaAllocator<Entry>(arena)) {}

  [[nodiscard]] bool insert(const Query& query, Flow* flow) {
    return map_.insert(Entry(query, flow));
  }
  void find(std::span<const Query> burst, std::span<Flow*> out) const {
    Map::const_accessor found;
    for (size_t i = 0; i < burst.size(); ++i)
      out[i] = map_.find(found, burst[i]) ? found->second : nullptr;
  }
  [[nodiscard]] Flow* erase(const Query& query) {
    Map::accessor found;
    if (!map_.find(found, query)) return nullptr;
    Flow* const flow = found->second;
    map_.erase(found);
    return flow;
  }
  [[nodiscard]] static size_t memory_bytes(const Arena& arena) { return arena.bytes_in_use(); }

 private:
  struct HashCompare {
    static size_t hash(const Query& query) noexcept { return query.hash; }
    static bool equal(const Query& left, const Query& right) noexcept {
      return left.key == right.key;
    }
  };
  using Entry = std::pair<const Query, Flow*>;
  using Map = oneapi::tbb::concurrent_hash_map<Query, Flow*, HashCompare, ArenaAllocator<Entry>>;

  Map map_;
};

#if defined(BENCH_WITH_ABSL)
class AbslMap {
 public:
  static constexpr std::string_view kName = "absl::flat_hash_map";
  static constexpr size_t kBytesMax = 256;  // it may grow once, beside the table it had

  AbslMap(Arena& arena, uint32_t flows_max) : map_(ArenaAllocator<Entry>(arena)) {
    map_.reserve(flows_max);
  }

  [[nodiscard]] bool insert(const Query& query, Flow* flow) {
    const auto made =
        map_.lazy_emplace(query, [&](const auto& construct) { construct(query.key, flow); });
    return made->second == flow;
  }
  void find(std::span<const Query> burst, std::span<Flow*> out) const {
    for (size_t i = 0; i < burst.size(); ++i) {
      const auto found = map_.find(burst[i]);
      out[i] = found != map_.end() ? found->second : nullptr;
    }
  }
  [[nodiscard]] Flow* erase(const Query& query) {
    const auto found = map_.find(query);
    if (found == map_.end()) return nullptr;
    Flow* const flow = found->second;
    map_.erase(found);
    return flow;
  }
  [[nodiscard]] static size_t memory_bytes(const Arena& arena) { return arena.bytes_in_use(); }

 private:
  // Keys are kept without their hash, questions bring it.
  struct Hash {
    using is_transparent = void;
    size_t operator()(const Query& query) const noexcept { return query.hash; }
    size_t operator()(const flowtable::FlowKey& key) const noexcept { return hash_of(key); }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const flowtable::FlowKey& left,
                    const flowtable::FlowKey& right) const noexcept {
      return left == right;
    }
    bool operator()(const flowtable::FlowKey& left, const Query& right) const noexcept {
      return left == right.key;
    }
  };
  using Entry = std::pair<const flowtable::FlowKey, Flow*>;
  using Map = absl::flat_hash_map<flowtable::FlowKey, Flow*, Hash, Equal, ArenaAllocator<Entry>>;

  Map map_;
};
#endif

}  // namespace bench
