// SPDX-License-Identifier: Apache-2.0
#include "tls/probe/server_handshake.hpp"

#include "tls/probe/fresh_random.hpp"
#include "tls/wire/certificate.hpp"
#include "tls/wire/extensions.hpp"

#include <algorithm>

namespace tls::probe {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

// RFC 8446 section 4.2.8, ServerHello form.
bool read_server_share(const ServerHello& hello, uint16_t& group, Bytes& key) noexcept {
  const auto body = hello.extensions.find(ExtensionType::key_share);
  if (!body) return false;
  ByteReader reader(*body);
  ByteReader share;
  if (!reader.u16(group) || !reader.u16_prefixed(share) || !reader.empty()) return false;
  key = share.rest();
  return true;
}

// The cookie of a HelloRetryRequest; empty where there is none.
std::optional<Bytes> read_cookie(const ServerHello& hello) noexcept {
  const auto body = hello.extensions.find(ExtensionType{kCookie});
  if (!body) return Bytes{};
  ByteReader reader(*body);
  ByteReader cookie;
  if (!reader.u16_prefixed(cookie) || !reader.empty() || cookie.empty()) return std::nullopt;
  return cookie.rest();
}

}  // namespace

Refusal refusal_of(PeerEnd end) noexcept {
  switch (end) {
    case PeerEnd::closed:
      return Refusal::closed;
    case PeerEnd::reset:
      return Refusal::reset;
    case PeerEnd::timed_out:
      return Refusal::timed_out;
    case PeerEnd::too_much:
      break;
  }
  return Refusal::too_much;
}

ServerHandshake::ServerHandshake(const HelloWish& wish, const KeyShares& keys,
                                 const Opening& opening)
    : keys_(keys), hello_(hello_of(wish)) {
  result_.probe = wish.probe;
  fill_random(hello_.random);
  hello_.session_id = opening.session_id;
  hello_.quic_parameters = opening.quic_parameters;
  if (needs_key_share(wish.probe)) {
    for (const uint16_t group : {kX25519, kP256}) {  // some configurations have no X25519
      const EphemeralKey* const key = keys_.find(group);
      if (key == nullptr) continue;
      hello_.key_shares = {{group, key->public_key()}};
      break;
    }
  }
  client_hello_ = client_hello_message(hello_);
  transcript_.add(client_hello_);
}

void ServerHandshake::repeat_with_dtls_cookie(Bytes cookie) {
  hello_.dtls_cookie.emplace(cookie.begin(), cookie.end());
  client_hello_ = client_hello_message(hello_);
}

void ServerHandshake::finish(Refusal refusal) noexcept {
  if (over_) return;
  over_ = true;
  result_.refusal = refusal;
  if (refusal == Refusal::none) result_.reached = Reached::end;
}

AfterMessage ServerHandshake::refuse(Refusal refusal) noexcept {
  finish(refusal);
  return AfterMessage::over;
}

AfterMessage ServerHandshake::take_alert(const Alert& alert) noexcept {
  const bool fatal = alert.level != AlertLevel::warning;
  if (!result_.alert || fatal) result_.alert = alert;
  constexpr uint8_t kCloseNotify = 0;
  if (fatal) return refuse(Refusal::alert);
  return alert.description == kCloseNotify ? refuse(Refusal::closed) : AfterMessage::nothing;
}

AfterMessage ServerHandshake::take(Bytes message) {
  ByteReader reader(message);
  uint8_t type_byte = 0;
  ByteReader body;
  if (!reader.u8(type_byte) || !reader.u24_prefixed(body)) return refuse(Refusal::malformed);
  const auto type = static_cast<HandshakeType>(type_byte);
  if (type == HandshakeType::hello_request) return AfterMessage::nothing;
  result_.messages.insert(result_.messages.end(), message.begin(), message.end());
  if (result_.reached >= Reached::server_hello) return on_body(type, body.rest());
  if (type != HandshakeType::server_hello) return refuse(Refusal::malformed);
  return on_server_hello(body.rest(), message);
}

AfterMessage ServerHandshake::on_body(HandshakeType type, Bytes body) {
  switch (type) {
    case HandshakeType::encrypted_extensions:
      return on_encrypted_extensions(body);
    case HandshakeType::certificate_request:
      result_.client_certificate_asked = true;
      return AfterMessage::nothing;
    case HandshakeType::certificate:
      return on_certificate(body);
    case HandshakeType::server_hello_done:
    case HandshakeType::finished:
      return refuse(Refusal::none);
    default:
      return AfterMessage::nothing;
  }
}

AfterMessage ServerHandshake::on_encrypted_extensions(Bytes body) {
  ByteReader reader(body);
  ByteReader block;
  if (!reader.u16_prefixed(block)) return refuse(Refusal::malformed);
  const Parsed<ExtensionList> extensions = ExtensionList::from(block.rest());
  if (extensions.ok()) note_alpn(extensions.value());
  return AfterMessage::nothing;
}

AfterMessage ServerHandshake::on_server_hello(Bytes body, Bytes message) {
  const Parsed<ServerHello> parsed = parse_server_hello(body);
  if (!parsed.ok()) return refuse(Refusal::malformed);
  const ServerHello& hello = parsed.value();
  if (hello.is_hello_retry) return on_hello_retry(hello, message);
  result_.reached = Reached::server_hello;
  result_.version = selected_version(hello);
  result_.cipher = hello.cipher_suite;
  note_alpn(hello.extensions);
  if (is_tls13_or_draft(result_.version)) return on_tls13_hello(hello, message);
  return AfterMessage::nothing;
}

AfterMessage ServerHandshake::on_hello_retry(const ServerHello& hello, Bytes message) {
  const Tls13Suite* const suite = find_tls13_suite(hello.cipher_suite);
  const std::optional<Bytes> cookie = read_cookie(hello);
  if (result_.hello_retry || hello_.key_shares.empty() || suite == nullptr) {
    return refuse(Refusal::unexpected);
  }
  if (!cookie) return refuse(Refusal::malformed);
  if (cookie->size() > kCookieBytesMax) return refuse(Refusal::too_much);
  result_.hello_retry = true;
  result_.reached = Reached::hello_retry;
  retry_cipher_ = suite->code;
  hello_.cookie.assign(cookie->begin(), cookie->end());
  if (const auto body = hello.extensions.find(ExtensionType::key_share)) {
    const Parsed<uint16_t> group = read_selected_group(*body);
    if (!group.ok()) return refuse(Refusal::malformed);
    const EphemeralKey* const key = key_of(group.value());
    const bool is_new = hello_.key_shares.front().group != group.value();
    if (key == nullptr || !is_new) return refuse(Refusal::unexpected);
    hello_.key_shares = {{group.value(), key->public_key()}};
  } else if (hello_.cookie.empty()) {
    return refuse(Refusal::unexpected);  // it would change nothing
  }
  transcript_.replace_by_hash(suite->hash);
  transcript_.add(message);
  client_hello_ = client_hello_message(hello_);
  transcript_.add(client_hello_);
  return AfterMessage::hello_again;
}

AfterMessage ServerHandshake::on_tls13_hello(const ServerHello& hello, Bytes message) {
  const Tls13Suite* const suite = find_tls13_suite(hello.cipher_suite);
  uint16_t group = 0;
  Bytes peer;
  if (result_.version != kTls13 || hello_.key_shares.empty() || suite == nullptr ||
      (result_.hello_retry && suite->code != retry_cipher_)) {
    return refuse(Refusal::unexpected);
  }
  if (!read_server_share(hello, group, peer)) return refuse(Refusal::malformed);
  result_.group = group;
  if (group != hello_.key_shares.front().group) return refuse(Refusal::unexpected);
  const EphemeralKey* const key = key_of(group);
  const auto shared = key == nullptr ? std::nullopt : key->agree(peer);
  if (!shared) return refuse(Refusal::malformed);
  transcript_.add(message);
  const HashBytes secret = handshake_secret(suite->hash, shared->bytes());
  const HashBytes digest = transcript_.digest(suite->hash);
  const auto of = [&](TrafficOf sender) {
    return handshake_traffic_secret(suite->hash, secret, sender, digest);
  };
  traffic_ = {suite, of(TrafficOf::server), of(TrafficOf::client)};
  return AfterMessage::keys;
}

AfterMessage ServerHandshake::on_certificate(Bytes body) {
  const Parsed<CertificateList> list =
      parse_certificate_message(body, is_tls13() ? CertificateForm::tls13 : CertificateForm::tls12);
  if (!list.ok()) return refuse(Refusal::malformed);
  result_.reached = Reached::certificate;
  for (const CertificateEntry& entry : list.value())
    result_.certs.emplace_back(entry.der.begin(), entry.der.end());
  result_.certs_cut = !list.value().whole();
  // In TLS 1.3 whatever else is worth knowing came before; until then a status may follow.
  return is_tls13() ? refuse(Refusal::none) : AfterMessage::nothing;
}

void ServerHandshake::note_alpn(const ExtensionList& extensions) {
  const auto body = extensions.find(ExtensionType::alpn);
  if (!body) return;
  const Parsed<AlpnList> names = AlpnList::from(*body);
  if (!names.ok() || names.value().empty()) return;
  const Bytes name = *names.value().begin();
  result_.alpn.emplace(name.begin(), name.end());
}

const EphemeralKey* ServerHandshake::key_of(uint16_t group) {
  if (!std::ranges::count(hello_.groups, group)) return nullptr;
  if (const EphemeralKey* const shared = keys_.find(group)) return shared;
  if (!own_key_ || own_key_->group() != group) own_key_ = EphemeralKey::make(group);
  return own_key_ ? &*own_key_ : nullptr;
}

}  // namespace tls::probe
