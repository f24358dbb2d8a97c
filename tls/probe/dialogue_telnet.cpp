// SPDX-License-Identifier: Apache-2.0
// draft-altman-telnet-starttls: option 46 of RFC 854 and 855.
#include "tls/probe/dialogue_makers.hpp"

#include <algorithm>

namespace tls::probe {
namespace {

using flowtable::Bytes;

constexpr uint8_t kIac = 0xff, kSe = 0xf0, kSb = 0xfa, kWill = 0xfb, kDo = 0xfd, kDont = 0xfe;
constexpr uint8_t kStartTlsOption = 46, kFollows = 1;
constexpr std::string_view kWillStartTls = "\xff\xfb\x2e";
constexpr std::string_view kTlsFollows = "\xff\xfa\x2e\x01\xff\xf0";

class TelnetDialogue final : public Dialogue {
 public:
  TelnetDialogue() : Dialogue("do_starttls") {}

 private:
  size_t read(Bytes unread) override {
    if (unread[0] != kIac) {
      // A server that negotiates does so before it greets.
      if (!negotiates_) fail(DialogueFailure::not_this_protocol);
      const auto end = std::ranges::find(unread, kIac);
      return static_cast<size_t>(end - unread.begin());
    }
    if (unread.size() < 2) return 0;
    const uint8_t command = unread[1];
    if (command < kSe) fail(DialogueFailure::not_this_protocol);
    if (is_decided()) return 0;
    if (command == kSb) return read_subnegotiation(unread);
    if (command < kWill || command == kIac) return 2;
    if (unread.size() < 3) return 0;
    on_option(command, unread[2]);
    return 3;
  }
  void on_option(uint8_t command, uint8_t option) {
    negotiates_ = true;
    if (option != kStartTlsOption) {
      offer();
    } else if (command == kDo && awaits("do_starttls")) {
      offer();
      set_advert(Advert::yes);
      say(kTlsFollows);
      await("tls_follows");
    } else if (command == kDont) {
      set_advert(Advert::no);
      refuse("DONT");
    }
  }
  // Once; also to a server that did not ask for it, with its first word.
  void offer() {
    if (!offered_) say(kWillStartTls);
    offered_ = true;
  }
  // Up to IAC SE; inside it IAC stands twice.
  size_t read_subnegotiation(Bytes unread) {
    negotiates_ = true;
    for (; scanned_ + 1 < unread.size(); ++scanned_) {
      if (unread[scanned_] != kIac) continue;
      if (unread[scanned_ + 1] == kSe) return take_subnegotiation(unread.first(scanned_ + 2));
      ++scanned_;
    }
    return 0;
  }
  size_t take_subnegotiation(Bytes whole) {
    scanned_ = kPrefixBytes;
    const bool is_follows =
        whole.size() == 6 && whole[2] == kStartTlsOption && whole[3] == kFollows;
    if (is_follows && awaits("tls_follows")) agree();
    return whole.size();
  }

  static constexpr size_t kPrefixBytes = 2;  // IAC SB

  size_t scanned_ = kPrefixBytes;  // of the subnegotiation that has no end yet
  bool negotiates_ = false;
  bool offered_ = false;
};

}  // namespace

DialoguePtr make_telnet(const DialogueNames&) {
  return std::make_unique<TelnetDialogue>();
}

}  // namespace tls::probe
