// SPDX-License-Identifier: Apache-2.0
// `tapseal flows`: what the flow tables hold, while the cores go on.
#include "control/daemon/commands.hpp"
#include "control/export/text_format.hpp"
#include "control/filter/address_prefix.hpp"
#include "flowtable/flow_reader.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace control {
namespace {

using flowtable::Endpoint;
using flowtable::FlowSnapshot;

constexpr uint8_t kUdp = 17;  // flow tables hold nothing but this and TCP

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
  std::optional<AddressPrefix> prefix;
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
          {"protocol", flow.key.protocol() == kUdp ? "udp" : "tcp"},
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
    filter.prefix = parse_address_prefix(*address);
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
