// SPDX-License-Identifier: Apache-2.0
// A script of segments played into a small packet path. Every command is eight bytes:
//   who and how | TCP flags | sequence number, 16 bits | length | where in the sender's stream the
//   payload begins, 16 bits | seconds that pass
// Payloads are cut from well-formed TLS streams or are the script's own bytes, so that both real
// handshakes and nonsense are a few mutations away. At the end nothing may be missing: every buffer
// is at home or was handed off, and the counters add up.
#include "dataplane/packet_path.hpp"
#include "flowtable/base/check.hpp"
#include "tests/support/tls_bytes.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

namespace {

using dataplane::PacketView;
using dataplane::PathCounter;
using flowtable::Bytes;
using flowtable::CaptureEnd;
using flowtable::FlowClass;
using flowtable::HandshakeCapture;

constexpr size_t kCommandBytes = 8;
constexpr uint32_t kCaptures = 4;

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

dataplane::PathOptions path_options() {
  dataplane::PathOptions options;
  options.openings_max = 4;
  options.ssh = true;
  return options;
}

const std::vector<tests::ByteString>& streams() {
  static const std::vector<tests::ByteString> all = {
      tests::tls12_client(),
      tests::tls12_server(900),
      tests::tls13_client(),
      tests::join({tests::early_data_hello(), tests::application_bytes(), tests::client_hello()}),
      tests::join({tests::server_hello(), tests::change_cipher_spec(), tests::tls13_server()}),
      tests::join({tests::text("STARTTLS\r\n"), tests::tls13_client()}),
      tests::join({tests::alert(1, 112), tests::tls13_server()}),
      tests::join({tests::sslv2_client_hello(), tests::application_bytes()}),
      tests::tds_packets(tests::tls12_server(900), 64),
      tests::join({tests::text("SSH-2.0-a\r\n"), {0, 0, 0, 12, 4, 20}, tests::text("0123456789")}),
  };
  return all;
}

class Script {
 public:
  void play(Bytes commands) {
    std::vector<PacketView> burst;
    while (commands.size() >= kCommandBytes) {
      burst.push_back(packet_of(commands));
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
  PacketView packet_of(Bytes command) {
    const uint8_t how = command[0];
    const bool from_client = (how & 0x80) == 0;
    const uint8_t client_address[] = {10, 0, 0, static_cast<uint8_t>(how & 0x1f)};
    const uint8_t server_address[] = {10, 0, 1, 1};
    const flowtable::Endpoint client{flowtable::IpAddress::from_bytes(client_address), 40000};
    const flowtable::Endpoint server{flowtable::IpAddress::from_bytes(server_address), 443};
    const auto ordered = from_client ? flowtable::FlowKey::of(client, server, 6)
                                     : flowtable::FlowKey::of(server, client, 6);
    now_ += std::chrono::seconds(command[7] % 8 == 7 ? command[7] : 0);
    PacketView view;
    view.key = ordered.key;
    view.sender = ordered.sender;
    view.hash = hash_flow_key(view.key, 1);
    view.tick = now_;
    view.tcp_flags = command[1];
    // Near the end of the sequence space, so that it wraps.
    constexpr uint32_t kBase = 0xffffff00;
    view.seq = kBase + flowtable::load_be16(&command[2]);
    view.ack = kBase + flowtable::load_be16(&command[5]);
    view.payload = payload_of(command);
    view.missing_bytes = command[7] % 8 == 6 ? command[4] : 0;
    view.wire_bytes = static_cast<uint32_t>(view.payload.size()) + 54;
    return view;
  }

  static Bytes payload_of(Bytes command) {
    if (command[0] & 0x40) return command.first(std::min<size_t>(command[4] % 9, command.size()));
    const tests::ByteString& stream = streams()[command[7] % streams().size()];
    const size_t begin = flowtable::load_be16(&command[5]) % stream.size();
    const size_t length = std::min<size_t>(command[4] * size_t{8}, stream.size() - begin);
    return Bytes(stream).subspan(begin, length);
  }

  void take() {
    std::array<HandshakeCapture*, 4> captures{};
    while (const size_t count = exchange_.handed_off.pop(captures)) {
      for (HandshakeCapture* capture : std::span(captures).first(count)) {
        CHECK(capture->end < CaptureEnd::count_);
        CHECK(!capture->stream(flowtable::Side::a).empty() ||
              !capture->stream(flowtable::Side::b).empty());
        ++taken_;
        CHECK(exchange_.returned.push(capture));
      }
    }
    ring_.recycle();
  }

  void check_books() const {
    const auto count = [this](PathCounter name) { return counters_.path.get(name); };
    CHECK(pool_.num_free() == kCaptures);
    CHECK(pool_.num_large_free() == 1);
    CHECK(table_.num_flows() == 0);
    CHECK(count(PathCounter::captures_handed_off) == taken_);
    // Of those whose workers were behind, and of those that made place.
    const uint64_t full = counters_.drops.get(dataplane::DropReason::handoff_full) +
                          counters_.drops.get(dataplane::DropReason::unanswered_displaced);
    const uint64_t empty = counters_.drops.get(dataplane::DropReason::capture_pool_empty);
    const uint64_t disputed = count(PathCounter::captures_disputed);
    CHECK(count(PathCounter::captures_started) ==
          taken_ + full + disputed + count(PathCounter::captures_not_tls));
    const uint64_t proved = count(PathCounter::flows_tls) + count(PathCounter::flows_ssh);
    CHECK(proved == taken_ + full + disputed);
    CHECK(count(PathCounter::flows_created) == proved + count(PathCounter::flows_not_tls) + empty);
  }

  dataplane::CoreCounters counters_;
  flowtable::FlowTable table_{table_options()};
  flowtable::CapturePool pool_{pool_options()};
  flowtable::CaptureExchange exchange_{2, kCaptures};
  dataplane::HandoffRing ring_{pool_, exchange_, counters_};
  dataplane::PacketPath path_{path_options(), table_, ring_, counters_};
  flowtable::Tick now_ = flowtable::tick_from_ns(1'000'000'000);
  uint64_t taken_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Script().play(Bytes(data, size));
  return 0;
}
