// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/scan_target_list.hpp"

#include <algorithm>

namespace control {
namespace {

// Where DTLS and QUIC usually are: HTTP/3, DNS over QUIC (RFC 9250) and over DTLS (RFC 8094), CoAP
// (RFC 7252), STUN and TURN (RFC 7350), RADIUS (RFC 7360), syslog (RFC 6012), RDP's side channel,
// VPNs, and the port that examples take.
constexpr uint16_t kQuicPorts[] = {443, 784, 853, 4433, 8443};
constexpr uint16_t kDtlsPorts[] = {443, 853, 2083, 3391, 4433, 5349, 5684, 6514, 10161};

bool is_among(std::span<const uint16_t> ports, uint16_t port) {
  return std::ranges::find(ports, port) != ports.end();
}

}  // namespace

// Who names none of the usual ports means those that were named.
std::vector<ScanTargetList::Datagram> ScanTargetList::datagrams_on(
    std::span<const uint16_t> ports) {
  const bool none = std::ranges::none_of(ports, [](uint16_t port) {
    return is_among(kQuicPorts, port) || is_among(kDtlsPorts, port);
  });
  std::vector<Datagram> out;
  for (const uint16_t port : ports) {
    if (none || is_among(kQuicPorts, port)) out.push_back({port, tls::Transport::quic});
    if (none || is_among(kDtlsPorts, port)) out.push_back({port, tls::Transport::dtls});
  }
  return out;
}

ScanTargetList::ScanTargetList(Parts parts) : parts_(std::move(parts)) {
  if (parts_.targets_by_udp) listed_datagrams_ = datagrams_on(parts_.ports);
  // A port of its own is asked by TCP, and by UDP as both.
  const uint64_t with_port = parts_.targets_by_udp ? 3 : 1;
  const uint64_t without_port = parts_.ports.size() + listed_datagrams_.size();
  for (const ResolvedTarget& target : parts_.targets) {
    begins_.push_back(listed_);
    listed_ += target.port ? with_port : without_port;
  }
  size_ = listed_;
  if (parts_.datagrams == nullptr) return;
  datagrams_ = datagrams_on(parts_.datagrams->ports());
  size_ += num_swept() * datagrams_.size();
}

uint64_t ScanTargetList::num_swept() const noexcept {
  const uint64_t all = parts_.datagrams->num_addresses();
  return (all + parts_.shards - parts_.shard) / parts_.shards;
}

void ScanTargetList::ask_target(const ResolvedTarget& target, uint64_t which,
                                tls::ServiceQuestion& out) const {
  out.server.address = target.address;
  out.name = target.name;
  if (target.port) {
    out.server.port = *target.port;
    if (which == 1) out.transport = tls::Transport::quic;
    if (which == 2) out.transport = tls::Transport::dtls;
  } else if (which < parts_.ports.size()) {
    out.server.port = parts_.ports[which];
  } else {
    const Datagram& datagram = listed_datagrams_[which - parts_.ports.size()];
    out.server.port = datagram.port;
    out.transport = datagram.transport;
  }
}

tls::ServiceQuestion ScanTargetList::at(uint64_t number) const {
  tls::ServiceQuestion out;
  if (number >= listed_) {
    const uint64_t rest = number - listed_;
    const Datagram& which = datagrams_[rest % datagrams_.size()];
    const uint64_t address = rest / datagrams_.size() * parts_.shards + parts_.shard - 1;
    out.server = parts_.datagrams->at(address * parts_.datagrams->ports().size());
    out.server.port = which.port;
    out.transport = which.transport;
    return out;
  }
  const auto after = std::ranges::upper_bound(begins_, number);
  const auto index = static_cast<size_t>(after - begins_.begin()) - 1;
  ask_target(parts_.targets[index], number - begins_[index], out);
  return out;
}

}  // namespace control
