// SPDX-License-Identifier: Apache-2.0
#include "tls/inquiry/attempt.hpp"

#include "tls/probe/recognise.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <type_traits>
#include <utility>

namespace tls {

using flowtable::Bytes;
using probe::PeerEnd;
using probe::Step;

namespace {

// What is not there yet says nothing.
template <typename Conversation, typename Visitor>
void visit_begun(Conversation& conversation, Visitor&& visitor) {
  std::visit(
      [&](auto& each) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(each)>, std::monostate>) visitor(each);
      },
      conversation);
}

}  // namespace

Attempt::Attempt(AttemptWish wish, const probe::KeyShares& keys)
    : wish_(std::move(wish)), keys_(keys), protocol_(wish_.protocol) {
  if (protocol_ != nullptr) {
    dialogue_ = protocol_->make(wish_.names);
    first_words_ = dialogue_->opened().bytes;
    num_plaintext_said_ = static_cast<uint32_t>(first_words_.size());
  } else if (probe::carrier_of(wish_.probe) == probe::Carrier::udp) {
    begin_datagrams();
  } else if (!wish_.listens) {
    begin_tls();
    first_words_ = hello_;
  }
}

void Attempt::adopt(Bytes said) {
  first_words_.assign(said.begin(), said.end());
  if (has_begun_tls()) hello_ = first_words_;
}

void Attempt::begin_datagrams() {
  const probe::HelloWish hello{wish_.probe, wish_.host, alpn()};
  datagrams_ = wish_.probe == probe::Probe::quic ? make_quic_conversation(hello, keys_)
                                                 : make_dtls_conversation(hello, keys_);
  first_words_ = datagrams_->first_datagram();
  const Bytes said = datagrams_->client_hello();
  hello_.assign(said.begin(), said.end());
}

void Attempt::begin_tls() {
  switch (wish_.look) {
    case AttemptWish::Look::probe:
      conversation_.emplace<probe::TlsConversation>(
          probe::HelloWish{wish_.probe, wish_.host, alpn()}, keys_);
      break;
    case AttemptWish::Look::sounding:
      conversation_.emplace<probe::Sounding>(wish_.hello);
      break;
    case AttemptWish::Look::jarm:
      conversation_.emplace<probe::JarmConversation>(wish_.hello);
      break;
  }
  visit_begun(conversation_, [&](auto& each) { hello_ = each.first_flight(); });
}

Attempt::Words Attempt::heard(Bytes bytes) {
  if (finished_) return {};
  const size_t room = kFirstHeardMax - first_heard_.size();
  const Bytes first = bytes.first(std::min(room, bytes.size()));
  first_heard_.insert(first_heard_.end(), first.begin(), first.end());
  if (datagrams_) return hear_datagram(bytes);
  std::vector<uint8_t> out = has_begun_tls() ? hear_tls(bytes)
                             : dialogue_     ? hear_dialogue(bytes)
                                             : hear_greeting(bytes.subspan(first.size()));
  if (out.size() > kTurnBytesMax) {
    end_by(PeerEnd::too_much);
    out.clear();
  }
  return out.empty() ? Words{} : Words{std::move(out)};
}

Attempt::Words Attempt::hear_datagram(Bytes bytes) {
  probe::DatagramStep step = datagrams_->heard(bytes);
  finished_ = datagrams_->finished();
  return std::move(step.datagrams);
}

std::vector<uint8_t> Attempt::hear_greeting(Bytes beyond) {
  const std::string_view who = speaks();
  if (who.empty() && first_heard_.size() < kFirstHeardMax) return {};
  protocol_ = probe::protocol_named(who);
  if (protocol_ == nullptr) {
    finished_ = true;
    return {};
  }
  dialogue_ = protocol_->make(wish_.names);
  std::vector<uint8_t> out = dialogue_->opened().bytes;
  num_plaintext_said_ = static_cast<uint32_t>(out.size());
  std::vector<uint8_t> all = first_heard_;
  all.insert(all.end(), beyond.begin(), beyond.end());
  const std::vector<uint8_t> answer = hear_dialogue(all);
  out.insert(out.end(), answer.begin(), answer.end());
  return out;
}

std::vector<uint8_t> Attempt::hear_dialogue(Bytes bytes) {
  Step step = dialogue_->heard(bytes);
  num_plaintext_said_ += static_cast<uint32_t>(step.bytes.size());
  if (step.kind == Step::Kind::finished) finished_ = true;
  if (step.kind == Step::Kind::start_tls) {
    begin_tls();
    const std::vector<uint8_t> flight = dialogue_->wrap(hello_);
    step.bytes.insert(step.bytes.end(), flight.begin(), flight.end());
  }
  return std::move(step.bytes);
}

std::vector<uint8_t> Attempt::hear_tls(Bytes bytes) {
  std::vector<uint8_t> tls;
  bool carries_tls = true;
  if (dialogue_) {
    carries_tls = dialogue_->unwrap(bytes, tls);
    bytes = tls;
  }
  Step step;
  visit_begun(conversation_, [&](auto& each) {
    step = each.heard(bytes);
    finished_ = each.finished();
  });
  if (!finished_ && !carries_tls) {
    end_by(PeerEnd::closed);
  }
  if (step.kind != Step::Kind::send) return {};
  return dialogue_ ? dialogue_->wrap(step.bytes) : step.bytes;
}

void Attempt::ended(PeerEnd end) {
  if (finished_) return;
  peer_end_ = end;
  end_by(end);
}

void Attempt::end_by(PeerEnd end) {
  if (datagrams_) {
    datagrams_->ended(end);
  } else if (has_begun_tls()) {
    visit_begun(conversation_, [&](auto& each) { each.ended(end); });
  } else if (dialogue_) {
    dialogue_->ended(end);
  }
  finished_ = true;
}

std::vector<uint8_t> Attempt::goodbye() {
  // RFC 5246 section 7.2.1: a warning, close_notify.
  constexpr std::array<uint8_t, 7> kCloseNotify{21, 3, 3, 0, 2, 1, 0};
  const probe::TlsResult* const result = tls();
  if (!dialogue_ || result == nullptr || result->version < kSsl3 ||
      is_tls13_or_draft(result->version)) {
    return {};
  }
  return dialogue_->wrap(kCloseNotify);
}

std::string_view Attempt::speaks() const noexcept {
  // All that is known there are protocols over TCP.
  return datagrams_ ? std::string_view() : probe::recognise(first_heard_, wish_.port);
}

}  // namespace tls
