// SPDX-License-Identifier: Apache-2.0
#include "tls/probe/tls_conversation.hpp"

#include "flowtable/base/check.hpp"
#include "tls/probe/fresh_random.hpp"
#include "tls/probe/ssl2_answer.hpp"

#include <utility>

namespace tls::probe {

using flowtable::Bytes;

namespace {

constexpr uint8_t kSsl2HandshakeFailure = 40;  // the alert that an SSL 2.0 ERROR comes nearest to

Refusal refusal_of_flight(FlightFault fault) noexcept {
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

// RFC 8446 appendix D.4: a session id makes it look like TLS 1.2 to middleboxes.
ServerHandshake::Opening opening_of(Probe probe) {
  ServerHandshake::Opening out;
  if (!needs_key_share(probe)) return out;
  out.session_id.resize(kRandomBytes);
  fill_random(out.session_id);
  return out;
}

// A server of SSL 2.0 that answers in TLS is read as one that was asked in SSL 3.0.
HelloWish in_tls(HelloWish wish) noexcept {
  if (wish.probe == Probe::ssl2) wish.probe = Probe::ssl3;
  return wish;
}

}  // namespace

TlsConversation::TlsConversation(const HelloWish& wish, const KeyShares& keys)
    : handshake_(in_tls(wish), keys, opening_of(wish.probe)) {
  CHECK(carrier_of(wish.probe) == Carrier::tcp);
  handshake_.result().probe = wish.probe;
  if (wish.probe == Probe::ssl2) {
    SslV2Challenge challenge;
    fill_random(challenge);
    first_flight_ = sslv2_client_hello(challenge);
    is_ssl2_ = true;
    return;
  }
  first_flight_ = plain_record(ContentType::handshake, handshake_.hello().record_version,
                               handshake_.client_hello());
}

Step TlsConversation::heard(Bytes bytes) {
  if (finished()) return {Step::Kind::finished, {}};
  if (is_ssl2_ && ssl2_stream_.empty() && !bytes.empty() && !is_ssl2_answer(bytes[0])) {
    is_ssl2_ = false;  // a server that does not know SSL 2.0 may say so in TLS
  }
  if (is_ssl2_) return hear_ssl2(bytes);
  flight_.feed(bytes);
  while (!finished()) {
    const FlightEvent event = flight_.next();
    if (event.step == FlightStep::wait) break;
    on_event(event);
  }
  if (finished()) return {Step::Kind::finished, {}};
  if (to_say_.empty()) return {};
  return {Step::Kind::send, std::exchange(to_say_, {})};
}

void TlsConversation::ended(PeerEnd end) noexcept {
  handshake_.finish(refusal_of(end));
}

Step TlsConversation::hear_ssl2(Bytes bytes) {
  ssl2_stream_.insert(ssl2_stream_.end(), bytes.begin(), bytes.end());
  const Parsed<Ssl2Answer> answer = parse_ssl2_answer(ssl2_stream_);
  if (!answer.ok() && answer.error() == ParseError::truncated) return {};
  if (!answer.ok()) {
    handshake_.finish(answer.error() == ParseError::type_unknown ? Refusal::not_tls
                                                                 : Refusal::malformed);
  } else if (answer.value().is_error) {
    handshake_.result().alert = {AlertLevel::fatal, kSsl2HandshakeFailure};
    handshake_.finish(Refusal::alert);
  } else {
    handshake_.result().version = answer.value().version;
    const Bytes der = answer.value().certificate;
    if (!der.empty()) handshake_.result().certs.emplace_back(der.begin(), der.end());
    handshake_.finish(Refusal::none);
  }
  return {Step::Kind::finished, {}};
}

void TlsConversation::on_event(const FlightEvent& event) {
  switch (event.step) {
    case FlightStep::message:
      on_message(event.message);
      return;
    case FlightStep::alert:
      (void)handshake_.take_alert(event.alert);
      return;
    case FlightStep::cipher_changed:
      // Before TLS 1.3 what follows is protected with keys that nobody here has.
      if (!handshake_.is_tls13() && !result().hello_retry) {
        handshake_.finish(Refusal::unexpected);
      }
      return;
    case FlightStep::fault:
      handshake_.finish(refusal_of_flight(event.fault));
      return;
    case FlightStep::wait:
      return;
  }
}

void TlsConversation::on_message(Bytes message) {
  const AfterMessage after = handshake_.take(message);
  if (after == AfterMessage::keys) {
    const HandshakeTraffic& traffic = handshake_.traffic();
    flight_.protect(record_keys(*traffic.suite, traffic.server));
  } else if (after == AfterMessage::hello_again) {
    // RFC 8446 appendix D.4: the ChangeCipherSpec comes before the second hello.
    constexpr uint8_t kChange[] = {1};
    to_say_ = plain_record(ContentType::change_cipher_spec, kTls12, kChange);
    const std::vector<uint8_t> record =
        plain_record(ContentType::handshake, kTls12, handshake_.client_hello());
    to_say_.insert(to_say_.end(), record.begin(), record.end());
  }
}

}  // namespace tls::probe
