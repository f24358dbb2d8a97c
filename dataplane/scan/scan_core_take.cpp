// SPDX-License-Identifier: Apache-2.0
// Frames: whose they are, and who takes them.
#include "dataplane/scan/scan_core.hpp"
#include "dataplane/scan/scan_core_state.hpp"

#include <algorithm>

namespace dataplane {

using flowtable::ByteReader;
using flowtable::Bytes;
using flowtable::Endpoint;
using flowtable::IpAddress;
using flowtable::Tick;

namespace {

// Of router and neighbour discovery (RFC 4861 section 4).
bool is_discovery(const ScanFrame& frame) noexcept {
  ByteReader reader(frame.body);
  uint8_t type = 0;
  return frame.protocol == IpProtocol::kIcmp6 && reader.u8(type) &&
         type >= Icmp6Type::kRouterSolicitation && type <= Icmp6Type::kRedirect;
}

FrameOwner owner_of_port(const ScanSite& site, uint16_t port, uint16_t cores) noexcept {
  for (const PortRange& range : {site.probe_ports, site.dial_ports})
    if (range.contains(port)) return {FrameOwner::Whose::one_core, owner_of(range, port, cores)};
  return {};
}

FrameOwner owner_of_icmp(const ScanSite& site, uint16_t cores, const ScanFrame& frame) noexcept {
  IcmpError error;
  if (read_icmp_error(frame, error))
    return is_own(site, error.ours.address) ? owner_of_port(site, error.ours.port, cores)
                                            : FrameOwner();
  ByteReader reader(frame.body);
  uint8_t type = 0;
  const uint8_t echo = frame.protocol == IpProtocol::kIcmp ? 8 : Icmp6Type::kEchoRequest;
  if (reader.u8(type) && type == echo) return {FrameOwner::Whose::one_core, 0};
  return {};
}

// Questions about our addresses, answers to us, and what a neighbour says to all.
FrameOwner owner_of_arp(const ScanSite& site, const ScanFrame& frame) noexcept {
  ArpMessage message;
  if (!read_arp(frame.body, message)) return {};
  if (is_own(site, message.target) || message.sender == message.target)
    return {FrameOwner::Whose::every_core, 0};
  return {};
}

bool is_group(const IpAddress& address) noexcept {
  return address.bytes[0] == 0xff;
}

}  // namespace

FrameOwner owner_of_frame(const ScanSite& site, uint16_t cores, Bytes bytes) noexcept {
  ScanFrame frame;
  if (!read_scan_frame(bytes, site.vlan, frame)) return {};
  if (frame.kind == ScanFrame::Kind::arp) return owner_of_arp(site, frame);
  const bool own = is_own(site, frame.destination);
  if (is_discovery(frame) && (own || is_group(frame.destination)))
    return {FrameOwner::Whose::every_core, 0};
  if (!own || frame.fragment) return {};
  if (frame.protocol == IpProtocol::kIcmp || frame.protocol == IpProtocol::kIcmp6)
    return owner_of_icmp(site, cores, frame);
  PortPair ports;
  if ((frame.protocol != IpProtocol::kTcp && frame.protocol != IpProtocol::kUdp) ||
      !read_ports(frame, ports))
    return {};
  return owner_of_port(site, ports.destination, cores);
}

void ScanCore::State::take(Bytes bytes, Answers answers, Tick now) noexcept {
  ScanFrame frame;
  if (!read_scan_frame(bytes, site_.vlan, frame)) return counters_.add(ScanCounter::frames_strange);
  if (frame.kind == ScanFrame::Kind::arp)
    return neighbours_.take_arp(frame, answers == Answers::yes, now);
  take_ip(frame, answers, now);
}

void ScanCore::State::take_ip(const ScanFrame& frame, Answers answers, Tick now) noexcept {
  const bool discovery = is_discovery(frame);
  const bool own = is_own(site_, frame.destination);
  if (frame.fragment || (!own && !(discovery && is_group(frame.destination))))
    return counters_.add(ScanCounter::frames_strange);
  const ChecksumFate fate = check_sums(frame);
  if (fate == ChecksumFate::wrong) return counters_.add(ScanCounter::checksums_wrong);
  if (fate == ChecksumFate::partial) counters_.add(ScanCounter::checksums_partial);
  if (discovery) return neighbours_.take_discovery(frame, answers == Answers::yes, now);
  if (frame.protocol == IpProtocol::kTcp || frame.protocol == IpProtocol::kUdp)
    return take_transport(frame, now);
  take_icmp(frame, now);
}

void ScanCore::State::take_icmp(const ScanFrame& frame, Tick now) noexcept {
  IcmpError error;
  if (!read_icmp_error(frame, error)) return neighbours_.take_echo(frame, now);
  if (!is_own(site_, error.ours.address)) return counters_.add(ScanCounter::icmp_ignored);
  const bool known =
      error.protocol == IpProtocol::kUdp ? udp_.take_icmp(error, now) : tcp_.take_icmp(error, now);
  if (known) return;
  if (error.protocol == IpProtocol::kTcp && probe_ports_.contains(error.ours.port))
    return sweep_.take_icmp(error, now);
  counters_.add(ScanCounter::icmp_ignored);
}

void ScanCore::State::take_transport(const ScanFrame& frame, Tick now) noexcept {
  PacketView packet;
  if (!read_transport(frame, hash_seed_, now, packet))
    return counters_.add(ScanCounter::frames_strange);
  if (frame.protocol == IpProtocol::kUdp) {
    if (!udp_.accept(packet)) counters_.add(ScanCounter::datagrams_stray);
    return;
  }
  if (tcp_.accept(packet)) return;
  // Nobody asked for what comes to other ports: silence tells a scanner of our network least.
  if (!probe_ports_.contains(packet.key.endpoint(other(packet.sender)).port))
    return counters_.add(ScanCounter::segments_stray);
  sweep_.take(packet, back_to(frame, now));
}

// The way there as we know it, not as the frame has it: whoever sent that may not be the gateway.
LinkHeader ScanCore::State::back_to(const ScanFrame& frame, Tick now) noexcept {
  LinkHeader link{frame.sender, site_.mac, site_.vlan};
  const auto route = route_to(site_, frame.source);
  if (!route) return link;
  const Neighbours::Found found = neighbours_.find(route->next_hop, now);
  if (found.state == Neighbours::State::known) link.next_hop = found.mac;
  return link;
}

}  // namespace dataplane
