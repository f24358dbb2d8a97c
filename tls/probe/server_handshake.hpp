// SPDX-License-Identifier: Apache-2.0
// What a server's handshake messages say, whatever carried them here.
#pragma once

#include "flowtable/base/byte_reader.hpp"
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

[[nodiscard]] Refusal refusal_of(PeerEnd end) noexcept;

// What the transport has to do after a message.
enum class AfterMessage : uint8_t {
  nothing,
  hello_again,  // say client_hello(), which is new
  keys,         // what follows is under the keys of traffic()
  over,         // result() tells what came of it
};

// TLS 1.3: of the handshake's records or packets.
struct HandshakeTraffic {
  const Tls13Suite* suite = nullptr;
  HashBytes server;  // the traffic secrets
  HashBytes client;
};

// Reads a server's messages up to its certificate (before TLS 1.3 up to ServerHelloDone) and keeps
// what is worth it. Records, packets, fragments and loss are of the conversation that owns this.
// `keys` must outlive it. One thread at a time.
class ServerHandshake {
 public:
  // Of a HelloRetryRequest's cookie, which the second hello repeats in its one record.
  static constexpr size_t kCookieBytesMax = 8192;

  // What a hello says that is of one connection, before any of it is written.
  struct Opening {
    std::vector<uint8_t> session_id{};
    std::vector<uint8_t> quic_parameters{};
  };
  // Random is new for each, by OpenSSL's generator. The probe is not ssl2.
  ServerHandshake(const HelloWish& wish, const KeyShares& keys, const Opening& opening);

  // The latest ClientHello, with its header of four bytes.
  [[nodiscard]] const std::vector<uint8_t>& client_hello() const noexcept { return client_hello_; }
  [[nodiscard]] const HelloDescription& hello() const noexcept { return hello_; }
  // DTLS: the hello again, with this cookie (at most 255 bytes).
  void repeat_with_dtls_cookie(flowtable::Bytes cookie);

  // The next message, with its header of four bytes as TLS has it.
  [[nodiscard]] AfterMessage take(flowtable::Bytes message);
  [[nodiscard]] AfterMessage take_alert(const Alert& alert) noexcept;
  // Ends it; passed over where it is over.
  void finish(Refusal refusal) noexcept;

  [[nodiscard]] bool over() const noexcept { return over_; }
  // After AfterMessage::keys.
  [[nodiscard]] const HandshakeTraffic& traffic() const noexcept { return traffic_; }
  [[nodiscard]] bool is_tls13() const noexcept { return traffic_.suite != nullptr; }
  [[nodiscard]] TlsResult& result() noexcept { return result_; }
  [[nodiscard]] const TlsResult& result() const noexcept { return result_; }

 private:
  [[nodiscard]] AfterMessage refuse(Refusal refusal) noexcept;
  [[nodiscard]] AfterMessage on_body(HandshakeType type, flowtable::Bytes body);
  [[nodiscard]] AfterMessage on_server_hello(flowtable::Bytes body, flowtable::Bytes message);
  [[nodiscard]] AfterMessage on_hello_retry(const ServerHello& hello, flowtable::Bytes message);
  [[nodiscard]] AfterMessage on_tls13_hello(const ServerHello& hello, flowtable::Bytes message);
  [[nodiscard]] AfterMessage on_encrypted_extensions(flowtable::Bytes body);
  [[nodiscard]] AfterMessage on_certificate(flowtable::Bytes body);
  void note_alpn(const ExtensionList& extensions);
  // Our key pair of this group, made where it is not among the shared ones.
  [[nodiscard]] const EphemeralKey* key_of(uint16_t group);

  const KeyShares& keys_;
  HelloDescription hello_;
  std::vector<uint8_t> client_hello_;
  std::optional<EphemeralKey> own_key_;
  Transcript transcript_;
  uint16_t retry_cipher_ = 0;
  HandshakeTraffic traffic_;
  bool over_ = false;
  TlsResult result_;
};

}  // namespace tls::probe
