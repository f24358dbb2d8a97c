// SPDX-License-Identifier: Apache-2.0
// Dialogues in lines of text: the lines, and replies that begin with a number of three digits.
#pragma once

#include "tls/probe/dialogue.hpp"

#include <string_view>

namespace tls::probe {

// Lines end with LF, with or without a CR before. A control character that no text has, or a line
// that cannot begin so, is another protocol: told at once, for its line may never end.
class LineDialogue : public Dialogue {
 public:
  static constexpr size_t kLineBytesMax = 8192;

 protected:
  using Dialogue::Dialogue;

  // A line without its end; may be empty.
  virtual void line(std::string_view text) = 0;
  // Whether a line may begin with this, which is not empty and not yet a whole line.
  [[nodiscard]] virtual bool could_begin(std::string_view) const { return true; }

 private:
  size_t read(flowtable::Bytes unread) final;

  size_t scanned_ = 0;  // of the line that has no end yet
};

// RFC 5321 section 4.2 and RFC 959 section 4.2: "NNN-text" goes on, "NNN text" is the last line.
class NumberedDialogue : public LineDialogue {
 protected:
  // In FTP any text may stand between the first line and the last, which repeats the number.
  enum class Between : uint8_t { numbered, any_text };
  explicit NumberedDialogue(Between between, std::string_view first_step = "greeting")
      : LineDialogue(first_step), between_(between) {}

  // A line of the reply, the number and what follows it left out.
  virtual void reply_line(std::string_view) {}
  // The last line of a reply was read.
  virtual void reply(int code) = 0;

  // The server said no with this number.
  void refuse_with(int code);

  void line(std::string_view text) override;
  [[nodiscard]] bool could_begin(std::string_view text) const override;

 private:
  Between between_;
  int code_ = 0;  // of the reply that goes on; 0: none does
};

// Compared as the protocols do: ASCII, letters of either case.
[[nodiscard]] bool equal_words(std::string_view a, std::string_view b) noexcept;
[[nodiscard]] bool begins_with(std::string_view text, std::string_view words) noexcept;
// Either begins with the other: a line that has only begun may still become this.
[[nodiscard]] bool may_become(std::string_view begun, std::string_view words) noexcept;
// The first word, up to a blank; removed from `text` with the blanks behind it.
[[nodiscard]] std::string_view take_word(std::string_view& text) noexcept;
// Whether one of the words is this.
[[nodiscard]] bool has_word(std::string_view text, std::string_view word) noexcept;
// The three digits at the front, or 0.
[[nodiscard]] int three_digits(std::string_view text) noexcept;

}  // namespace tls::probe
