// SPDX-License-Identifier: Apache-2.0
// tls/match/dialogue_matcher: words of both sides, divided by the input's first byte; the second
// one chooses the port and how much more was said than kept.
#include "flowtable/base/check.hpp"
#include "tls/match/dialogue_matcher.hpp"
#include "tls/match/proxy_head.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace {

bool is_layer(std::string_view name) {
  const auto all = tls::dialogues();
  return name == tls::kUnknownDialogue ||
         std::any_of(all.begin(), all.end(),
                     [&](const tls::Dialogue& dialogue) { return dialogue.name == name; });
}

// Names of the table with "+" between, at most three.
void check_name(std::string_view name) {
  for (int layers = 1;; ++layers) {
    CHECK(layers <= 3);
    const size_t plus = name.find('+');
    CHECK(is_layer(name.substr(0, plus)));
    if (plus == std::string_view::npos) return;
    name.remove_prefix(plus + 1);
  }
}

void check_heads(flowtable::Bytes client, flowtable::Bytes server) {
  for (const tls::Dialogue& dialogue : tls::dialogues()) {
    const tls::ProxyHead head = tls::read_proxy_head(dialogue.name, client, server);
    CHECK(head.client_bytes.value_or(0) <= client.size());
    CHECK(head.server_bytes.value_or(0) <= server.size());
    CHECK(dialogue.carries || !head.client_bytes);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto matcher = tls::DialogueMatcher::make();
  static tls::DialogueMatcher::Scratch scratch;
  if (size < 2) return 0;
  constexpr uint16_t kPorts[] = {9999, 25, 21, 5269, 1433, 3128, 1080, 0};
  const flowtable::Bytes rest(data + 2, size - 2);
  const auto client = rest.first(std::min<size_t>(data[0], rest.size()));
  const auto server = rest.subspan(client.size());
  const uint32_t unkept = data[1] >> 4;
  const tls::Preamble preamble{{client, static_cast<uint32_t>(client.size()) + unkept},
                               {server, static_cast<uint32_t>(server.size())},
                               kPorts[data[1] % std::size(kPorts)]};
  const std::string_view name = matcher.value()->name(preamble, scratch);
  CHECK(name.empty() == (preamble.client.bytes == 0 && preamble.server.bytes == 0));
  if (!name.empty()) check_name(name);
  CHECK(matcher.value()->name(preamble, scratch) == name);
  check_heads(client, server);
  return 0;
}
