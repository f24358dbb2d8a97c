// SPDX-License-Identifier: Apache-2.0
#include "tls/inquiry/course.hpp"

#include "tls/inquiry/session_record.hpp"
#include "tls/probe/next_probe.hpp"
#include "tls/probe/recognise.hpp"
#include "tls/x509/certificate_facts.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <utility>

namespace tls {

using probe::DialogueFailure;
using probe::DialogueResult;
using probe::Probe;
using probe::Refusal;
using probe::StarttlsProtocol;
using probe::TlsResult;

namespace {

using Next = std::optional<AttemptWish>;

constexpr std::string_view kHttp3 = "h3";  // RFC 9114 section 3.1
constexpr std::string_view kDoq = "doq";   // RFC 9250 section 4.1, like the next
constexpr uint16_t kDoqPort = 853;

// RFC 6066 section 3.
std::string sni_of(std::string_view name) {
  if (!probe::is_host_name(name)) return {};
  if (name.ends_with('.')) name.remove_suffix(1);
  return std::string(name);
}

std::string address_text(const flowtable::IpAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool is_v4 = address.is_v4();
  const uint8_t* const bytes = address.bytes.data() + (is_v4 ? 12 : 0);
  inet_ntop(is_v4 ? AF_INET : AF_INET6, bytes, text.data(), text.size());
  return text.data();
}

// A server of TLS 1.3 alone chooses by the signature algorithms, so its key tells which is left.
std::optional<Probe> other_probe(const TlsResult& result) {
  if (result.probe == Probe::b && !result.certs.empty()) {
    const bool is_rsa = parse_certificate(result.certs.front()).key_algorithm.starts_with("RSA");
    return is_rsa ? Probe::b_ecdsa : Probe::b_rsa;
  }
  return probe::other_certificate_probe(result);
}

// MySQL counts every connection that ends before its login against our address and refuses all
// from it at last (max_connect_errors). What was not asked by name is not worth that.
bool is_touchy(const StarttlsProtocol* protocol) noexcept {
  return protocol != nullptr && protocol->name == "mysql";
}

bool is_refusal(DialogueFailure failure) noexcept {
  return failure == DialogueFailure::no_advert || failure == DialogueFailure::refused ||
         failure == DialogueFailure::no_certificate;
}

}  // namespace

Course::Course(const ServiceQuestion& question, const InquiryWish& wish)
    : wish_(wish),
      host_(question.name.empty() ? address_text(question.server.address) : question.name) {
  way_.port = question.server.port;
  way_.names = {wish.own_name, question.name};
  way_.host = sni_of(question.name);
  if (question.transport != Transport::tcp) {
    const bool is_quic = question.transport == Transport::quic;
    way_.probe = is_quic ? Probe::quic : Probe::dtls;
    if (is_quic) way_.alpn = question.server.port == kDoqPort ? kDoq : kHttp3;
    return;
  }
  const StarttlsProtocol* const protocol = question.protocol.empty()
                                               ? probe::protocol_of_port(question.server.port)
                                               : probe::protocol_named(question.protocol);
  way_ = protocol != nullptr ? by_dialogue(*protocol) : directly({});
}

AttemptWish Course::with(const AttemptWish& way, Probe probe) const {
  AttemptWish out = way;
  out.probe = probe;
  return out;
}

// A server that wants a cookie or a token back remembers nothing of us: where our answer is lost,
// neither side says it again (RFC 6347 section 4.2.1, RFC 9000 section 8.1.2).
Next Course::once_more(const Attempt& attempt) {
  const TlsResult& result = *attempt.tls();
  const bool is_cut = result.refusal == Refusal::timed_out && result.certs.empty();
  if (!is_cut || !attempt.heard_something() || tried_once_more_) return std::nullopt;
  tried_once_more_ = true;
  return attempt.wish();
}

// QUIC always agrees on a protocol (RFC 9001 section 8.1): who does not speak ours may speak DNS.
Next Course::other_alpn(const Attempt& attempt) {
  constexpr uint8_t kNoApplicationProtocol = 120;
  const TlsResult& result = *attempt.tls();
  const bool is_refused = result.alert && result.alert->description == kNoApplicationProtocol;
  if (!is_refused || way_.alpn.empty() || tried_other_alpn_) return std::nullopt;
  tried_other_alpn_ = true;
  way_.alpn = way_.alpn == kDoq ? kHttp3 : kDoq;
  return way_;
}

AttemptWish Course::directly(std::string_view alpn) {
  tried_directly_ = true;
  way_.protocol = nullptr;
  way_.listens = false;
  way_.alpn = alpn;
  return way_;
}

AttemptWish Course::by_dialogue(const StarttlsProtocol& protocol) {
  tried_.push_back(&protocol);
  tried_listening_ = tried_listening_ || protocol.first == probe::Speaker::server;
  way_.protocol = &protocol;
  way_.listens = false;
  way_.alpn.clear();
  return way_;
}

AttemptWish Course::by_listening() {
  tried_listening_ = true;
  way_.protocol = nullptr;
  way_.listens = true;
  way_.alpn.clear();
  return way_;
}

Next Course::after(const Attempt& attempt) {
  if (is_udp()) {
    if (Next again = once_more(attempt)) return again;
  }
  if (stage_ == Stage::certificate) {
    const TlsResult* const tls = attempt.tls();
    const bool is_found = tls != nullptr && has_hello(*tls);
    return is_found ? after_certificate(attempt) : after_refusal(attempt);
  }
  return after_certificate(attempt);
}

Next Course::settle(const Attempt& attempt) {
  found_by_ = attempt.tls()->probe;
  way_.protocol = attempt.protocol();  // it may have been found by listening
  way_.listens = false;
  way_.names = attempt.wish().names;
  if (is_touchy(way_.protocol)) {
    stage_ = Stage::over;
    return std::nullopt;
  }
  stage_ = Stage::other_certificate;
  const std::optional<Probe> other = other_probe(*attempt.tls());
  if (!other || !wish_.other_certificate) return std::nullopt;
  return with(way_, *other);
}

Next Course::after_certificate(const Attempt& attempt) {
  if (stage_ == Stage::certificate) {
    if (Next other = settle(attempt)) return other;
  }
  if (stage_ == Stage::other_certificate) {
    stage_ = Stage::without_name;
    if (wish_.without_name && !way_.host.empty()) {
      AttemptWish nameless = with(way_, found_by_);
      nameless.host.clear();
      return nameless;
    }
  }
  if (stage_ == Stage::without_name && !is_udp()) {
    stage_ = Stage::deep;
    deep_.emplace(wish_, with(way_, found_by_), host_);
  } else if (stage_ == Stage::deep) {
    deep_->take(attempt);
  }
  if (stage_ == Stage::deep) {
    if (Next deeper = deep_->next()) return deeper;
  }
  stage_ = Stage::over;
  return std::nullopt;
}

void Course::write(ServiceReport& report) const {
  if (deep_) deep_->write(report);
}

uint32_t Course::connections_max() const noexcept {
  constexpr uint32_t kForCertificates = 24;
  const bool is_deep = wish_.jarm || wish_.versions || wish_.ciphers || wish_.groups;
  return kForCertificates + (is_deep ? DeepLook::kConnectionsMax : 0);
}

Next Course::after_refusal(const Attempt& attempt) {
  if (is_udp()) return other_alpn(attempt);  // there is no other way, and no older hello
  if (attempt.protocol() != nullptr && way_.listens) {
    // It said who it is: from here on this is the way.
    way_ = by_dialogue(*attempt.protocol());
  }
  if (Next next = next_probe_after(attempt)) return next;
  return another_way(attempt);
}

Next Course::next_probe_after(const Attempt& attempt) const {
  const TlsResult* const tls = attempt.tls();
  if (tls == nullptr) return std::nullopt;
  const bool is_refusal = tls->refusal == Refusal::alert || tls->refusal == Refusal::closed ||
                          tls->refusal == Refusal::reset;
  if (!is_refusal) return std::nullopt;
  std::optional<Probe> next = probe::next_probe(*tls);
  if (next == Probe::c && !wish_.legacy) next.reset();
  if (!next && wish_.old_ssl) {
    if (tls->probe == Probe::b || tls->probe == Probe::c) next = Probe::ssl3;
    if (tls->probe == Probe::ssl3) next = Probe::ssl2;
  }
  return next ? Next(with(way_, *next)) : std::nullopt;
}

Next Course::another_way(const Attempt& attempt) {
  if (!attempt.heard_something()) return unheard_way();
  const DialogueResult* const dialogue = attempt.dialogue();
  if (dialogue != nullptr && is_refusal(dialogue->failure)) {
    if (Next again = xmpp_again(attempt)) return again;
    const std::string_view alpn = attempt.protocol()->direct_alpn;
    return alpn.empty() || tried_directly_ ? std::nullopt : Next(directly(alpn));
  }
  // Both sides agreed on TLS, or the server is slow or gone in the middle of its own protocol.
  const bool is_other_protocol =
      dialogue != nullptr ? dialogue->failure == DialogueFailure::not_this_protocol
                          : attempt.tls() != nullptr && attempt.tls()->refusal == Refusal::not_tls;
  if (!is_other_protocol) return std::nullopt;
  const std::string_view speaks = attempt.speaks();
  const bool is_tls = speaks == probe::kSpeaksTls || speaks == probe::kSpeaksTlsAlert;
  if (is_tls) return tried_directly_ ? std::nullopt : Next(directly({}));
  const StarttlsProtocol* const protocol = probe::protocol_named(speaks);
  if (protocol != nullptr) {
    return std::ranges::count(tried_, protocol) > 0 ? std::nullopt : Next(by_dialogue(*protocol));
  }
  // Words that nobody knows may be half a greeting.
  return speaks.empty() && !tried_listening_ ? Next(by_listening()) : std::nullopt;
}

// Not a word so far.
Next Course::unheard_way() {
  if (!tried_directly_) return directly(tried_.empty() ? "" : tried_.back()->direct_alpn);
  if (!tried_listening_) return by_listening();
  return std::nullopt;
}

// A server that is not asked by its name may say what that is.
Next Course::xmpp_again(const Attempt& attempt) {
  const std::string& name = attempt.dialogue()->peer_name;
  if (name.empty() || tried_peer_name_ || name == way_.names.domain) return std::nullopt;
  tried_peer_name_ = true;
  way_.names.domain = name;
  return way_;
}

}  // namespace tls
