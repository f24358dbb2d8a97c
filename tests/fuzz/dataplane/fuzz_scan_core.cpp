// SPDX-License-Identifier: Apache-2.0
// A script of frames played to a scanning core. Every command is four bytes and what they say:
//   what | flags | where | length
// `what` is a frame of the script's own bytes, one of these behind a right IP header, an answer to
// what the core sent last, ICMP about that, an order, a dial, or time. Whatever comes: what the
// core sends is well formed and allowed, each dial has one answer, and in the end all is free
// again.
#include "dataplane/scan/last_line.hpp"
#include "dataplane/scan/neighbour_frames.hpp"
#include "dataplane/scan/scan_core.hpp"
#include "dataplane/scan/scan_frame.hpp"
#include "flowtable/base/check.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <vector>

namespace {

using dataplane::AddressRange;
using dataplane::AddressSet;
using dataplane::IpProtocol;
using dataplane::LinkHeader;
using dataplane::PacketView;
using dataplane::ScanFrame;
using flowtable::ByteReader;
using flowtable::Bytes;
using flowtable::Endpoint;
using flowtable::IpAddress;
using flowtable::ScanDial;
using flowtable::ScanEvent;
using flowtable::ScanEventKind;
using flowtable::ScanOrder;
using flowtable::Tick;

constexpr uint32_t kConnections = 3;
constexpr LinkHeader kToUs{{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 9}, {}};

IpAddress ip4(uint8_t c, uint8_t d) {
  return IpAddress::from_bytes(std::array<uint8_t, 4>{10, 0, c, d});
}

dataplane::ScanSite make_site() {
  dataplane::ScanSite site;
  site.addresses = {{ip4(0, 1), 120, ip4(0, 254)}};
  site.mac = kToUs.next_hop;
  const std::vector<AddressRange> allowed = {AddressRange::of_prefix(ip4(0, 0), 118)};
  site.allowed = AddressSet(allowed);
  site.tcp.connections_max = kConnections;
  return site;
}

class Script : public dataplane::FrameSink {
 public:
  Script() {
    const std::vector<AddressRange> asked = {AddressRange::of_prefix(ip4(1, 0), 124)};
    auto space = dataplane::TargetSpace::make({AddressSet(asked), site_.allowed, {}, {443, 25}});
    space_.emplace(std::move(space.value()));
    plan_.job = 2;
    plan_.space = &*space_;
    plan_.probes.group = dataplane::TargetGroup::make(space_->size(), 1);
    plan_.probes.in_flight_max = 64;
    plan_.other_words = {0, std::vector<uint8_t>(64, 'x'), 4};
    plan_.tell_closed = plan_.tell_silent = true;
    control_.plan = &plan_;
    pass(1);
    // The gateway answers, so that probes leave.
    std::array<uint8_t, 64> frame{};
    const size_t length = dataplane::write_arp(
        kToUs, {dataplane::ArpMessage::kReply, kToUs.ours, ip4(0, 254), site_.mac, ip4(0, 1)},
        frame);
    core_.take(Bytes(frame).first(length), dataplane::ScanCore::Answers::yes, now_);
    pass(20);
  }

  void play(ByteReader script) {
    uint8_t what = 0, flags = 0, where = 0, length = 0;
    while (script.u8(what) && script.u8(flags) && script.u8(where) && script.u8(length)) {
      Bytes bytes;
      if (!script.take(std::min<size_t>(length, script.size()), bytes)) return;
      command(what % 8, flags, where, bytes);
    }
  }

  void finish() {
    control_.oldest_job = 3;
    pass(60'000, 500);
    CHECK(progress_.connections.get() == 0);
    for (const auto& [token, answers] : dialled_)
      CHECK(answers == 1);
    CHECK(core_.counters().get(dataplane::ScanCounter::frames_refused) == 0);
  }

 private:
  void command(int what, uint8_t flags, uint8_t where, Bytes bytes) {
    switch (what) {
      case 0:
        return core_.take(bytes, dataplane::ScanCore::Answers::yes, now_);
      case 1:
        return say_ip(flags, bytes);
      case 2:
      case 3:
        return answer(flags, where, bytes);
      case 4:
        return icmp(flags, where);
      case 5:
        return order(flags, where, bytes);
      case 6:
        return dial(flags, where);
      default:
        return pass(where * 16);
    }
  }

  std::span<uint8_t> room() noexcept override { return room_; }
  void send(size_t length) noexcept override {
    ScanFrame frame;
    CHECK(dataplane::read_scan_frame(Bytes(room_).first(length), {}, frame));
    if (frame.kind == ScanFrame::Kind::arp) return;
    CHECK(check_sums(frame) == dataplane::ChecksumFate::right);
    if (frame.protocol == IpProtocol::kIcmp) return;
    CHECK(may_be_asked(site_, frame.destination));
    last_.assign(room_.begin(), room_.begin() + static_cast<ptrdiff_t>(length));
    PacketView packet;
    CHECK(read_transport(frame, 0, now_, packet));
    if (packet.tcp_flags == dataplane::TcpFlags::kSyn || frame.protocol == IpProtocol::kUdp)
      asked_ = last_;
  }

  void say_ip(uint8_t protocol, Bytes body) {
    std::array<uint8_t, 512> frame{};
    dataplane::Front front(frame.data());
    const uint8_t chosen = std::array<uint8_t, 4>{1, 6, 17, 58}[protocol % 4];
    put_ip(front, kToUs, {ip4(1, 3), ip4(0, 1), chosen, 64, body.size()});
    front.put(body);
    core_.take(Bytes(frame).first(front.size()), dataplane::ScanCore::Answers::yes, now_);
  }

  // From whom was asked last; `where` bytes into its stream.
  void answer(uint8_t flags, uint8_t where, Bytes bytes) {
    ScanFrame frame;
    PacketView packet;
    if (!dataplane::read_scan_frame(asked_, {}, frame) || !read_transport(frame, 0, now_, packet))
      return;
    const Endpoint us = packet.key.endpoint(packet.sender);
    const Endpoint them = packet.key.endpoint(other(packet.sender));
    std::array<uint8_t, 512> out{};
    dataplane::OwnSegment segment;
    segment.from = them;
    segment.to = us;
    segment.seq = 1000u + where;
    segment.ack = packet.seq + 1 + (flags >> 6) * 11u;
    segment.flags = flags & 0x1f;
    segment.window = 500;
    segment.payload = bytes;
    const size_t length = frame.protocol == IpProtocol::kUdp
                              ? write_datagram(kToUs, {them, us, bytes}, out)
                              : write_segment(kToUs, segment, out);
    core_.take(Bytes(out).first(length), dataplane::ScanCore::Answers::yes, now_);
  }

  void icmp(uint8_t flags, uint8_t where) {
    std::vector<uint8_t> rest(4);
    rest.insert(rest.end(), last_.begin() + std::min<ptrdiff_t>(14, std::ssize(last_)),
                last_.end());
    if (flags % 2 == 0) rest[where % rest.size()] ^= flags;
    std::array<uint8_t, 512> out{};
    const size_t length = write_icmp(
        kToUs, {ip4(0, 254), ip4(0, 1), 64, flags & 4 ? uint8_t{11} : uint8_t{3}, where, rest},
        out);
    core_.take(Bytes(out).first(length), dataplane::ScanCore::Answers::yes, now_);
  }

  void order(uint8_t flags, uint8_t where, Bytes bytes) {
    ScanOrder order;
    order.connection = {where % (2 * kConnections + 1), flags / 4u};
    order.kind = bytes.empty() ? ScanOrder::Kind::close : ScanOrder::Kind::send;
    order.size = static_cast<uint16_t>(bytes.size());
    std::ranges::copy(bytes, order.bytes.begin());
    (void)exchange_.orders.push(order);
    pass(1);
  }

  void dial(uint8_t flags, uint8_t where) {
    ScanDial dial;
    dial.token = 1 + dialled_.size();
    dial.job = 2;
    dial.server = {ip4(1, where), 443};
    dial.udp = flags % 2 != 0;
    dial.size = flags;
    if (exchange_.dials.push(dial)) dialled_[dial.token] = 0;
    pass(1);
  }

  void pass(int ms, int step = 20) {
    for (int i = 0; i < ms; i += step) {
      now_ += std::chrono::milliseconds(std::min(step, ms - i));
      (void)core_.work(now_);
      listen();
    }
  }

  void listen() {
    std::array<ScanEvent, 1> event;
    while (exchange_.events.pop(event) == 1) {
      const ScanEventKind kind = event[0].kind;
      const bool first =
          kind == ScanEventKind::established ||
          (kind >= ScanEventKind::dial_closed && kind <= ScanEventKind::dial_not_sent);
      if (event[0].token != 0 && first) ++dialled_[event[0].token];
    }
    std::array<flowtable::ScanReply, 64> replies;
    (void)exchange_.replies.pop(replies);
  }

  Tick now_ = flowtable::tick_from_ns(1'700'000'000'000'000'000);
  const dataplane::ScanSite site_ = make_site();
  std::optional<dataplane::TargetSpace> space_;
  dataplane::ScanPlan plan_;
  flowtable::ScanExchange exchange_{{.events = 8, .replies = 64, .orders = 8, .dials = 8}};
  dataplane::ScanControl control_;
  dataplane::ScanProgress progress_;
  std::array<uint8_t, 2048> room_{};
  std::vector<uint8_t> last_;
  std::vector<uint8_t> asked_;
  std::map<uint64_t, int> dialled_;
  dataplane::ScanCore core_{{site_, exchange_, *this, control_, progress_, 0, 1}, now_};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size > 4096) return 0;
  Script script;
  script.play(ByteReader(Bytes(bytes, size)));
  script.finish();
  return 0;
}
