// SPDX-License-Identifier: Apache-2.0
// A script of datagrams played into a small packet path. Every command is five bytes:
//   who and which way | what is sent | where one byte of it is changed | to what | milliseconds and
//   bytes cut off
// At the end nothing may be missing: every buffer is at home or was handed off, and the counters
// add up.
#include "dataplane/packet_path.hpp"
#include "flowtable/base/check.hpp"
#include "flowtable/datagram_log.hpp"
#include "tests/support/datagram_bytes.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

namespace {

using dataplane::PacketView;
using dataplane::PathCounter;
using flowtable::Bytes;
using flowtable::CaptureKind;
using flowtable::FlowClass;
using flowtable::HandshakeCapture;
using tests::ByteVector;
using tests::QuicType;

constexpr size_t kCommandBytes = 5;
constexpr uint32_t kCaptures = 4;
constexpr uint8_t kUdp = 17;

flowtable::FlowTable::Options table_options() {
  flowtable::FlowTable::Options options;
  options.flows_max = 16;
  options.timeout.fill(std::chrono::seconds(20));
  options.timeout[static_cast<size_t>(FlowClass::closing)] = std::chrono::seconds(3);
  return options;
}

flowtable::CapturePool::Options pool_options() {
  flowtable::CapturePool::Options options;
  options.captures_max = kCaptures;
  options.large_max = 1;
  options.small_client_bytes = 512;
  options.small_server_bytes = 1024;
  options.large_bytes = 2048;
  return options;
}

const std::vector<ByteVector>& datagrams() {
  static const std::vector<ByteVector> all = [] {
    const ByteVector hello = tests::dtls_client_hello({.version = 0xfefd}, {});
    const ByteVector answer = tests::server_hello_body({.version = 0xfefd});
    const ByteVector first_id(8, 0xd1), server_id(4, 0x5e);
    return std::vector<ByteVector>{
        tests::dtls_message(1, 0, hello),
        tests::dtls_message(1, 1, hello),
        tests::dtls_record({}, tests::dtls_fragment({1, 0, 0, 20}, hello)),
        tests::dtls_message(3, 0, tests::hello_verify_request(first_id)),
        tests::joined({tests::dtls_message(2, 1, answer), tests::dtls_message(14, 2, {})}),
        tests::joined({tests::dtls_record({.type = 20}, ByteVector{1}), tests::dtls_encrypted()}),
        tests::dtls13_encrypted(),
        tests::joined({{1, 0, 0, 0}, tests::dtls_message(1, 0, hello)}),
        tests::quic_packet({}, 1200),
        tests::quic_packet({.version = tests::kQuicV2}, 300),
        tests::quic_packet({.version = 0x0a1a2a3a}, 1200),
        tests::joined({tests::quic_packet({.source_id = server_id}, 60),
                       tests::quic_packet({.type = QuicType::handshake}, 100)}),
        tests::quic_packet({.type = QuicType::retry, .token = ByteVector(30, 1)}, 0),
        tests::quic_negotiation(first_id, server_id),
        tests::quic_short_header(),
        ByteVector(40, 0x80),
    };
  }();
  return all;
}

class Script {
 public:
  void play(Bytes commands) {
    std::vector<ByteVector> bytes;
    std::vector<PacketView> burst;
    bytes.reserve(commands.size() / kCommandBytes);  // views borrow from it
    while (commands.size() >= kCommandBytes) {
      burst.push_back(packet_of(commands, bytes.emplace_back(bytes_of(commands))));
      commands = commands.subspan(kCommandBytes);
      if (burst.size() < 1 + commands.size() % 5) continue;
      path_.accept(burst);
      burst.clear();
      take();
    }
    path_.accept(burst);
    path_.expire(now_, 8);
    path_.drain();
    take();
    check_books();
  }

 private:
  static ByteVector bytes_of(Bytes command) {
    ByteVector out = datagrams()[command[1] % datagrams().size()];
    if (command[2] != 0) out[command[2] % out.size()] = command[3];
    if (command[4] % 16 == 15) out.resize(out.size() / 2);
    return out;
  }

  PacketView packet_of(Bytes command, const ByteVector& payload) {
    const bool from_client = (command[0] & 0x80) == 0;
    const uint8_t client_address[] = {10, 0, 0, static_cast<uint8_t>(command[0] & 0x1f)};
    const uint8_t server_address[] = {10, 0, 1, 1};
    const flowtable::Endpoint client{flowtable::IpAddress::from_bytes(client_address), 40000};
    const flowtable::Endpoint server{flowtable::IpAddress::from_bytes(server_address), 443};
    const auto ordered = from_client ? flowtable::FlowKey::of(client, server, kUdp)
                                     : flowtable::FlowKey::of(server, client, kUdp);
    now_ += std::chrono::milliseconds(command[4] % 8 == 7 ? command[4] * 200 : command[4]);
    PacketView view;
    view.key = ordered.key;
    view.sender = ordered.sender;
    view.hash = hash_flow_key(view.key, 1);
    view.tick = now_;
    view.payload = payload;
    view.missing_bytes = command[4] % 16 == 15 ? static_cast<uint32_t>(payload.size()) : 0;
    view.wire_bytes = static_cast<uint32_t>(payload.size()) + 42;
    return view;
  }

  void take() {
    std::array<HandshakeCapture*, 4> captures{};
    while (const size_t count = exchange_.handed_off.pop(captures)) {
      for (HandshakeCapture* capture : std::span(captures).first(count)) {
        check(*capture);
        ++taken_;
        CHECK(exchange_.returned.push(capture));
      }
    }
    ring_.recycle();
  }

  // Every log is whole datagrams, and none is empty.
  static void check(const HandshakeCapture& capture) {
    CHECK(capture.kind == CaptureKind::dtls || capture.kind == CaptureKind::quic);
    size_t datagrams_seen = 0;
    for (const auto side : {flowtable::Side::a, flowtable::Side::b}) {
      const Bytes log = capture.stream(side);
      size_t log_bytes = 0;
      flowtable::DatagramReader reader(log);
      for (Bytes datagram; reader.next(datagram); ++datagrams_seen) {
        CHECK(!datagram.empty());
        log_bytes += 2 + datagram.size();
      }
      CHECK(log_bytes == log.size());
      CHECK(!capture.streams[index_of(side)].has_hole());
    }
    const bool truncated = capture.streams[0].truncated() || capture.streams[1].truncated();
    CHECK(datagrams_seen > 0 || truncated);
  }

  void check_books() const {
    const auto count = [this](PathCounter name) { return counters_.path.get(name); };
    const auto drops = [this](dataplane::DropReason reason) { return counters_.drops.get(reason); };
    CHECK(pool_.num_free() == kCaptures);
    CHECK(pool_.num_large_free() == 1);
    CHECK(table_.num_flows() == 0);
    CHECK(count(PathCounter::captures_handed_off) == taken_);
    CHECK(count(PathCounter::captures_started) ==
          taken_ + drops(dataplane::DropReason::handoff_full) +
              drops(dataplane::DropReason::unanswered_displaced));
    CHECK(count(PathCounter::flows_tls) == count(PathCounter::captures_started));
    CHECK(count(PathCounter::flows_created) ==
          count(PathCounter::flows_tls) + drops(dataplane::DropReason::capture_pool_empty));
    CHECK(count(PathCounter::flows_created) ==
          count(PathCounter::flows_dtls) + count(PathCounter::flows_quic));
  }

  dataplane::CoreCounters counters_;
  flowtable::FlowTable table_{table_options()};
  flowtable::CapturePool pool_{pool_options()};
  flowtable::CaptureExchange exchange_{2, kCaptures};
  dataplane::HandoffRing ring_{pool_, exchange_, counters_};
  dataplane::PacketPath path_{dataplane::PathOptions{}, table_, ring_, counters_};
  flowtable::Tick now_ = flowtable::tick_from_ns(1'000'000'000);
  uint64_t taken_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Script().play(Bytes(data, size));
  return 0;
}
