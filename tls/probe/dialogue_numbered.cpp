// SPDX-License-Identifier: Apache-2.0
// SMTP and LMTP, FTP, NNTP.
#include "tls/probe/dialogue_lines.hpp"
#include "tls/probe/dialogue_makers.hpp"

#include <string>
#include <utility>

namespace tls::probe {
namespace {

bool is_refusal(int code) noexcept {
  return code >= 400 && code <= 599;
}

// RFC 3207; LMTP (RFC 2033 section 4.1) differs in the verb.
class MailDialogue final : public NumberedDialogue {
 public:
  MailDialogue(std::string_view verb, std::string_view step, const DialogueNames& names)
      : NumberedDialogue(Between::numbered), hello_step_(step), hello_(verb) {
    const std::string name = plain_name(names.own);
    hello_ += " " + (name.empty() ? "scanner.invalid" : name) + "\r\n";
  }

 private:
  void reply_line(std::string_view text) override {
    const bool is_advert = awaits(hello_step_) && equal_words(take_word(text), "STARTTLS");
    if (is_advert) set_advert(Advert::yes);
  }
  void reply(int code) override {
    if (awaits("greeting")) {
      on_greeting(code);
    } else if (awaits(hello_step_)) {
      on_hello(code);
    } else if (code == 220) {
      agree();
    } else {
      refuse_with(code);
    }
  }
  void on_greeting(int code) {
    if (code == 220) {
      say(hello_);
      await(hello_step_);
    } else if (is_refusal(code)) {
      refuse_with(code);
    } else {
      fail(DialogueFailure::not_this_protocol);
    }
  }
  // A server that does not know the verb is still asked; one that is busy is not.
  void on_hello(int code) {
    if (code >= 400 && code <= 499) {
      refuse_with(code);
      return;
    }
    if (code == 250 && result().advert == Advert::unknown) set_advert(Advert::no);
    say("STARTTLS\r\n");
    await("starttls");
  }

  std::string_view hello_step_;
  std::string hello_;
};

// RFC 4217 section 4. AUTH SSL is its older form: 334 is what some of its servers say.
class FtpDialogue final : public NumberedDialogue {
 public:
  FtpDialogue() : NumberedDialogue(Between::any_text) {}

 private:
  void reply(int code) override {
    const bool is_preliminary = code < 200;  // RFC 959: 120, ready in so many minutes
    if (is_preliminary) return;
    if (awaits("greeting")) {
      on_greeting(code);
    } else if (code == 234 || code == 334) {
      agree();
    } else if (awaits("auth_tls") && code != 421) {
      say("AUTH SSL\r\n");
      await("auth_ssl");
    } else {
      refuse_with(code);
    }
  }
  void on_greeting(int code) {
    if (code == 220) {
      say("AUTH TLS\r\n");
      await("auth_tls");
    } else if (is_refusal(code)) {
      refuse_with(code);
    } else {
      fail(DialogueFailure::not_this_protocol);
    }
  }
};

// RFC 4642 section 2, RFC 3977 section 5.2.
class NntpDialogue final : public NumberedDialogue {
 public:
  NntpDialogue() : NumberedDialogue(Between::numbered) {}

 private:
  void line(std::string_view text) override {
    if (!in_list_) {
      NumberedDialogue::line(text);
    } else if (text == ".") {
      in_list_ = false;
      if (result().advert == Advert::unknown) set_advert(Advert::no);
      ask();
    } else if (equal_words(take_word(text), "STARTTLS")) {
      set_advert(Advert::yes);
    }
  }
  [[nodiscard]] bool could_begin(std::string_view text) const override {
    return in_list_ || NumberedDialogue::could_begin(text);
  }
  void reply(int code) override {
    if (awaits("greeting")) {
      on_greeting(code);
    } else if (awaits("capabilities")) {
      in_list_ = code == 101;
      if (!in_list_) ask();
    } else if (code == 382) {
      agree();
    } else {
      refuse_with(code);
    }
  }
  void on_greeting(int code) {
    if (code == 200 || code == 201) {
      say("CAPABILITIES\r\n");
      await("capabilities");
    } else if (is_refusal(code)) {
      refuse_with(code);
    } else {
      fail(DialogueFailure::not_this_protocol);
    }
  }
  void ask() {
    say("STARTTLS\r\n");
    await("starttls");
  }

  bool in_list_ = false;
};

}  // namespace

DialoguePtr make_smtp(const DialogueNames& names) {
  return std::make_unique<MailDialogue>("EHLO", "ehlo", names);
}

DialoguePtr make_lmtp(const DialogueNames& names) {
  return std::make_unique<MailDialogue>("LHLO", "lhlo", names);
}

DialoguePtr make_ftp(const DialogueNames&) {
  return std::make_unique<FtpDialogue>();
}

DialoguePtr make_nntp(const DialogueNames&) {
  return std::make_unique<NntpDialogue>();
}

}  // namespace tls::probe
