// SPDX-License-Identifier: Apache-2.0
// One TLS connection that we lead, up to the server's certificate.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/probe/flight_opener.hpp"
#include "tls/probe/hello_set.hpp"
#include "tls/probe/key_schedule.hpp"
#include "tls/probe/key_shares.hpp"
#include "tls/probe/step.hpp"
#include "tls/probe/tls_result.hpp"
#include "tls/wire/server_hello.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tls::probe {

// Says first_flight(), then what heard() answers. Nothing is ever finished: once the certificate is
// there the caller closes. Owns what it needs of `wish`; `keys` must outlive it. One thread at a
// time.
class TlsConversation {
 public:
  // Of a HelloRetryRequest's cookie, which the second hello repeats in its one record.
  static constexpr size_t kCookieBytesMax = 8192;

  TlsConversation(const HelloWish& wish, const KeyShares& keys);

  // Random and session id are new for each conversation, by OpenSSL's generator.
  [[nodiscard]] const std::vector<uint8_t>& first_flight() const noexcept { return first_flight_; }

  // What the server said since, in order, cut anyhow. After `finished` it is passed over.
  [[nodiscard]] Step heard(flowtable::Bytes bytes);
  // The connection ended; for the result. Passed over after `finished`.
  void ended(PeerEnd end) noexcept;

  [[nodiscard]] bool finished() const noexcept { return finished_; }
  [[nodiscard]] const TlsResult& result() const noexcept { return result_; }
  [[nodiscard]] TlsResult take_result() noexcept { return std::move(result_); }

 private:
  void finish(Refusal refusal) noexcept;
  [[nodiscard]] Step hear_ssl2(flowtable::Bytes bytes);
  void on_event(const FlightEvent& event);
  void on_message(const FlightEvent& event);
  void on_alert(const Alert& alert) noexcept;
  void on_server_hello(const FlightEvent& event);
  void on_hello_retry(const ServerHello& hello, flowtable::Bytes message);
  void on_tls13_hello(const ServerHello& hello, flowtable::Bytes message);
  void on_certificate(flowtable::Bytes body);
  void note_alpn(const ExtensionList& extensions);
  // Our key pair of this group, made where it is not among the shared ones.
  [[nodiscard]] const EphemeralKey* key_of(uint16_t group);

  const KeyShares& keys_;
  HelloDescription hello_;
  std::vector<uint8_t> first_flight_;
  std::vector<uint8_t> to_say_;
  std::optional<EphemeralKey> own_key_;
  Transcript transcript_;
  uint16_t retry_cipher_ = 0;
  FlightOpener flight_;
  std::vector<uint8_t> ssl2_stream_;
  bool is_ssl2_ = false;
  bool is_tls13_ = false;
  bool finished_ = false;
  TlsResult result_;
};

}  // namespace tls::probe
