// SPDX-License-Identifier: Apache-2.0
#include "tls/inquiry/inquiry.hpp"

#include "flowtable/base/check.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tls {

using flowtable::Bytes;
using flowtable::ScanDial;
using flowtable::ScanEvent;
using flowtable::ScanEventKind;
using flowtable::ScanOrder;
using flowtable::TargetOutcome;
using flowtable::Tick;
using flowtable::TickSpan;
using probe::PeerEnd;

namespace {

PeerEnd end_of(ScanEventKind kind) noexcept {
  switch (kind) {
    case ScanEventKind::peer_closed:
      return PeerEnd::closed;
    case ScanEventKind::peer_reset:
    case ScanEventKind::dial_closed:
      return PeerEnd::reset;
    case ScanEventKind::too_much:
      return PeerEnd::too_much;
    default:
      return PeerEnd::timed_out;
  }
}

// The ICMP error says that nobody listens on that port: RFC 792, RFC 4443 section 3.1.
bool is_port_unreachable(const ScanEvent& event) noexcept {
  const std::array<uint8_t, 2> expected =
      event.server.address.is_v4() ? std::array<uint8_t, 2>{3, 3} : std::array<uint8_t, 2>{1, 4};
  return event.size >= expected.size() &&
         std::equal(expected.begin(), expected.end(), event.bytes.begin());
}

TargetOutcome outcome_of(const ScanEvent& event, Transport transport) noexcept {
  switch (event.kind) {
    case ScanEventKind::dial_closed:
      return TargetOutcome::closed;
    case ScanEventKind::dial_unreachable:
      // What RST says over TCP.
      if (transport != Transport::tcp && is_port_unreachable(event)) return TargetOutcome::closed;
      return TargetOutcome::unreachable;
    case ScanEventKind::dial_silent:
      return TargetOutcome::silent;
    default:
      return TargetOutcome::lost_locally;
  }
}

constexpr bool is_dial_end(ScanEventKind kind) noexcept {
  return kind >= ScanEventKind::dial_closed && kind <= ScanEventKind::dial_not_sent;
}

}  // namespace

Inquiry::Inquiry(uint64_t id, const InquiryTools& tools, std::shared_ptr<const InquiryWish> wish,
                 const ServiceQuestion& question)
    : id_(id), tools_(tools), wish_(std::move(wish)), course_(question, *wish_) {
  CHECK(id != 0 && id >> (64 - kDialBits) == 0);
  connection_.job = question.job;
  connection_.server = question.server;
  if (question.wanted_since != Tick{}) connection_.wanted_since = question.wanted_since;
  report_.job = question.job;
  report_.reference = question.reference;
  report_.server = question.server;
  report_.transport = question.transport;
  report_.name = question.name;
}

std::vector<InquiryAction> Inquiry::take_actions() noexcept {
  return std::exchange(actions_, {});
}

void Inquiry::begin(Tick now) {
  now_ = now;
  report_.began = now;
  attempt_next(course_.first());
}

void Inquiry::adopt(const ScanEvent& established) {
  now_ = established.tick;
  report_.began = established.tick;
  attempt_.emplace(course_.first(), tools_.keys);
  attempt_->adopt({established.bytes.data(), established.size});
  ++report_.connections;
  open(established);
}

void Inquiry::attempt_next(AttemptWish wish) {
  attempt_.emplace(std::move(wish), tools_.keys);
  num_redials_ = 0;
  dial({});
}

void Inquiry::dial(TickSpan wait) {
  ++num_dials_;
  token_ = id_ << kDialBits | num_dials_;
  DCHECK(attempt_->first_words().size() <= ScanDial::kBytesMax);
  actions_.push_back({InquiryAction::Kind::dial, {}, token_, wait, attempt_->first_words()});
}

bool Inquiry::concerns_us(const ScanEvent& event) const noexcept {
  if (finished_ || event.token != token_) return false;
  return open_ ? event.connection == *open_ && event.kind != ScanEventKind::established
               : event.kind == ScanEventKind::established || is_dial_end(event.kind);
}

void Inquiry::hear(const ScanEvent& event) {
  if (!concerns_us(event)) {
    // A connection that nobody waits for any more.
    if (event.kind == ScanEventKind::established) {
      actions_.push_back({InquiryAction::Kind::close, event.connection, 0, {}, {}});
    }
    return;
  }
  now_ = event.tick;
  connection_.last = event.tick;
  switch (event.kind) {
    case ScanEventKind::established:
      ++report_.connections;
      return open(event);
    case ScanEventKind::heard:
      return hear_bytes({event.bytes.data(), event.size});
    case ScanEventKind::peer_closed:
    case ScanEventKind::peer_reset:
    case ScanEventKind::timed_out:
    case ScanEventKind::too_much:
      open_.reset();
      attempt_->ended(end_of(event.kind));
      return conclude();
    default:
      return dial_failed(event);
  }
}

void Inquiry::open(const ScanEvent& established) {
  open_ = established.connection;
  reached_ = true;
  num_failed_dials_ = 0;
  connection_.ours = established.ours;
  connection_.syn_ack = established.syn_ack;
  connection_.syn_sent = established.syn_sent;
  connection_.opened = established.tick;
  connection_.last = established.tick;
  if (established.syn_ack.seen || !report_.syn_ack.seen) report_.syn_ack = established.syn_ack;
}

void Inquiry::hear_bytes(Bytes bytes) {
  heard_something_ = heard_something_ || !bytes.empty();
  for (const std::vector<uint8_t>& words : attempt_->heard(bytes)) {
    for (Bytes say = words; !say.empty();) {
      const Bytes piece = say.first(std::min(say.size(), ScanOrder::kBytesMax));
      actions_.push_back({InquiryAction::Kind::send, *open_, 0, {}, {piece.begin(), piece.end()}});
      say = say.subspan(piece.size());
    }
  }
  if (!attempt_->finished()) return;
  hang_up();
  conclude();
}

void Inquiry::hang_up() {
  std::vector<uint8_t> goodbye = attempt_->goodbye();
  if (!goodbye.empty()) {
    actions_.push_back({InquiryAction::Kind::send, *open_, 0, {}, std::move(goodbye)});
  }
  actions_.push_back({InquiryAction::Kind::close, *open_, 0, {}, {}});
  open_.reset();
}

void Inquiry::dial_failed(const ScanEvent& event) {
  if (event.kind == ScanEventKind::dial_not_sent && num_redials_ < kRedialsMax) {
    constexpr TickSpan kFirst = std::chrono::milliseconds(20);
    constexpr TickSpan kLongest = std::chrono::seconds(2);
    return dial(std::min<TickSpan>(kFirst * (1 << num_redials_++), kLongest));
  }
  if (!reached_ && report_.syn_ack.seen) {
    // It answered the sweep, when no connection was free for it, and does not answer any more.
    const bool refused = event.kind == ScanEventKind::dial_closed;
    verdict_.reason = refused ? NoTlsReason::reset : NoTlsReason::timed_out;
    verdict_.step = "connect";
    return finish();
  }
  if (!reached_) {
    report_.outcome = outcome_of(event, report_.transport);
    return finish();
  }
  ++num_failed_dials_;
  attempt_->ended(end_of(event.kind));
  conclude();
}

void Inquiry::conclude() {
  const bool was_connected = num_failed_dials_ == 0;
  if (attempt_->tls() != nullptr && was_connected) {
    std::vector<CertificatePtr> certs = certificates_of(*attempt_->tls(), tools_.certificates);
    report_.probes.push_back(tls::outcome_of(*attempt_, certs));
    std::optional<Observation> seen = observation_of(connection_, *attempt_, std::move(certs));
    if (seen && !found_tls_) {
      found_tls_ = true;
      report_.starttls = seen->starttls;
    }
    if (seen) observations_.push_back(*std::move(seen));
  }
  if (attempt_->dialogue() != nullptr) num_thrown_away_ += attempt_->dialogue()->thrown_away;
  Verdict verdict = verdict_on(*attempt_);
  if (tells_more(verdict, verdict_, attempt_->wish().probe)) verdict_ = std::move(verdict);
  std::optional<AttemptWish> next = course_.after(*attempt_);
  if (!next || report_.connections >= course_.connections_max() ||
      num_failed_dials_ >= kFailedDialsMax) {
    return finish();
  }
  attempt_next(*std::move(next));
}

void Inquiry::stop(Tick now) {
  if (finished_) return;
  now_ = now;
  if (open_) hang_up();
  if (!reached_) report_.outcome = TargetOutcome::lost_locally;
  if (!found_tls_) verdict_ = {NoTlsReason::stopped, {}, {}, {}, {}, {}};
  finish();
}

void Inquiry::finish() {
  finished_ = true;
  attempt_.reset();
  course_.write(report_);
  report_.ended = now_;
  if (found_tls_) return;
  report_.no_tls = verdict_.reason;
  report_.starttls = verdict_.starttls;
  report_.speaks = verdict_.speaks;
  report_.step = std::move(verdict_.step);
  report_.code = std::move(verdict_.code);
  report_.alert = verdict_.alert;
}

}  // namespace tls
