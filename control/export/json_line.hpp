// SPDX-License-Identifier: Apache-2.0
// Writes one JSON object as one line, append-only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace control {

// Keeps the comma and the escaping right, nothing else; the caller nests properly. Every string
// that leaves through it is valid UTF-8 without control characters, whatever came in. One thread.
class JsonLine {
 public:
  explicit JsonLine(std::string& out) : out_(out) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  void key(std::string_view name);  // a name from our own tables: written as it is

  // A value, or members with their keys, that another JsonLine has written.
  void written(std::string_view text) { raw(text); }

  void null() { raw("null"); }
  void boolean(bool value) { raw(value ? "true" : "false"); }
  void number(int64_t value);
  // UTF-8 text. Bytes that are not valid UTF-8 are written as \xHH, like in text_of_bytes().
  void text(std::string_view value);
  // What text_of_bytes() makes of bytes from the wire.
  void bytes(std::string_view value);
  void hex(uint32_t value, int digits);  // "0x0303"; at most eight digits

 private:
  void open(char bracket);
  void close(char bracket);
  void raw(std::string_view token);
  void separate();

  std::string& out_;
  bool comma_ = false;
};

// Bytes from the wire as text: printable UTF-8 stays, everything else becomes \xHH (lower-case
// hex). So what a hostile peer sends can neither break a line nor move a cursor.
[[nodiscard]] std::string text_of_bytes(std::string_view bytes);
// Printable ASCII alone: text_of_bytes() leaves it as it is.
[[nodiscard]] bool is_plain_text(std::string_view bytes) noexcept;

}  // namespace control
