// SPDX-License-Identifier: Apache-2.0
#include "tls/probe/recognise.hpp"

#include "tls/probe/dialogue_lines.hpp"
#include "tls/probe/starttls_table.hpp"

#include <algorithm>
#include <array>

namespace tls::probe {
namespace {

using flowtable::Bytes;

constexpr size_t kLookedAtMax = 512;

bool contains(std::string_view text, std::string_view words) noexcept {
  for (; text.size() >= words.size(); text.remove_prefix(1)) {
    if (begins_with(text, words)) return true;
  }
  return false;
}

std::string_view name_at(uint16_t port) noexcept {
  const StarttlsProtocol* usual = protocol_of_port(port);
  return usual == nullptr ? std::string_view{} : usual->name;
}

// RFC 8446 section 5.1; a major version of 3.
std::string_view of_record(Bytes bytes) noexcept {
  constexpr uint8_t kAlert = 21, kTypeMin = 20, kTypeMax = 23;
  if (bytes.size() < 3 || bytes[0] < kTypeMin || bytes[0] > kTypeMax) return {};
  if (bytes[1] != 3 || bytes[2] > 4) return {};
  return bytes[0] == kAlert ? kSpeaksTlsAlert : kSpeaksTls;
}

std::string_view of_binary(Bytes bytes) noexcept {
  const bool is_mysql =
      bytes.size() > 4 && bytes[3] == 0 && (bytes[4] == 9 || bytes[4] == 10 || bytes[4] == 0xff);
  if (is_mysql) return "mysql";
  const bool is_telnet = bytes.size() > 1 && bytes[0] == 0xff && bytes[1] >= 0xf0;
  return is_telnet ? "telnet" : of_record(bytes);
}

// A number of three digits: SMTP, LMTP and FTP greet with 220 and refuse with 4xx or 5xx, NNTP
// greets with 200 and 201 and refuses likewise.
std::string_view of_numbered(std::string_view text, uint16_t port) noexcept {
  struct Word {
    std::string_view word, name;
  };
  constexpr auto kWords = std::to_array<Word>(
      {{"LMTP", "lmtp"}, {"SMTP", "smtp"}, {"FTP", "ftp"}, {"NNTP", "nntp"}, {"mail", "smtp"}});
  const int code = three_digits(text);
  const bool has_end = text.size() > 3 && std::string_view(" -\r\n").find(text[3]) != text.npos;
  if (code == 0 || !has_end) return {};
  if (code == 200 || code == 201) return "nntp";
  if (code != 220 && (code < 400 || code > 599)) return {};
  const std::string_view usual = name_at(port);
  const bool greets_so =
      usual == "smtp" || usual == "lmtp" || usual == "ftp" || (usual == "nntp" && code != 220);
  if (greets_so) return usual;
  for (const Word& each : kWords) {
    if (contains(text, each.word)) return each.name;
  }
  return "smtp";
}

std::string_view of_text(std::string_view text, uint16_t port) noexcept {
  struct Start {
    std::string_view words, name;
  };
  // The longer of two that begin alike comes first.
  constexpr auto kStarts = std::to_array<Start>({
      {"+OK", "pop3"},
      {"-ERR", "pop3"},
      {"* OK", "imap"},
      {"* PREAUTH", "imap"},
      {"* BYE", "imap"},
      {"RFB 0", "vnc"},
      {"SSH-", kSpeaksSsh},
      {"HTTP/", kSpeaksHttp},
      {"<!DOCTYPE", kSpeaksHttp},
      {"<html", kSpeaksHttp},
      {"\"IMPLEMENTATION\"", "sieve"},
      {"\"SIEVE\"", "sieve"},
      {"\"SASL\"", "sieve"},
      {"\"STARTTLS\"", "sieve"},
      {"\"VERSION\"", "sieve"},
      {"\"NOTIFY\"", "sieve"},
      {"\"LANGUAGE\"", "sieve"},
      {"\"MAXREDIRECTS\"", "sieve"},
      {"NOTICE ", "irc"},
      {"ERROR :", "irc"},
      {"PING :", "irc"},
      {"<stream:stream", "xmpp"},
      {"<?xml version='1.0'?><stream:stream", "xmpp"},
      {"<?xml version=\"1.0\"?><stream:stream", "xmpp"},
      {"NO ", "sieve"},
      {"BYE ", "sieve"},
      {"OK ", "sieve"},
  });
  for (const Start& each : kStarts) {
    if (begins_with(text, each.words)) return each.name;
  }
  if (text.starts_with(':') && contains(text, " NOTICE ")) return "irc";
  return of_numbered(text, port);
}

}  // namespace

std::string_view recognise(Bytes first_bytes, uint16_t port) noexcept {
  const Bytes looked_at = first_bytes.first(std::min(first_bytes.size(), kLookedAtMax));
  const std::string_view binary = of_binary(looked_at);
  if (!binary.empty()) return binary;
  std::array<char, kLookedAtMax> text{};
  std::copy(looked_at.begin(), looked_at.end(), text.begin());
  return of_text({text.data(), looked_at.size()}, port);
}

}  // namespace tls::probe
