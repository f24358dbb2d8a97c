// SPDX-License-Identifier: Apache-2.0
#include "control/ipc/peer.hpp"

#include <grp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;

constexpr size_t kGroupsMax = 65'536;  // NGROUPS_MAX of Linux

// Supplementary groups; empty where the kernel does not tell (before Linux 4.13).
std::vector<gid_t> peer_groups(int socket) {
  std::vector<gid_t> groups(64);
  while (groups.size() <= kGroupsMax) {
    auto bytes = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &bytes) == 0) {
      groups.resize(bytes / sizeof(gid_t));
      return groups;
    }
    if (errno != ERANGE) return {};
    groups.resize(groups.size() * 4);
  }
  return {};
}

OrError<std::optional<gid_t>> find_group(const std::string& name) {
  if (name.empty()) return std::optional<gid_t>();
  group entry{};
  group* found = nullptr;
  std::vector<char> text(size_t{1} << 20);
  getgrnam_r(name.c_str(), &entry, text.data(), text.size(), &found);
  if (found == nullptr) {
    return Failure{Error{"there is no group `" + name + "`; create it (groupadd --system " + name +
                         ") or leave the setting empty"}};
  }
  return std::optional<gid_t>(found->gr_gid);
}

bool is_member(const PeerCredentials& peer, std::optional<gid_t> group) {
  if (!group.has_value()) return false;
  return peer.gid == *group ||
         std::find(peer.groups.begin(), peer.groups.end(), *group) != peer.groups.end();
}

}  // namespace

std::string_view name_of(Role role) noexcept {
  constexpr std::array<std::string_view, 3> kNames{"nobody", "reader", "operator"};
  return kNames[static_cast<size_t>(role)];
}

std::optional<PeerCredentials> KernelPeerSource::peer_of(int socket) {
  ucred credentials{};
  socklen_t bytes = sizeof(credentials);
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &bytes) != 0) return std::nullopt;
  return PeerCredentials{credentials.pid, credentials.uid, credentials.gid, peer_groups(socket)};
}

OrError<AccessRules> AccessRules::of_groups(const std::string& readers_group,
                                            const std::string& operators_group) {
  const OrError<std::optional<gid_t>> readers = find_group(readers_group);
  if (!readers.ok()) return Failure{readers.error()};
  const OrError<std::optional<gid_t>> operators = find_group(operators_group);
  if (!operators.ok()) return Failure{operators.error()};
  return AccessRules{geteuid(), readers.value(), operators.value()};
}

Role AccessRules::role_of(const PeerCredentials& peer) const noexcept {
  if (peer.uid == 0 || peer.uid == own_uid || is_member(peer, operators)) return Role::operator_;
  return is_member(peer, readers) ? Role::reader : Role::nobody;
}

}  // namespace control
