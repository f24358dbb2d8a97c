// SPDX-License-Identifier: Apache-2.0
// One hello and the first word of its answer: for what a server accepts, not for its certificate.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/probe/client_hello_builder.hpp"
#include "tls/probe/flight_opener.hpp"
#include "tls/probe/step.hpp"
#include "tls/probe/tls_result.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace tls::probe {

// Of a ServerHello or a HelloRetryRequest, which names version and suite as well.
struct SoundingAnswer {
  Refusal refusal = Refusal::none;  // none: there is an answer
  std::optional<Alert> alert;
  uint16_t version = 0;
  uint16_t cipher = 0;
  std::optional<uint16_t> group;  // TLS 1.3: of the key share, or the one asked for
};

// Like TlsConversation, and over with the first message of the server. One thread at a time.
class Sounding {
 public:
  // Random and, where the hello offers TLS 1.3, session id are made here.
  explicit Sounding(HelloDescription hello);

  [[nodiscard]] const std::vector<uint8_t>& first_flight() const noexcept { return first_flight_; }
  [[nodiscard]] Step heard(flowtable::Bytes bytes);
  void ended(PeerEnd end) noexcept;
  [[nodiscard]] bool finished() const noexcept { return finished_; }
  [[nodiscard]] const SoundingAnswer& answer() const noexcept { return answer_; }

 private:
  void finish(Refusal refusal) noexcept;
  void on_event(const FlightEvent& event) noexcept;
  void on_server_hello(flowtable::Bytes body) noexcept;

  std::vector<uint8_t> first_flight_;
  FlightOpener flight_;
  SoundingAnswer answer_;
  bool finished_ = false;
};

}  // namespace tls::probe
