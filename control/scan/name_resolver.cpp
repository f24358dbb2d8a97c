// SPDX-License-Identifier: Apache-2.0
#include "control/scan/name_resolver.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <memory>

namespace control {
namespace {

using flowtable::IpAddress;

struct FreeAnswers {
  void operator()(addrinfo* answers) const noexcept { freeaddrinfo(answers); }
};

std::optional<IpAddress> address_of(const addrinfo& answer) {
  if (answer.ai_family == AF_INET) {
    const auto* const v4 = reinterpret_cast<const sockaddr_in*>(answer.ai_addr);
    const auto* const bytes = reinterpret_cast<const uint8_t*>(&v4->sin_addr);
    return IpAddress::from_bytes({bytes, 4});
  }
  if (answer.ai_family == AF_INET6) {
    const auto* const v6 = reinterpret_cast<const sockaddr_in6*>(answer.ai_addr);
    const auto* const bytes = reinterpret_cast<const uint8_t*>(&v6->sin6_addr);
    return IpAddress::from_bytes({bytes, 16});
  }
  return std::nullopt;
}

}  // namespace

NameAnswer SystemResolver::resolve(const std::string& name) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  const int failed = getaddrinfo(name.c_str(), nullptr, &hints, &first);
  const int system_error = errno;
  if (failed == EAI_SYSTEM) return {{}, std::strerror(system_error)};
  if (failed != 0) return {{}, gai_strerror(failed)};
  const std::unique_ptr<addrinfo, FreeAnswers> answers(first);
  NameAnswer out;
  for (const addrinfo* each = answers.get(); each != nullptr; each = each->ai_next) {
    const std::optional<IpAddress> address = address_of(*each);
    if (address.has_value()) out.addresses.push_back(*address);
  }
  if (out.addresses.empty()) out.error = "no address of IPv4 or IPv6";
  return out;
}

ResolvedTargets resolve_targets(std::span<const NamedTarget> list, NameResolver& resolver,
                                const std::atomic<bool>& stop) {
  ResolvedTargets out;
  std::map<std::string, NameAnswer> answers;
  for (const NamedTarget& target : list) {
    if (target.address.has_value()) {
      out.targets.push_back({*target.address, "", target.port});
      continue;
    }
    auto found = answers.find(target.name);
    if (found == answers.end()) {
      NameAnswer answer{{}, "the scan was stopped before it was asked"};
      if (!stop.load(std::memory_order_relaxed)) answer = resolver.resolve(target.name);
      found = answers.emplace(target.name, std::move(answer)).first;
    }
    for (const IpAddress& address : found->second.addresses)
      out.targets.push_back({address, target.name, target.port});
    if (found->second.addresses.empty())
      out.unresolved.push_back({target.name, target.port, found->second.error});
  }
  std::sort(out.targets.begin(), out.targets.end());
  out.targets.erase(std::unique(out.targets.begin(), out.targets.end()), out.targets.end());
  return out;
}

}  // namespace control
