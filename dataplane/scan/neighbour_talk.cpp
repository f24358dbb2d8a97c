// SPDX-License-Identifier: Apache-2.0
// What is said to neighbours and heard from them. (What is known of them: neighbours.cpp.)
#include "dataplane/scan/neighbours.hpp"
#include "dataplane/scan/own_addresses.hpp"

#include <algorithm>

namespace dataplane {

using flowtable::ByteReader;
using flowtable::IpAddress;
using flowtable::Tick;

void Neighbours::send(size_t length, ScanCounter sent) noexcept {
  if (length == 0) return counters_.add(ScanCounter::neighbour_frames_unsent);
  sink_.send(length);
  counters_.add(sent);
}

void Neighbours::ask(Neighbour& at, Tick now) noexcept {
  ++at.asked;
  at.asked_at = now;
  const OwnAddress* const from = source_for(site_, at.address);
  if (from == nullptr) return;
  LinkHeader link{kBroadcastMac, site_.mac, site_.vlan};
  if (at.address.is_v4()) {
    const ArpMessage request{ArpMessage::kRequest, site_.mac, from->address, {}, at.address};
    return send(write_arp(link, request, sink_.room()), ScanCounter::neighbours_asked);
  }
  const IpAddress group = solicited_node(at.address);
  link.next_hop = group_mac(group);
  const auto rest = bytes_of({Icmp6Type::kNeighbourSolicitation, 0, at.address, site_.mac});
  const OwnIcmp message{
      from->address, group, NeighbourMessage::kHops, Icmp6Type::kNeighbourSolicitation, 0, rest};
  send(write_icmp(link, message, sink_.room()), ScanCounter::neighbours_asked);
}

void Neighbours::take_arp(const ScanFrame& frame, bool answers, Tick now) noexcept {
  ArpMessage message;
  if (!read_arp(frame.body, message)) return;
  const bool to_us = is_own(site_, message.target);
  // RFC 826: who asks us will be asked by us. 0.0.0.0 is a probe (RFC 5227) and nobody's address.
  if (number_of(message.sender) != Uint128{0xffff} << 32)
    learn({message.sender, message.sender_mac}, to_us ? Unheard::keep : Unheard::ignore, now);
  if (!to_us || message.operation != ArpMessage::kRequest || !answers) return;
  if (answers_.take(now, 1) == 0) return counters_.add(ScanCounter::answers_over_rate);
  answer_arp(message);
}

void Neighbours::answer_arp(const ArpMessage& request) noexcept {
  const ArpMessage reply{ArpMessage::kReply, site_.mac, request.target, request.sender_mac,
                         request.sender};
  send(write_arp({request.sender_mac, site_.mac, site_.vlan}, reply, sink_.room()),
       ScanCounter::neighbours_answered);
}

void Neighbours::take_discovery(const ScanFrame& frame, bool answers, Tick now) noexcept {
  NeighbourMessage message;
  if (frame.hops != NeighbourMessage::kHops || !read_neighbour_message(frame.body, message)) return;
  if (message.type == Icmp6Type::kNeighbourAdvertisement) {
    const bool overrides = (message.flags & NeighbourMessage::kOverride) != 0;
    // Without the option the address is that of the frame: only where it was asked by unicast,
    // but some leave it out always.
    learn({message.target, message.mac.value_or(frame.sender), overrides}, Unheard::ignore, now);
  } else if (message.type == Icmp6Type::kNeighbourSolicitation && is_own(site_, message.target)) {
    // Unspecified source: somebody wants to have our address (RFC 4862 section 5.4).
    if (number_of(frame.source) != 0 && message.mac)
      learn({frame.source, *message.mac}, Unheard::keep, now);
    if (!answers) return;
    if (answers_.take(now, 1) == 0) return counters_.add(ScanCounter::answers_over_rate);
    answer_solicitation(frame, message);
  }
}

// RFC 4861 section 7.2.4.
void Neighbours::answer_solicitation(const ScanFrame& frame,
                                     const NeighbourMessage& asked) noexcept {
  NeighbourMessage reply{Icmp6Type::kNeighbourAdvertisement, NeighbourMessage::kOverride,
                         asked.target, site_.mac};
  IpAddress to = frame.source;
  LinkHeader link{asked.mac.value_or(frame.sender), site_.mac, site_.vlan};
  if (number_of(frame.source) == 0) {
    to = address_of(Uint128{0xff02} << 112 | 1);  // all nodes
    link.next_hop = group_mac(to);
  } else {
    reply.flags |= NeighbourMessage::kSolicited;
  }
  const auto rest = bytes_of(reply);
  const OwnIcmp message{asked.target, to, NeighbourMessage::kHops, reply.type, 0, rest};
  send(write_icmp(link, message, sink_.room()), ScanCounter::neighbours_answered);
}

// RFC 792, RFC 4443 section 4.2. Back to where the frame came from: whoever asks through a gateway
// is answered through it.
void Neighbours::take_echo(const ScanFrame& frame, Tick now) noexcept {
  ByteReader reader(frame.body);
  const bool v4 = frame.protocol == IpProtocol::kIcmp;
  uint8_t type = 0, code = 0;
  if (!reader.u8(type) || !reader.u8(code) || !reader.skip(2) || code != 0 ||
      type != (v4 ? 8 : Icmp6Type::kEchoRequest) || (frame.sender[0] & 1) != 0)
    return;
  if (echoes_.take(now, 1) == 0) return counters_.add(ScanCounter::answers_over_rate);
  const OwnIcmp reply{
      frame.destination, frame.source, 64, v4 ? uint8_t{0} : Icmp6Type::kEchoReply, 0,
      reader.rest()};
  send(write_icmp({frame.sender, site_.mac, site_.vlan}, reply, sink_.room()),
       ScanCounter::echoes_answered);
}

}  // namespace dataplane
