// SPDX-License-Identifier: Apache-2.0
// Who is at the other end of the control socket, and what they may do.
#pragma once

#include "flowtable/base/result.hpp"

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace control {

// In rising order: a higher role may do everything a lower one may.
enum class Role : uint8_t { nobody, reader, operator_ };
[[nodiscard]] std::string_view name_of(Role role) noexcept;

// As the kernel states them for the process that connected (unix(7): SO_PEERCRED, SO_PEERGROUPS);
// they cannot be forged.
struct PeerCredentials {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // supplementary
};

// Where credentials come from. An interface so that tests can be anybody.
class PeerSource {
 public:
  virtual ~PeerSource() = default;
  // Nothing where the kernel does not say: such a peer has no role.
  [[nodiscard]] virtual std::optional<PeerCredentials> peer_of(int socket) = 0;
};

class KernelPeerSource final : public PeerSource {
 public:
  [[nodiscard]] std::optional<PeerCredentials> peer_of(int socket) override;
};

struct AccessRules {
  uid_t own_uid = 0;
  std::optional<gid_t> readers;
  std::optional<gid_t> operators;

  // Looks the groups up by name; an empty name is no group. Error: a group that does not exist.
  [[nodiscard]] static flowtable::OrError<AccessRules> of_groups(
      const std::string& readers_group, const std::string& operators_group);

  // Root, the daemon's own user and the operators' group: operator. The readers' group: reader.
  [[nodiscard]] Role role_of(const PeerCredentials& peer) const noexcept;
  // Whether anybody but root and the own user has a role.
  [[nodiscard]] bool has_groups() const noexcept { return readers || operators; }
};

}  // namespace control
