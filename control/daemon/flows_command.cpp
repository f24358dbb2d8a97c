// SPDX-License-Identifier: Apache-2.0
// `tapseal flows`: what the flow tables hold, while the cores go on.
#include "control/daemon/commands.hpp"
#include "control/export/text_format.hpp"
#include "flowtable/flow_reader.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace control {
namespace {

using flowtable::Endpoint;
using flowtable::FlowSnapshot;
using flowtable::IpAddress;

// An address and how many of its bits count, in the 128-bit form.
struct Prefix {
  IpAddress address;
  int bits = 128;

  [[nodiscard]] bool holds(const IpAddress& other) const noexcept {
    const int whole = bits / 8;
    if (!std::equal(address.bytes.begin(), address.bytes.begin() + whole, other.bytes.begin())) {
      return false;
    }
    if (bits % 8 == 0) return true;
    const int differing =
        address.bytes[static_cast<size_t>(whole)] ^ other.bytes[static_cast<size_t>(whole)];
    return differing >> (8 - bits % 8) == 0;
  }
};

std::optional<Prefix> parse_prefix(const std::string& text) {
  const size_t slash = text.find('/');
  const std::string host = text.substr(0, slash);
  std::array<uint8_t, 16> bytes{};
  Prefix out;
  int bits_max = 128;
  if (inet_pton(AF_INET, host.c_str(), bytes.data()) == 1) {
    out.address = IpAddress::from_bytes({bytes.data(), 4});
    bits_max = 32;
  } else if (inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1) {
    out.address = IpAddress::from_bytes(bytes);
  } else {
    return std::nullopt;
  }
  int bits = bits_max;
  if (slash != std::string::npos) {
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + slash + 1, end, bits);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
    if (bits < 0 || bits > bits_max) return std::nullopt;
  }
  out.bits = 128 - bits_max + bits;
  return out;
}

std::string_view text_of(flowtable::FlowClass flow_class) noexcept {
  constexpr std::array<std::string_view, 4> kTexts = {"embryonic", "handshaking", "established",
                                                      "closing"};
  const auto index = static_cast<size_t>(flow_class);
  return index < kTexts.size() ? kTexts[index] : "";
}

std::string_view text_of(flowtable::FlowStage stage) noexcept {
  constexpr std::array<std::string_view, 3> kTexts = {"probing", "capturing", "finished"};
  const auto index = static_cast<size_t>(stage);
  return index < kTexts.size() ? kTexts[index] : "";
}

std::string text_of(const Endpoint& endpoint) {
  const std::string address = control::text_of(endpoint.address);
  const std::string port = std::to_string(endpoint.port);
  return endpoint.address.is_v4() ? address + ":" + port : "[" + address + "]:" + port;
}

struct Filter {
  std::optional<Prefix> prefix;
  std::optional<int64_t> port;
  std::optional<std::string> stage;

  [[nodiscard]] bool accepts(const FlowSnapshot& flow) const {
    const Endpoint a = flow.key.endpoint(flowtable::Side::a);
    const Endpoint b = flow.key.endpoint(flowtable::Side::b);
    if (prefix && !prefix->holds(a.address) && !prefix->holds(b.address)) return false;
    if (port && a.port != *port && b.port != *port) return false;
    return !stage || text_of(flow.stage) == *stage;
  }
};

int64_t seconds_since(flowtable::Tick then) {
  const auto now = std::chrono::system_clock::now();
  return std::max<int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(now - then).count());
}

Json row_of(const FlowSnapshot& flow, uint16_t core) {
  const flowtable::Side originator = flow.originator;
  return {{"originator", text_of(flow.key.endpoint(originator))},
          {"responder", text_of(flow.key.endpoint(flowtable::other(originator)))},
          {"class", text_of(flow.flow_class)},
          {"stage", text_of(flow.stage)},
          {"packets", uint64_t{flow.packets[0]} + flow.packets[1]},
          {"bytes", flow.bytes[0] + flow.bytes[1]},
          {"age", seconds_since(flow.first_seen)},
          {"idle", seconds_since(flow.last_seen)},
          {"core", core}};
}

}  // namespace

void Commands::flows(const Request& request, Reply& reply) {
  Filter filter;
  filter.port = request.number("port");
  filter.stage = request.text("stage");
  if (const auto address = request.text("address")) {
    filter.prefix = parse_prefix(*address);
    if (!filter.prefix) {
      return reply.fail(ErrorCode::bad_argument,
                        "address: " + *address + " is no IP address or prefix such as 10.0.0.0/8");
    }
  }
  const auto only_core = request.number("core");
  int64_t left = request.number("limit").value_or(100);
  const dataplane::PollCores& cores = engine_.tap().cores();
  std::array<FlowSnapshot, 64> found;
  for (uint16_t core = 0; core < cores.size(); ++core) {
    if (only_core && *only_core != core) continue;
    const flowtable::FlowReader reader(cores.core(core).table);
    flowtable::FlowCursor cursor;
    while (const size_t count = reader.read(cursor, found)) {
      for (size_t i = 0; i < count; ++i) {
        if (!filter.accepts(found[i])) continue;
        if (left-- <= 0 || !reply.row(row_of(found[i], core))) return;
      }
    }
  }
}

}  // namespace control
