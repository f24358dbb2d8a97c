// SPDX-License-Identifier: Apache-2.0
#include "tls/probe/dialogue.hpp"

#include <algorithm>
#include <utility>

namespace tls::probe {
namespace {

constexpr size_t kPlainNameBytesMax = 255;  // RFC 1035 section 2.3.4

bool is_letter_or_digit(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

DialogueFailure failure_of(PeerEnd end) noexcept {
  switch (end) {
    case PeerEnd::closed:
      return DialogueFailure::closed;
    case PeerEnd::reset:
      return DialogueFailure::reset;
    case PeerEnd::timed_out:
      return DialogueFailure::timed_out;
    case PeerEnd::too_much:
      return DialogueFailure::too_much;
  }
  return DialogueFailure::closed;
}

}  // namespace

std::string_view name_of(DialogueFailure failure) noexcept {
  switch (failure) {
    case DialogueFailure::none:
      return "none";
    case DialogueFailure::no_advert:
      return "no_advert";
    case DialogueFailure::refused:
      return "refused";
    case DialogueFailure::not_this_protocol:
      return "not_this_protocol";
    case DialogueFailure::no_certificate:
      return "no_certificate";
    case DialogueFailure::timed_out:
      return "timed_out";
    case DialogueFailure::closed:
      return "closed";
    case DialogueFailure::reset:
      return "reset";
    case DialogueFailure::too_much:
      return "too_much";
  }
  return "none";
}

std::string plain_name(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (plain.size() == kPlainNameBytesMax) break;
    if (is_letter_or_digit(c) || std::string_view(".-_:[]").find(c) != std::string_view::npos) {
      plain.push_back(c);
    }
  }
  return plain;
}

Step Dialogue::opened() {
  begin();
  return next_step();
}

Step Dialogue::heard(flowtable::Bytes bytes) {
  const size_t room = kHeardBytesMax - heard_bytes_;
  const flowtable::Bytes taken = bytes.first(is_decided() ? 0 : std::min(bytes.size(), room));
  heard_bytes_ += taken.size();
  heard_.insert(heard_.end(), taken.begin(), taken.end());
  while (!is_decided() && read_bytes_ < heard_.size()) {
    const size_t took = read(flowtable::Bytes(heard_).subspan(read_bytes_));
    read_bytes_ += took;
    if (took == 0) break;
  }
  const size_t beyond = bytes.size() - taken.size();
  if (!is_decided() && beyond > 0) fail(DialogueFailure::too_much);
  if (result_.ready) {
    result_.thrown_away += static_cast<uint32_t>(heard_.size() - read_bytes_ + beyond);
  }
  if (is_decided() || read_bytes_ == heard_.size()) {
    heard_.clear();
    read_bytes_ = 0;
  }
  return next_step();
}

void Dialogue::ended(PeerEnd end) {
  if (!is_decided()) cut_short();
  if (!is_decided()) fail(failure_of(end));
}

std::vector<uint8_t> Dialogue::wrap(flowtable::Bytes tls) {
  return {tls.begin(), tls.end()};
}

bool Dialogue::unwrap(flowtable::Bytes received, std::vector<uint8_t>& tls) {
  tls.insert(tls.end(), received.begin(), received.end());
  return true;
}

void Dialogue::say(std::string_view words) {
  to_send_.insert(to_send_.end(), words.begin(), words.end());
}

void Dialogue::fail(DialogueFailure failure) {
  if (!is_decided()) result_.failure = failure;
}

void Dialogue::refuse(std::string_view code) {
  for (const char c : code.substr(0, kCodeBytesMax)) {
    result_.code.push_back(c > ' ' && c <= '~' ? c : '?');
  }
  fail(result_.advert == Advert::no ? DialogueFailure::no_advert : DialogueFailure::refused);
}

Step Dialogue::next_step() {
  Step step;
  step.bytes = std::exchange(to_send_, {});
  if (result_.ready) {
    step.kind = Step::Kind::start_tls;
  } else if (is_decided()) {
    step.kind = Step::Kind::finished;
  } else if (!step.bytes.empty()) {
    step.kind = Step::Kind::send;
  }
  return step;
}

}  // namespace tls::probe
