// SPDX-License-Identifier: Apache-2.0
// From the names of a scan to addresses.
#pragma once

#include "control/scan/scan_targets.hpp"
#include "flowtable/flow_key.hpp"

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace control {

struct NameAnswer {
  std::vector<flowtable::IpAddress> addresses;  // empty: `error` says why
  std::string error;
};

class NameResolver {
 public:
  virtual ~NameResolver() = default;
  // May wait as long as the network does.
  [[nodiscard]] virtual NameAnswer resolve(const std::string& name) = 0;
};

// As every program of this machine resolves names: getaddrinfo(3), A and AAAA. Waits; never to be
// called on the control thread.
class SystemResolver final : public NameResolver {
 public:
  [[nodiscard]] NameAnswer resolve(const std::string& name) override;
};

// One question: the address, and the name to ask it for.
struct ResolvedTarget {
  flowtable::IpAddress address;
  std::string name;              // SNI; empty: none
  std::optional<uint16_t> port;  // nothing: every port of the scan

  auto operator<=>(const ResolvedTarget&) const = default;
};

// A name without an address is an outcome of a scan, not a failure of it.
struct UnresolvedName {
  std::string name;
  std::optional<uint16_t> port;
  std::string why;
};

struct ResolvedTargets {
  std::vector<ResolvedTarget> targets;     // every address of every name; each once
  std::vector<UnresolvedName> unresolved;  // in the order of the list
};

// Each name is resolved once, whatever ports it is listed with. When `stop` becomes true, the names
// not yet resolved are told as such.
[[nodiscard]] ResolvedTargets resolve_targets(std::span<const NamedTarget> list,
                                              NameResolver& resolver,
                                              const std::atomic<bool>& stop);

}  // namespace control
