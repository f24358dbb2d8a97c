// SPDX-License-Identifier: Apache-2.0
#include "control/export/text_format.hpp"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <span>

namespace control {
namespace {

// Decimal with leading zeros, as many digits as there is room for.
void put_digits(std::span<char> room, uint64_t value) noexcept {
  for (size_t i = room.size(); i-- > 0; value /= 10)
    room[i] = static_cast<char>('0' + value % 10);
}

// Years of other than four digits, which only certificates have.
void append_odd_date(ShortText& out, const std::chrono::year_month_day& date) noexcept {
  std::array<char, 32> text;
  const int length =
      std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  out.append({text.data(), static_cast<size_t>(length)});
}

ShortText date_and_time(std::chrono::sys_seconds time) noexcept {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  const int year = static_cast<int>(date.year());
  ShortText out;
  if (year < 0 || year > 9999) {
    append_odd_date(out, date);
  } else {
    put_digits(out.grow(4), static_cast<uint64_t>(year));
    out.append("-");
    put_digits(out.grow(2), static_cast<unsigned>(date.month()));
    out.append("-");
    put_digits(out.grow(2), static_cast<unsigned>(date.day()));
  }
  char separator = 'T';
  for (const auto part : {clock.hours().count(), static_cast<long>(clock.minutes().count()),
                          static_cast<long>(clock.seconds().count())}) {
    out.append({&separator, 1});
    put_digits(out.grow(2), static_cast<uint64_t>(part));
    separator = ':';
  }
  return out;
}

void append_number(ShortText& out, unsigned value) noexcept {
  std::array<char, 10> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append({digits.data(), static_cast<size_t>(end - digits.data())});
}

}  // namespace

ShortText short_text_of(const flowtable::IpAddress& address) noexcept {
  ShortText out;
  if (address.is_v4()) {
    for (size_t i = 12; i < 16; ++i) {
      if (i > 12) out.append(".");
      append_number(out, address.bytes[i]);
    }
    return out;
  }
  std::array<char, INET6_ADDRSTRLEN> text;
  inet_ntop(AF_INET6, address.bytes.data(), text.data(), text.size());
  out.append(text.data());
  return out;
}

ShortText short_text_of(flowtable::Tick tick) noexcept {
  const auto second = std::chrono::floor<std::chrono::seconds>(tick);
  ShortText out = date_and_time(second);
  out.append(".");
  put_digits(out.grow(9), static_cast<uint64_t>((tick - second).count()));
  out.append("Z");
  return out;
}

std::string text_of(const flowtable::IpAddress& address) {
  return std::string(short_text_of(address).view());
}

std::string text_of(flowtable::Tick tick) {
  return std::string(short_text_of(tick).view());
}

std::string text_of_seconds(int64_t seconds) {
  ShortText out = date_and_time(std::chrono::sys_seconds(std::chrono::seconds(seconds)));
  out.append("Z");
  return std::string(out.view());
}

std::string hex_of(flowtable::Bytes bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const uint8_t byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::string key_text(const tls::CertificateFacts& facts) {
  if (!facts.key_curve.empty()) return facts.key_algorithm + " " + facts.key_curve;
  if (facts.key_bits == 0 || facts.key_algorithm.starts_with("ED")) return facts.key_algorithm;
  return facts.key_algorithm + " " + std::to_string(facts.key_bits);
}

}  // namespace control
