// SPDX-License-Identifier: Apache-2.0
// One TLS connection that we lead, up to the server's certificate.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/probe/flight_opener.hpp"
#include "tls/probe/hello_set.hpp"
#include "tls/probe/key_shares.hpp"
#include "tls/probe/server_handshake.hpp"
#include "tls/probe/step.hpp"
#include "tls/probe/tls_result.hpp"

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
  static constexpr size_t kCookieBytesMax = ServerHandshake::kCookieBytesMax;

  // The probe's carrier is TCP (carrier_of). Random and session id are new for each conversation,
  // by OpenSSL's generator.
  TlsConversation(const HelloWish& wish, const KeyShares& keys);

  [[nodiscard]] const std::vector<uint8_t>& first_flight() const noexcept { return first_flight_; }

  // What the server said since, in order, cut anyhow. After `finished` it is passed over.
  [[nodiscard]] Step heard(flowtable::Bytes bytes);
  // The connection ended; for the result. Passed over after `finished`.
  void ended(PeerEnd end) noexcept;

  [[nodiscard]] bool finished() const noexcept { return handshake_.over(); }
  [[nodiscard]] const TlsResult& result() const noexcept { return handshake_.result(); }
  [[nodiscard]] TlsResult take_result() noexcept { return std::move(handshake_.result()); }

 private:
  [[nodiscard]] Step hear_ssl2(flowtable::Bytes bytes);
  void on_event(const FlightEvent& event);
  void on_message(flowtable::Bytes message);

  ServerHandshake handshake_;
  std::vector<uint8_t> first_flight_;
  std::vector<uint8_t> to_say_;
  FlightOpener flight_;
  std::vector<uint8_t> ssl2_stream_;
  bool is_ssl2_ = false;
};

}  // namespace tls::probe
