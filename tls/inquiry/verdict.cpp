// SPDX-License-Identifier: Apache-2.0
#include "tls/inquiry/verdict.hpp"

#include "tls/inquiry/quic_error_text.hpp"
#include "tls/inquiry/session_record.hpp"

namespace tls {

using probe::DialogueFailure;
using probe::DialogueResult;
using probe::PeerEnd;
using probe::Reached;
using probe::Refusal;
using probe::TlsResult;

namespace {

NoTlsReason reason_of(PeerEnd end) noexcept {
  switch (end) {
    case PeerEnd::closed:
      return NoTlsReason::closed;
    case PeerEnd::reset:
      return NoTlsReason::reset;
    case PeerEnd::timed_out:
      return NoTlsReason::timed_out;
    case PeerEnd::too_much:
      return NoTlsReason::too_much;
  }
  return NoTlsReason::closed;
}

NoTlsReason reason_of(DialogueFailure failure) noexcept {
  switch (failure) {
    case DialogueFailure::timed_out:
      return NoTlsReason::timed_out;
    case DialogueFailure::closed:
      return NoTlsReason::closed;
    case DialogueFailure::reset:
      return NoTlsReason::reset;
    case DialogueFailure::too_much:
      return NoTlsReason::too_much;
    case DialogueFailure::not_this_protocol:
      return NoTlsReason::not_tls;
    default:
      return NoTlsReason::starttls;
  }
}

// Who has agreed to TLS in a dialogue, or has begun to speak it, and then goes, refuses it.
NoTlsReason reason_of(const TlsResult& result, bool has_agreed) noexcept {
  const bool has_begun = has_agreed || result.reached != Reached::nothing;
  switch (result.refusal) {
    case Refusal::alert:
      return NoTlsReason::refused;
    case Refusal::closed:
      return has_begun ? NoTlsReason::refused : NoTlsReason::closed;
    case Refusal::reset:
      return has_begun ? NoTlsReason::refused : NoTlsReason::reset;
    case Refusal::timed_out:
      return NoTlsReason::timed_out;
    case Refusal::too_much:
      return NoTlsReason::too_much;
    case Refusal::not_tls:
      return NoTlsReason::not_tls;
    default:
      return NoTlsReason::malformed;
  }
}

// QUIC has refusals that TLS knows nothing of.
void take_quic(const TlsResult& result, Verdict& out) {
  if (result.quic_error && !result.alert) {
    out.reason = NoTlsReason::refused;
    out.code = quic_error_text(*result.quic_error);
  }
  // RFC 9000 section 6: nothing but a list of other versions came.
  const bool is_quic = result.probe == probe::Probe::quic;
  if (is_quic && result.refusal == Refusal::unexpected && result.reached == Reached::nothing) {
    out.reason = NoTlsReason::refused;
    out.step = "version";
  }
}

int weight_of(const Verdict& verdict) noexcept {
  switch (verdict.reason) {
    case NoTlsReason::none:
      return 0;
    case NoTlsReason::timed_out:
    case NoTlsReason::closed:
    case NoTlsReason::reset:
      return verdict.speaks.empty() && verdict.starttls.empty() ? 1 : 2;
    case NoTlsReason::too_much:
      return 3;
    case NoTlsReason::malformed:
      return 4;
    case NoTlsReason::not_tls:
      return 5;
    case NoTlsReason::starttls:
      return 6;
    default:
      return verdict.alert ? 8 : 7;
  }
}

}  // namespace

Verdict verdict_on(const Attempt& attempt) {
  Verdict out;
  const DialogueResult* const dialogue = attempt.dialogue();
  const TlsResult* const tls = attempt.tls();
  if (tls != nullptr && has_hello(*tls)) return out;
  // A protocol counts as spoken where something was heard of it.
  if (attempt.protocol() != nullptr && attempt.heard_something()) {
    out.starttls = attempt.protocol()->name;
  }
  if (tls != nullptr) {
    out.reason = reason_of(*tls, dialogue != nullptr);
    out.step = "hello";
    if (tls->alert) out.alert = tls->alert->description;
    take_quic(*tls, out);
  } else if (dialogue != nullptr) {
    out.reason = reason_of(dialogue->failure);
    out.step = dialogue->step;
    out.code = dialogue->code;
  } else {
    out.reason = attempt.peer_end() ? reason_of(*attempt.peer_end()) : NoTlsReason::not_tls;
    out.step = "greeting";
  }
  if (out.reason == NoTlsReason::not_tls) {
    out.speaks = attempt.speaks();
    out.starttls = {};
  }
  return out;
}

bool tells_more(const Verdict& later, const Verdict& standing, probe::Probe later_probe) noexcept {
  const int more = weight_of(later) - weight_of(standing);
  const bool is_better_alert = later.alert && standing.alert && later_probe == probe::Probe::b;
  return more > 0 || (more == 0 && is_better_alert);
}

}  // namespace tls
