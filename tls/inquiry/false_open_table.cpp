// SPDX-License-Identifier: Apache-2.0
#include "tls/inquiry/false_open_table.hpp"

#include "flowtable/base/byte_reader.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace tls {

using flowtable::Endpoint;
using flowtable::SynFacts;

namespace {

// What a stack says alike in every SYN-ACK: TTL, window and the options, but not their clock (RFC
// 7323 section 3.2). Options that break their format end the list.
uint64_t fingerprint_of(const SynFacts& syn_ack) {
  constexpr uint8_t kNoOperation = 1;
  constexpr uint8_t kTimestamps = 8;
  std::string text;
  for (const int byte : {int{syn_ack.ttl}, syn_ack.window >> 8, syn_ack.window & 0xff})
    text.push_back(static_cast<char>(byte));
  flowtable::ByteReader reader({syn_ack.options.data(), syn_ack.options_size});
  uint8_t kind = 0;
  while (reader.u8(kind)) {
    text.push_back(static_cast<char>(kind));
    if (kind <= kNoOperation) continue;
    uint8_t length = 0;
    flowtable::Bytes value;
    if (!reader.u8(length) || length < 2 || !reader.take(length - size_t{2}, value)) break;
    text.push_back(static_cast<char>(length));
    if (kind != kTimestamps) text.append(value.begin(), value.end());
  }
  return std::hash<std::string>{}(text);
}

}  // namespace

size_t FalseOpenTable::KeyHash::operator()(const Key& key) const noexcept {
  std::array<char, sizeof key.address.bytes + sizeof key.job> text{};
  auto* const end = std::copy(key.address.bytes.begin(), key.address.bytes.end(), text.begin());
  for (size_t i = 0; i < sizeof key.job; ++i)
    end[i] = static_cast<char>(key.job >> 8 * i);
  return std::hash<std::string_view>{}({text.data(), text.size()});
}

FalseOpenTable::Host& FalseOpenTable::host_of(const Key& key) {
  const auto found = young_.find(key);
  if (found != young_.end()) return found->second;
  if (young_.size() >= half_max_) {
    old_ = std::move(young_);
    young_ = Hosts();
  }
  const auto before = old_.find(key);
  if (before == old_.end()) return young_[key];
  const Host host = before->second;
  old_.erase(before);
  return young_[key] = host;
}

void FalseOpenTable::opened(uint32_t job, const Endpoint& server, const SynFacts& syn_ack) {
  Host& host = host_of({job, server.address});
  const uint64_t fingerprint = fingerprint_of(syn_ack);
  if (host.num_ports == 0) host.syn_ack = fingerprint;
  if (host.syn_ack != fingerprint) host.is_real = true;
  auto* const end = host.ports.begin() + host.num_ports;
  if (host.num_ports == kPortsMin || std::find(host.ports.begin(), end, server.port) != end) return;
  host.ports[host.num_ports++] = server.port;
}

void FalseOpenTable::heard(uint32_t job, const Endpoint& server) {
  host_of({job, server.address}).is_real = true;
}

bool FalseOpenTable::is_false(uint32_t job, const Endpoint& server) {
  const Host& host = host_of({job, server.address});
  return !host.is_real && host.num_ports == kPortsMin;
}

}  // namespace tls
