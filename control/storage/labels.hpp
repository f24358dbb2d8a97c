// SPDX-License-Identifier: Apache-2.0
// What people call things: rules that give tags, and owners.
#pragma once

#include "control/storage/connection.hpp"
#include "flowtable/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace control {

// Applies where everything that it names does; names at least one of network, port, name, issuer.
struct TagRule {
  std::string tag;
  std::optional<std::string> owner{};
  std::optional<std::string> network{};  // an address, or a network
  std::optional<int64_t> port{};
  std::optional<std::string> name_suffix{};  // itself and everything below it
  std::optional<std::string> issuer{};       // words, in their order
};

// Writes, one transaction a call, over a connection of its own: rare, and never in the way of the
// writer of what is seen.
class Labels {
 public:
  explicit Labels(DatabaseAddress address) : address_(std::move(address)) {}

  // The number of the new rule. An owner that is not known yet becomes one.
  flowtable::OrError<int64_t> add(const TagRule& rule);
  // Whether there was such a rule.
  flowtable::OrError<bool> remove_rule(int64_t id);
  flowtable::OrError<void> set_owner(const std::string& name, const std::string& contact);
  // Its rules stay, without an owner. Whether there was such an owner.
  flowtable::OrError<bool> remove_owner(const std::string& name);

 private:
  flowtable::OrError<QueryRows> run(const std::string& sql,
                                    const DatabaseConnection::Parameters& parameters);

  const DatabaseAddress address_;
};

}  // namespace control
