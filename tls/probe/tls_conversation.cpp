// SPDX-License-Identifier: Apache-2.0
#include "tls/probe/tls_conversation.hpp"

#include "tls/probe/fresh_random.hpp"
#include "tls/probe/ssl2_answer.hpp"
#include "tls/wire/certificate.hpp"
#include "tls/wire/extensions.hpp"

#include <algorithm>
#include <utility>

namespace tls::probe {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

constexpr uint8_t kSsl2HandshakeFailure = 40;  // the alert that an SSL 2.0 ERROR comes nearest to

Refusal refusal_of(FlightFault fault) noexcept {
  switch (fault) {
    case FlightFault::not_tls:
      return Refusal::not_tls;
    case FlightFault::undecryptable:
      return Refusal::undecryptable;
    case FlightFault::too_much:
      return Refusal::too_much;
    default:
      return Refusal::malformed;
  }
}

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

TlsConversation::TlsConversation(const HelloWish& wish, const KeyShares& keys) : keys_(keys) {
  result_.probe = wish.probe;
  if (wish.probe == Probe::ssl2) {
    SslV2Challenge challenge;
    fill_random(challenge);
    first_flight_ = sslv2_client_hello(challenge);
    is_ssl2_ = true;
    return;
  }
  hello_ = hello_of(wish);
  fill_random(hello_.random);
  if (needs_key_share(wish.probe)) {
    // RFC 8446 appendix D.4: a session id makes it look like TLS 1.2 to middleboxes.
    hello_.session_id.resize(kRandomBytes);
    fill_random(hello_.session_id);
    for (const uint16_t group : {kX25519, kP256}) {  // some configurations have no X25519
      const EphemeralKey* const key = keys_.find(group);
      if (key == nullptr) continue;
      hello_.key_shares = {{group, key->public_key()}};
      break;
    }
  }
  const std::vector<uint8_t> message = client_hello_message(hello_);
  transcript_.add(message);
  first_flight_ = plain_record(ContentType::handshake, hello_.record_version, message);
}

Step TlsConversation::heard(Bytes bytes) {
  if (finished_) return {Step::Kind::finished, {}};
  if (is_ssl2_ && ssl2_stream_.empty() && !bytes.empty() && !is_ssl2_answer(bytes[0])) {
    is_ssl2_ = false;  // a server that does not know SSL 2.0 may say so in TLS
  }
  if (is_ssl2_) return hear_ssl2(bytes);
  flight_.feed(bytes);
  while (!finished_) {
    const FlightEvent event = flight_.next();
    if (event.step == FlightStep::wait) break;
    on_event(event);
  }
  if (finished_) return {Step::Kind::finished, {}};
  if (to_say_.empty()) return {};
  return {Step::Kind::send, std::exchange(to_say_, {})};
}

void TlsConversation::ended(PeerEnd end) noexcept {
  if (!finished_) finish(refusal_of(end));
}

void TlsConversation::finish(Refusal refusal) noexcept {
  finished_ = true;
  result_.refusal = refusal;
  if (refusal == Refusal::none) result_.reached = Reached::end;
}

Step TlsConversation::hear_ssl2(Bytes bytes) {
  ssl2_stream_.insert(ssl2_stream_.end(), bytes.begin(), bytes.end());
  const Parsed<Ssl2Answer> answer = parse_ssl2_answer(ssl2_stream_);
  if (!answer.ok() && answer.error() == ParseError::truncated) return {};
  if (!answer.ok()) {
    finish(answer.error() == ParseError::type_unknown ? Refusal::not_tls : Refusal::malformed);
  } else if (answer.value().is_error) {
    result_.alert = {AlertLevel::fatal, kSsl2HandshakeFailure};
    finish(Refusal::alert);
  } else {
    result_.version = answer.value().version;
    const Bytes der = answer.value().certificate;
    if (!der.empty()) result_.certs.emplace_back(der.begin(), der.end());
    finish(Refusal::none);
  }
  return {Step::Kind::finished, {}};
}

void TlsConversation::on_event(const FlightEvent& event) {
  switch (event.step) {
    case FlightStep::message:
      on_message(event);
      return;
    case FlightStep::alert:
      on_alert(event.alert);
      return;
    case FlightStep::cipher_changed:
      // Before TLS 1.3 what follows is protected with keys that nobody here has.
      if (!is_tls13_ && !result_.hello_retry) finish(Refusal::unexpected);
      return;
    case FlightStep::fault:
      finish(refusal_of(event.fault));
      return;
    case FlightStep::wait:
      return;
  }
}

void TlsConversation::on_alert(const Alert& alert) noexcept {
  const bool fatal = alert.level != AlertLevel::warning;
  if (!result_.alert || fatal) result_.alert = alert;
  constexpr uint8_t kCloseNotify = 0;
  if (fatal) {
    finish(Refusal::alert);
  } else if (alert.description == kCloseNotify) {
    finish(Refusal::closed);
  }
}

void TlsConversation::on_message(const FlightEvent& event) {
  if (event.type == HandshakeType::hello_request) return;
  result_.messages.insert(result_.messages.end(), event.message.begin(), event.message.end());
  const bool after_hello = result_.reached >= Reached::server_hello;
  if (event.type == HandshakeType::server_hello && !after_hello) return on_server_hello(event);
  if (!after_hello) return finish(Refusal::malformed);
  switch (event.type) {
    case HandshakeType::encrypted_extensions: {
      ByteReader reader(event.body());
      ByteReader block;
      if (!reader.u16_prefixed(block)) return finish(Refusal::malformed);
      const Parsed<ExtensionList> extensions = ExtensionList::from(block.rest());
      if (extensions.ok()) note_alpn(extensions.value());
      return;
    }
    case HandshakeType::certificate_request:
      result_.client_certificate_asked = true;
      return;
    case HandshakeType::certificate:
      return on_certificate(event.body());
    case HandshakeType::server_hello_done:
    case HandshakeType::finished:
      return finish(Refusal::none);
    default:
      return;
  }
}

void TlsConversation::on_server_hello(const FlightEvent& event) {
  const Parsed<ServerHello> parsed = parse_server_hello(event.body());
  if (!parsed.ok()) return finish(Refusal::malformed);
  const ServerHello& hello = parsed.value();
  if (hello.is_hello_retry) return on_hello_retry(hello, event.message);
  result_.reached = Reached::server_hello;
  result_.version = selected_version(hello);
  result_.cipher = hello.cipher_suite;
  note_alpn(hello.extensions);
  if (is_tls13_or_draft(result_.version)) on_tls13_hello(hello, event.message);
}

void TlsConversation::on_hello_retry(const ServerHello& hello, Bytes message) {
  const Tls13Suite* const suite = find_tls13_suite(hello.cipher_suite);
  const std::optional<Bytes> cookie = read_cookie(hello);
  if (result_.hello_retry || hello_.key_shares.empty() || suite == nullptr) {
    return finish(Refusal::unexpected);
  }
  if (!cookie) return finish(Refusal::malformed);
  if (cookie->size() > kCookieBytesMax) return finish(Refusal::too_much);
  result_.hello_retry = true;
  result_.reached = Reached::hello_retry;
  retry_cipher_ = suite->code;
  hello_.cookie.assign(cookie->begin(), cookie->end());
  if (const auto body = hello.extensions.find(ExtensionType::key_share)) {
    const Parsed<uint16_t> group = read_selected_group(*body);
    if (!group.ok()) return finish(Refusal::malformed);
    const EphemeralKey* const key = key_of(group.value());
    const bool is_new = hello_.key_shares.front().group != group.value();
    if (key == nullptr || !is_new) return finish(Refusal::unexpected);
    hello_.key_shares = {{group.value(), key->public_key()}};
  } else if (hello_.cookie.empty()) {
    return finish(Refusal::unexpected);  // it would change nothing
  }
  transcript_.replace_by_hash(suite->hash);
  transcript_.add(message);
  const std::vector<uint8_t> again = client_hello_message(hello_);
  transcript_.add(again);
  // RFC 8446 appendix D.4: the ChangeCipherSpec comes before the second hello.
  constexpr uint8_t kChange[] = {1};
  to_say_ = plain_record(ContentType::change_cipher_spec, kTls12, kChange);
  const std::vector<uint8_t> record = plain_record(ContentType::handshake, kTls12, again);
  to_say_.insert(to_say_.end(), record.begin(), record.end());
}

void TlsConversation::on_tls13_hello(const ServerHello& hello, Bytes message) {
  const Tls13Suite* const suite = find_tls13_suite(hello.cipher_suite);
  uint16_t group = 0;
  Bytes peer;
  if (result_.version != kTls13 || hello_.key_shares.empty() || suite == nullptr ||
      (result_.hello_retry && suite->code != retry_cipher_)) {
    return finish(Refusal::unexpected);
  }
  if (!read_server_share(hello, group, peer)) return finish(Refusal::malformed);
  result_.group = group;
  if (group != hello_.key_shares.front().group) return finish(Refusal::unexpected);
  const EphemeralKey* const key = key_of(group);
  const auto shared = key == nullptr ? std::nullopt : key->agree(peer);
  if (!shared) return finish(Refusal::malformed);
  transcript_.add(message);
  const HashBytes secret =
      handshake_traffic_secret(suite->hash, handshake_secret(suite->hash, shared->bytes()),
                               TrafficOf::server, transcript_.digest(suite->hash));
  flight_.protect(record_keys(*suite, secret));
  is_tls13_ = true;
}

void TlsConversation::on_certificate(Bytes body) {
  const Parsed<CertificateList> list =
      parse_certificate_message(body, is_tls13_ ? CertificateForm::tls13 : CertificateForm::tls12);
  if (!list.ok()) return finish(Refusal::malformed);
  result_.reached = Reached::certificate;
  for (const CertificateEntry& entry : list.value())
    result_.certs.emplace_back(entry.der.begin(), entry.der.end());
  result_.certs_cut = !list.value().whole();
  // In TLS 1.3 whatever else is worth knowing came before; until then a status may follow.
  if (is_tls13_) finish(Refusal::none);
}

void TlsConversation::note_alpn(const ExtensionList& extensions) {
  const auto body = extensions.find(ExtensionType::alpn);
  if (!body) return;
  const Parsed<AlpnList> names = AlpnList::from(*body);
  if (!names.ok() || names.value().empty()) return;
  const Bytes name = *names.value().begin();
  result_.alpn.emplace(name.begin(), name.end());
}

const EphemeralKey* TlsConversation::key_of(uint16_t group) {
  if (!std::ranges::count(hello_.groups, group)) return nullptr;
  if (const EphemeralKey* const shared = keys_.find(group)) return shared;
  if (!own_key_ || own_key_->group() != group) own_key_ = EphemeralKey::make(group);
  return own_key_ ? &*own_key_ : nullptr;
}

}  // namespace tls::probe
