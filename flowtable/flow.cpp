// SPDX-License-Identifier: Apache-2.0
#include "flowtable/flow.hpp"

namespace flowtable {

FlowKey Flow::load_key() const noexcept {
  FlowKey out;
  out.words[1] = hosts[0].observe();
  out.words[3] = hosts[1].observe();
  out.words[4] = FlowKey::last_word(ports.observe(), kind.observe());
  if (out.has_networks()) {
    out.words[0] = networks().words[0].observe();
    out.words[2] = networks().words[1].observe();
  }
  return out;
}

void Flow::publish_key(const FlowKey& key) noexcept {
  hosts[0].publish(key.words[1]);
  hosts[1].publish(key.words[3]);
  ports.publish(key.ports());
  kind.publish(key.kind());
  if (!key.has_networks()) return;
  networks().words[0].publish(key.words[0]);
  networks().words[1].publish(key.words[2]);
}

void Flow::start(const FlowKey& key, Tick now) noexcept {
  publish_key(key);
  last_seen_ns.publish(ns_since_epoch(now));
  state.publish(0);
  standing.publish(FlowStanding(0).word());
  for (size_t side = 0; side < 2; ++side) {
    packets[side].publish(0);
    counted[side].publish(0);
  }
  next_seq = {};
  FlowDetails& beside = details();
  beside.first_seen_ns.publish(ns_since_epoch(now));
  beside.isn = {};
  capture() = kNone;
}

}  // namespace flowtable
