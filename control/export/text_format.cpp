// SPDX-License-Identifier: Apache-2.0
#include "control/export/text_format.hpp"

#include <arpa/inet.h>

#include <array>
#include <chrono>
#include <cstdio>

namespace control {
namespace {

std::string date_and_time(std::chrono::sys_seconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 40> out;
  const int length = std::snprintf(
      out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  return {out.data(), static_cast<size_t>(length)};
}

}  // namespace

std::string text_of(const flowtable::IpAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> out;
  const bool v4 = address.is_v4();
  const uint8_t* bytes = address.bytes.data() + (v4 ? 12 : 0);
  inet_ntop(v4 ? AF_INET : AF_INET6, bytes, out.data(), out.size());
  return out.data();
}

std::string text_of(flowtable::Tick tick) {
  const auto second = std::chrono::floor<std::chrono::seconds>(tick);
  std::array<char, 16> fraction;
  std::snprintf(fraction.data(), fraction.size(), ".%09dZ",
                static_cast<int>((tick - second).count()));
  return date_and_time(second) + fraction.data();
}

std::string text_of_seconds(int64_t seconds) {
  return date_and_time(std::chrono::sys_seconds(std::chrono::seconds(seconds))) + "Z";
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
