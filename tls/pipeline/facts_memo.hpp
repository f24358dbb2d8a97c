// SPDX-License-Identifier: Apache-2.0
// Facts of hellos that were said before.
#pragma once

#include "tls/pipeline/hello_key.hpp"
#include "tls/pipeline/memo.hpp"
#include "tls/pipeline/observation.hpp"

#include <cstdint>
#include <optional>

namespace tls {

// What came behind a ServerHello and belongs to its facts.
struct AnswerExtras {
  std::optional<uint16_t> group;  // of an ECDHE ServerKeyExchange
  bool ocsp_staple = false;
};

// Most clients are browsers and libraries of which there are few, so their hellos are alike but for
// random numbers: strings and digests of fingerprints are made once for each shape of hello, and
// shared. Bounded, exact (see Memo). One thread.
class FactsMemo {
 public:
  [[nodiscard]] Shared<ClientFacts> of(const ClientHello& hello, Transport transport);
  [[nodiscard]] Shared<ServerFacts> of(const ServerHello& hello, Transport transport);
  // `answer` with its extras.
  [[nodiscard]] Shared<ServerFacts> with(const Shared<ServerFacts>& answer,
                                         const AnswerExtras& extras);

 private:
  static constexpr size_t kHellosMax = 4096;
  static constexpr size_t kAnswersMax = 2048;

  struct Extended {
    Shared<ServerFacts> plain;  // kept: its address is in the key
    Shared<ServerFacts> whole;
  };

  HelloKey key_;
  Memo<Shared<ClientFacts>> hellos_{kHellosMax};
  Memo<Shared<ServerFacts>> answers_{kAnswersMax};
  Memo<Extended> extended_{kAnswersMax};
};

// The same without a memory.
void add_extras(const AnswerExtras& extras, ServerFacts& out);

}  // namespace tls
