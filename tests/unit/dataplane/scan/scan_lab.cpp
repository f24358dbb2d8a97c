// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/dataplane/scan/scan_lab.hpp"

#include "dataplane/scan/neighbour_frames.hpp"
#include "dataplane/scan/own_addresses.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace dataplane {

using flowtable::Bytes;

IpAddress ip4(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
  return IpAddress::from_bytes(std::array<uint8_t, 4>{a, b, c, d});
}

IpAddress ip6(uint16_t subnet, uint32_t host) {
  return address_of(Uint128{0x20010db8} << 96 | Uint128{subnet} << 80 | host);
}

ScanLab::ScanLab(const LabOptions& options) : options_(options) {
  site.addresses = {{ip4(10, 0, 0, 1), 120, ip4(10, 0, 0, 254)}, {ip6(0, 1), 64, ip6(0, 0xfe)}};
  site.mac = {0x02, 0, 0, 0, 0, 0x01};
  site.vlan = options.vlan;
  if (options.allow_all) {
    site.allowed = AddressSet(std::vector{AddressRange::of_prefix(ip4(10, 0, 0, 0), 104),
                                          AddressRange::of_prefix(ip6(0, 0), 32)});
  } else {
    site.allowed = AddressSet(std::vector{AddressRange::of_prefix(ip4(10, 1, 0, 0), 120)});
  }
  site.caps = options.caps;
  site.tcp.connections_max = options.connections_max;
  for (uint16_t i = 0; i < options.cores; ++i)
    cores.push_back(std::make_unique<Core>(*this, i, options));
}

ScanLab::Core::Core(ScanLab& its_lab, uint16_t number, const LabOptions& options)
    : lab(its_lab),
      index(number),
      exchange({.events = options.events, .replies = options.replies, .orders = 64, .dials = 64}) {
  core = std::make_unique<ScanCore>(
      ScanCore::Parts{lab.site, exchange, *this, control, progress, number, options.cores},
      lab.now);
}

std::span<uint8_t> ScanLab::Core::room() noexcept {
  if (lab.wire_is_full) return {};
  return frame;
}

void ScanLab::Core::send(size_t length) noexcept {
  lab.note(*this, length);
}

MacAddress ScanLab::mac_of(const IpAddress& address) const {
  MacAddress mac{0x02, 0x11};
  std::copy(address.bytes.begin() + 12, address.bytes.end(), mac.begin() + 2);
  return mac;
}

LinkHeader ScanLab::to_us(const IpAddress& from) const {
  const auto route = route_to(site, from);
  return {site.mac, mac_of(route ? route->next_hop : from), options_.vlan};
}

ScanLab::Host ScanLab::truth(const Endpoint& target) const {
  if (const auto found = set_.find(target); found != set_.end()) return found->second;
  const auto host = static_cast<uint32_t>(number_of(target.address));
  const uint32_t mixed = (host * 2654435761u) >> 8;
  if (is_on_link(site, target.address) && mixed % 4 == 0) return Host::nobody;
  return static_cast<Host>((mixed / 4 + target.port) % 4);
}

TargetOutcome ScanLab::outcome_of(const Endpoint& target) const {
  if (is_never_asked(site, target.address)) return TargetOutcome::lost_locally;
  switch (truth(target)) {
    case Host::open:
      return TargetOutcome::open;
    case Host::closed:
      return TargetOutcome::closed;
    case Host::unreachable:
      return TargetOutcome::unreachable;
    default:
      return TargetOutcome::silent;
  }
}

void ScanLab::begin(const Asked& wanted) {
  const AddressSet all(wanted.ranges);
  auto made = TargetSpace::make({all, all, {}, wanted.ports});
  ASSERT_TRUE(made);
  space = std::make_unique<TargetSpace>(std::move(made.value()));
  for (auto& each : cores) {
    auto plan = std::make_unique<ScanPlan>();
    plan->job = wanted.job;
    plan->space = space.get();
    plan->probes.group = TargetGroup::make(space->size(), 3);
    plan->probes.shard = each->index;
    plan->probes.shards = cores.size();
    if (!wanted.from_steps.empty()) plan->probes.from_step = wanted.from_steps[each->index];
    plan->probes.in_flight_max = wanted.in_flight_max;
    plan->probes.attempts = wanted.attempts;
    plan->probes.wait = 500 * kMs;
    plan->cookie_key = {1, each->index};
    plan->tell_silent = plan->tell_closed = true;
    each->control.plan = plan.get();
    (void)each->core->work(now);  // so that the old one may go
    each->plan = std::move(plan);
  }
}

void ScanLab::round() {
  now += options_.step;
  while (!flying_.empty() && flying_.top().at <= now) {
    const ByteString frame = flying_.top().frame;
    flying_.pop();
    deliver(frame);
  }
  for (auto& each : cores) {
    (void)each->core->work(now);
    if (!workers_listen) continue;
    std::array<ScanEvent, 1> event;
    while (each->exchange.events.pop(event) == 1)
      events.push_back(event[0]);
    std::array<ScanReply, 64> some;
    for (size_t got = some.size(); got == some.size();) {
      got = each->exchange.replies.pop(some);
      for (size_t i = 0; i < got; ++i)
        replies[some[i].server].push_back(some[i]);
    }
  }
}

void ScanLab::deliver(const ByteString& frame) {
  const FrameOwner owner = owner_of_frame(site, static_cast<uint16_t>(cores.size()), frame);
  if (owner.whose == FrameOwner::Whose::one_core)
    cores[owner.core]->core->take(frame, ScanCore::Answers::yes, now);
  if (owner.whose != FrameOwner::Whose::every_core) return;
  for (auto& each : cores)
    each->core->take(frame, each->index == 0 ? ScanCore::Answers::yes : ScanCore::Answers::no, now);
}

void ScanLab::pass(TickSpan time) {
  for (const Tick end = now + time; now < end;)
    round();
}

bool ScanLab::finish(TickSpan most) {
  const auto over = [this] {
    return std::ranges::all_of(cores, [](const auto& each) {
      return each->progress.plan_in_use == each->plan.get() && each->progress.finished.get();
    });
  };
  for (const Tick end = now + most; now < end && !over();)
    round();
  pass(10 * kMs);
  return over();
}

uint64_t ScanLab::sum(flowtable::Relaxed<uint64_t> ScanProgress::*field) const {
  uint64_t total = 0;
  for (const auto& each : cores)
    total += (each->progress.*field).get();
  return total;
}

uint64_t ScanLab::count(ScanCounter counter) const {
  uint64_t total = 0;
  for (const auto& each : cores)
    total += each->core->counters().get(counter);
  return total;
}

void ScanLab::expect_truth() const {
  std::map<TargetOutcome, uint64_t> truth_of;
  for (uint64_t number = 0; number < space->size(); ++number) {
    const Endpoint target = space->at(number);
    const TargetOutcome outcome = outcome_of(target);
    ++truth_of[outcome];
    const auto told = replies.find(target);
    ASSERT_NE(told, replies.end()) << "nothing was told of target " << number;
    ASSERT_EQ(told->second.size(), 1u) << number;
    ASSERT_EQ(told->second[0].outcome, outcome) << number;
    ASSERT_EQ(told->second[0].job, 7u);
  }
  EXPECT_EQ(sum(&ScanProgress::targets), space->size());
  EXPECT_EQ(sum(&ScanProgress::open), truth_of[TargetOutcome::open]);
  EXPECT_EQ(sum(&ScanProgress::closed), truth_of[TargetOutcome::closed]);
  EXPECT_EQ(sum(&ScanProgress::unreachable), truth_of[TargetOutcome::unreachable]);
  EXPECT_EQ(sum(&ScanProgress::silent), truth_of[TargetOutcome::silent]);
  EXPECT_EQ(sum(&ScanProgress::lost_locally), truth_of[TargetOutcome::lost_locally]);
}

void ScanLab::dial(uint16_t core, const Endpoint& to, bool udp, uint32_t job) {
  ScanDial dial;
  dial.token = 1000 + to.port;
  dial.job = job;
  dial.server = to;
  dial.udp = udp;
  const ByteString words = tests::text("first words");
  dial.size = static_cast<uint16_t>(words.size());
  std::ranges::copy(words, dial.bytes.begin());
  ASSERT_TRUE(cores[core]->exchange.dials.push(dial));
}

void ScanLab::order(uint16_t core, const ScanOrder& order) {
  ASSERT_TRUE(cores[core]->exchange.orders.push(order));
}

std::vector<ScanEvent> ScanLab::events_of(ScanEventKind kind) const {
  std::vector<ScanEvent> out;
  std::ranges::copy_if(events, std::back_inserter(out),
                       [kind](const ScanEvent& each) { return each.kind == kind; });
  return out;
}

std::vector<ScanLab::Sent> ScanLab::syns() const {
  std::vector<Sent> out;
  std::ranges::copy_if(sent, std::back_inserter(out), [](const Sent& each) {
    return each.frame.protocol == IpProtocol::kTcp && each.tcp_flags == TcpFlags::kSyn;
  });
  return out;
}

// Every frame of ours is right, whatever it is.
void ScanLab::note(Core& from, size_t length) {
  Sent out{now, from.index, {}, 0, {}, nullptr};
  out.bytes = std::make_shared<ByteString>(from.frame.begin(),
                                           from.frame.begin() + static_cast<ptrdiff_t>(length));
  ASSERT_TRUE(read_scan_frame(*out.bytes, options_.vlan, out.frame));
  ASSERT_EQ(out.frame.sender, site.mac);
  if (out.frame.kind == ScanFrame::Kind::ip) {
    ASSERT_EQ(check_sums(out.frame), ChecksumFate::right);
    ASSERT_TRUE(is_own(site, out.frame.source));
  }
  const bool tcp = out.frame.protocol == IpProtocol::kTcp;
  if (tcp || out.frame.protocol == IpProtocol::kUdp) {
    ASSERT_TRUE(read_transport(out.frame, 0, now, out.packet));
    out.tcp_flags = out.packet.tcp_flags;
    const MacAddress next_hop = to_us(out.frame.destination).ours;
    ASSERT_TRUE(std::equal(next_hop.begin(), next_hop.end(), out.bytes->begin()));
    ASSERT_TRUE(may_be_asked(site, out.frame.destination));
  }
  sent.push_back(out);
  if (out.frame.protocol == IpProtocol::kUdp) {
    if (udp_server) udp_server(out);
    return;
  }
  if (!tcp) return answer_neighbour(out);
  answer_tcp(out);
}

TickSpan ScanLab::some_delay() {
  return TickSpan(static_cast<int64_t>(random_()) * options_.delay.count() / 0xffffffff);
}

void ScanLab::answer_later(ByteString frame, TickSpan delay) {
  flying_.push({now + delay, num_flying_++, std::move(frame)});
}

void ScanLab::say(const OwnSegment& segment, TickSpan delay) {
  ByteString frame(1600);
  frame.resize(write_segment(to_us(segment.from.address), segment, frame));
  answer_later(std::move(frame), delay);
}

void ScanLab::answer_neighbour(const Sent& asking) {
  const auto is_there = [this](const IpAddress& address) {
    const bool gateway =
        address == *site.addresses[0].gateway || address == *site.addresses[1].gateway;
    return gateway ? gateway_is_there : truth({address, 0}) != Host::nobody;
  };
  ByteString frame(200);
  ArpMessage arp;
  NeighbourMessage message;
  if (asking.frame.kind == ScanFrame::Kind::arp) {
    ASSERT_TRUE(read_arp(asking.frame.body, arp));
    if (arp.operation != ArpMessage::kRequest || !is_there(arp.target)) return;
    const MacAddress mac = mac_of(arp.target);
    frame.resize(write_arp({site.mac, mac, options_.vlan},
                           {ArpMessage::kReply, mac, arp.target, site.mac, arp.sender}, frame));
    return answer_later(frame, some_delay());
  }
  if (asking.frame.protocol != IpProtocol::kIcmp6 ||
      !read_neighbour_message(asking.frame.body, message) ||
      message.type != Icmp6Type::kNeighbourSolicitation || !is_there(message.target))
    return;
  const MacAddress mac = mac_of(message.target);
  const auto rest =
      bytes_of({Icmp6Type::kNeighbourAdvertisement,
                NeighbourMessage::kSolicited | NeighbourMessage::kOverride, message.target, mac});
  frame.resize(write_icmp({site.mac, mac, options_.vlan},
                          {message.target, asking.frame.source, NeighbourMessage::kHops,
                           Icmp6Type::kNeighbourAdvertisement, 0, rest},
                          frame));
  answer_later(frame, some_delay());
}

void ScanLab::answer_tcp(const Sent& frame) {
  if (frame.tcp_flags == TcpFlags::kSyn) return answer_syn(frame);
  if (server) return server(frame);
  if ((frame.tcp_flags & TcpFlags::kRst) != 0) return;
  OwnSegment reset;
  reset.from = frame.packet.key.endpoint(other(frame.packet.sender));
  reset.to = frame.packet.key.endpoint(frame.packet.sender);
  reset.seq = frame.packet.ack;
  reset.flags = TcpFlags::kRst;
  say(reset, some_delay());
}

void ScanLab::answer_syn(const Sent& frame) {
  const Endpoint target = frame.packet.key.endpoint(other(frame.packet.sender));
  ++asked[target];
  if (std::uniform_real_distribution<>()(random_) < options_.loss) return;
  OwnSegment answer;
  answer.from = target;
  answer.to = frame.packet.key.endpoint(frame.packet.sender);
  answer.ack = frame.packet.seq + 1;
  answer.window = 8192;
  const Host host = truth(target);
  if (host == Host::unreachable) return unreachable(frame);
  if (host != Host::open && host != Host::closed) return;
  answer.flags = TcpFlags::kAck | (host == Host::open ? TcpFlags::kSyn : TcpFlags::kRst);
  if (host == Host::open) answer.seq = 999;
  say(answer, some_delay());
}

// By the gateway; it quotes no more than it must.
void ScanLab::unreachable(const Sent& asked_for) {
  const bool v4 = asked_for.frame.source.is_v4();
  const Bytes all(*asked_for.bytes);
  const size_t ip = options_.vlan ? 18 : 14;
  ByteString rest(4);
  const Bytes quoted = all.subspan(ip, v4 ? 28 : 60);
  rest.insert(rest.end(), quoted.begin(), quoted.end());
  ByteString frame(200);
  const IpAddress from = *site.addresses[v4 ? 0 : 1].gateway;
  frame.resize(write_icmp(to_us(from),
                          {from, asked_for.frame.source, 64, v4 ? uint8_t{3} : uint8_t{1},
                           v4 ? uint8_t{1} : uint8_t{3}, rest},
                          frame));
  answer_later(frame, some_delay());
}

}  // namespace dataplane
