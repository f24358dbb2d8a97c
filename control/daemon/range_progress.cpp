// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/range_progress.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace control {
namespace {

// Takes a number, and the character that has to follow it.
bool take(std::string_view& text, uint64_t& number, char then) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data() + text.size() || *end != then) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()) + 1);
  return true;
}

// "3/8:1200;" or, where it is over, "3/8:1200f;".
std::optional<ShardCheckpoint> take_shard(std::string_view& text) {
  ShardCheckpoint out;
  if (!take(text, out.shard, '/') || !take(text, out.shards, ':')) return std::nullopt;
  std::string_view rest = text;
  if (take(rest, out.step, ';')) {
    text = rest;
    return out;
  }
  out.finished = true;
  if (!take(text, out.step, 'f') || !text.starts_with(';')) return std::nullopt;
  text.remove_prefix(1);
  return out;
}

// Every exponent of the range is in exactly one part.
bool is_whole_cut(std::vector<ShardCheckpoint> parts, uint64_t shard, uint64_t shards) {
  if (parts.empty()) return false;
  std::ranges::sort(parts, {}, &ShardCheckpoint::shard);
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].shards != shards * parts.size() || parts[i].shard != shard + shards * i)
      return false;
  }
  return true;
}

}  // namespace

RangeProgress progress_of(const std::vector<ShardCheckpoint>& shards) {
  RangeProgress out;
  ScanCounts sum;
  for (const ShardCheckpoint& each : shards) {
    out.index += each.step;
    out.checkpoint += std::to_string(each.shard) + "/" + std::to_string(each.shards) + ":" +
                      std::to_string(each.step) + (each.finished ? "f;" : ";");
    sum += each.counts;
  }
  out.targets = sum.targets;
  out.open = sum.open;
  out.closed = sum.closed;
  out.unreachable = sum.unreachable;
  out.silent = sum.silent;
  out.lost_locally = sum.lost_locally;
  out.probes = sum.probes;
  return out;
}

std::vector<ShardCheckpoint> shards_of(const RangeProgress& progress, uint64_t shard,
                                       uint64_t shards) {
  std::vector<ShardCheckpoint> out;
  std::string_view text = progress.checkpoint;
  while (!text.empty()) {
    const auto each = take_shard(text);
    if (!each) return {};
    out.push_back(*each);
  }
  if (!is_whole_cut(out, shard, shards)) return {};
  // Whose part of the counts each was nobody needs to know any more.
  out.front().counts = {.targets = progress.targets,
                        .open = progress.open,
                        .closed = progress.closed,
                        .unreachable = progress.unreachable,
                        .silent = progress.silent,
                        .lost_locally = progress.lost_locally,
                        .probes = progress.probes};
  return out;
}

}  // namespace control
