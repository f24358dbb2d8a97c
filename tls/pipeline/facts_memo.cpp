// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/facts_memo.hpp"

#include "tls/pipeline/hello_facts.hpp"

#include <array>
#include <cstring>

namespace tls {

Shared<ClientFacts> FactsMemo::of(const ClientHello& hello, Transport transport) {
  return hellos_.find_or_make(key_.of(hello, transport),
                              [&] { return Shared<ClientFacts>(client_facts(hello, transport)); });
}

Shared<ServerFacts> FactsMemo::of(const ServerHello& hello, Transport transport) {
  return answers_.find_or_make(key_.of(hello, transport),
                               [&] { return Shared<ServerFacts>(server_facts(hello, transport)); });
}

Shared<ServerFacts> FactsMemo::with(const Shared<ServerFacts>& answer, const AnswerExtras& extras) {
  const ServerFacts* const identity = answer.identity();
  std::array<uint8_t, sizeof identity + 4> key{};
  std::memcpy(key.data(), &identity, sizeof identity);
  const uint16_t group = extras.group.value_or(0);
  key[sizeof identity] = static_cast<uint8_t>(extras.group.has_value());
  key[sizeof identity + 1] = static_cast<uint8_t>(group >> 8);
  key[sizeof identity + 2] = static_cast<uint8_t>(group);
  key[sizeof identity + 3] = static_cast<uint8_t>(extras.ocsp_staple);
  return extended_
      .find_or_make(key,
                    [&] {
                      Extended made{answer, answer};
                      add_extras(extras, made.whole.own());
                      return made;
                    })
      .whole;
}

void add_extras(const AnswerExtras& extras, ServerFacts& out) {
  if (extras.group) out.group = extras.group;
  out.ocsp_staple = out.ocsp_staple || extras.ocsp_staple;
}

}  // namespace tls
