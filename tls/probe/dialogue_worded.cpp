// SPDX-License-Identifier: Apache-2.0
// IMAP, POP3, ManageSieve, IRC: lines whose words decide.
#include "tls/probe/dialogue_lines.hpp"
#include "tls/probe/dialogue_makers.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace tls::probe {
namespace {

// RFC 9051 sections 6.1.1, 6.2.1 and 7.1.
class ImapDialogue final : public LineDialogue {
 public:
  ImapDialogue() : LineDialogue("greeting") {}

 private:
  [[nodiscard]] bool could_begin(std::string_view text) const override {
    return !awaits("greeting") || may_become(text, "* ");
  }
  void line(std::string_view text) override {
    const std::string_view tag = take_word(text);
    const std::string_view word = take_word(text);
    if (tag == "*") {
      untagged(word, text);
    } else if (awaits("capability") && tag == "a001") {
      if (result().advert == Advert::unknown && equal_words(word, "OK")) set_advert(Advert::no);
      say("a002 STARTTLS\r\n");
      await("starttls");
    } else if (awaits("starttls") && tag == "a002") {
      if (equal_words(word, "OK")) agree();
      if (!is_decided()) refuse(word);
    }
  }
  void untagged(std::string_view word, std::string_view rest) {
    // PREAUTH: logged in already, where STARTTLS is not allowed.
    if (equal_words(word, "BYE") || equal_words(word, "PREAUTH")) {
      refuse(word);
    } else if (awaits("greeting") && equal_words(word, "OK")) {
      say("a001 CAPABILITY\r\n");
      await("capability");
    } else if (awaits("greeting")) {
      fail(DialogueFailure::not_this_protocol);
    } else if (equal_words(word, "CAPABILITY") && has_word(rest, "STARTTLS")) {
      set_advert(Advert::yes);
    }
  }
};

// RFC 2595 section 4.
class Pop3Dialogue final : public LineDialogue {
 public:
  Pop3Dialogue() : LineDialogue("greeting") {}

 private:
  [[nodiscard]] bool could_begin(std::string_view text) const override {
    return may_become(text, "+OK") || may_become(text, "-ERR");
  }
  void line(std::string_view text) override {
    const std::string_view word = take_word(text);
    if (equal_words(word, "-ERR")) {
      refuse(word);
    } else if (!equal_words(word, "+OK")) {
      fail(DialogueFailure::not_this_protocol);
    } else if (awaits("greeting")) {
      say("STLS\r\n");
      await("stls");
    } else {
      agree();
    }
  }
};

// RFC 5804 sections 1.7, 1.8 and 2.2: capabilities, then OK; the same words answer STARTTLS.
class SieveDialogue final : public LineDialogue {
 public:
  SieveDialogue() : LineDialogue("greeting") {}

 private:
  static constexpr std::array<std::string_view, 3> kAnswers{"OK", "NO", "BYE"};

  [[nodiscard]] bool could_begin(std::string_view text) const override {
    return listed_ || text.starts_with('"') ||
           std::ranges::any_of(kAnswers, [&](auto word) { return may_become(text, word); });
  }
  void line(std::string_view text) override {
    const std::string_view word = take_word(text);
    if (equal_words(word, "\"STARTTLS\"") && awaits("greeting")) set_advert(Advert::yes);
    listed_ = listed_ || word.starts_with('"');
    if (equal_words(word, "NO") || equal_words(word, "BYE")) {
      refuse(word);
    } else if (equal_words(word, "OK")) {
      on_ok();
    } else if (!listed_) {
      fail(DialogueFailure::not_this_protocol);
    }
  }
  void on_ok() {
    if (awaits("starttls")) {
      agree();
    } else if (!listed_) {
      fail(DialogueFailure::not_this_protocol);
    } else {
      if (result().advert == Advert::unknown) set_advert(Advert::no);
      say("STARTTLS\r\n");
      await("starttls");
    }
  }

  bool listed_ = false;  // a capability was seen: lines that follow may be the rest of a literal
};

// The numeric 670 of STARTTLS, which servers without it answer with 421 or 451 (RFC 2812 section
// 5.2), or not at all.
class IrcDialogue final : public LineDialogue {
 public:
  IrcDialogue() : LineDialogue("starttls") {}

 private:
  static constexpr std::array<std::string_view, 4> kBare{"NOTICE", "PING", "ERROR", "CAP"};

  void begin() override { say("STARTTLS\r\n"); }
  [[nodiscard]] bool could_begin(std::string_view text) const override {
    return text.starts_with(':') ||
           std::ranges::any_of(kBare, [&](auto word) { return may_become(text, word); });
  }
  void line(std::string_view text) override {
    const bool has_prefix = text.starts_with(':');
    if (has_prefix) (void)take_word(text);
    const std::string_view word = take_word(text);
    const int number = has_prefix && word.size() == 3 ? three_digits(word) : 0;
    if (number == 670) {
      agree();
    } else if (number == 691 || number == 421 || number == 451 || equal_words(word, "ERROR")) {
      refuse(word);
    } else if (!has_prefix &&
               std::ranges::none_of(kBare, [&](auto bare) { return equal_words(word, bare); })) {
      fail(DialogueFailure::not_this_protocol);
    }
  }
};

}  // namespace

DialoguePtr make_imap(const DialogueNames&) {
  return std::make_unique<ImapDialogue>();
}

DialoguePtr make_pop3(const DialogueNames&) {
  return std::make_unique<Pop3Dialogue>();
}

DialoguePtr make_sieve(const DialogueNames&) {
  return std::make_unique<SieveDialogue>();
}

DialoguePtr make_irc(const DialogueNames&) {
  return std::make_unique<IrcDialogue>();
}

}  // namespace tls::probe
