// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/balance.hpp"

#include <array>
#include <cstdio>
#include <string_view>

namespace control {
namespace {

void append_line(std::string& out, uint64_t value, std::string_view name, std::string_view help) {
  if (value == 0) return;
  std::array<char, 64> front;
  const int length =
      std::snprintf(front.data(), front.size(), "%14llu  ", static_cast<unsigned long long>(value));
  out.append(front.data(), static_cast<size_t>(length));
  out.append(name);
  constexpr size_t kNameWidth = 24;
  out.append(name.size() < kNameWidth ? kNameWidth - name.size() : 1, ' ');
  out.append(help);
  out += '\n';
}

}  // namespace

std::string balance_text(const dataplane::CoreCounters& core,
                         const tls::PipelineCounters& pipeline) {
  std::string out = "packets and flows\n";
  for (const auto& row : dataplane::kPathCounterTable) {
    append_line(out, core.path.get(row.counter), row.name, row.help);
  }
  out += "packets and handshakes not followed\n";
  for (const auto& row : dataplane::drop_reason_table()) {
    append_line(out, core.drops.get(row.reason), row.name, row.help);
  }
  out += "sessions\n";
  for (const auto& row : tls::pipeline_counter_table()) {
    append_line(out, pipeline.get(row.counter), row.name, row.help);
  }
  return out;
}

}  // namespace control
