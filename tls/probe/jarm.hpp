// SPDX-License-Identifier: Apache-2.0
// JARM: a server's fingerprint from its answers to ten hellos, exactly as the reference
// (salesforce/jarm, jarm.py) computes it.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/probe/client_hello_builder.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tls::probe {

inline constexpr size_t kJarmHellos = 10;
// The reference reads once, so many bytes at most. What one read gives is what came in one segment:
// an answer that was cut elsewhere has another fingerprint.
inline constexpr size_t kJarmAnswerBytesMax = 1484;

// What is new in each hello.
struct JarmRandom {
  std::array<uint8_t, kRandomBytes> random{};
  std::array<uint8_t, 32> session_id{};
  std::array<uint8_t, 32> key_share{};
  uint16_t grease = 0x0a0a;
};

// By OpenSSL's generator.
[[nodiscard]] JarmRandom new_jarm_random();

// Hello `number`, from 0. `host` goes into the SNI as it is, be it an address.
[[nodiscard]] HelloDescription jarm_hello(size_t number, std::string_view host,
                                          const JarmRandom& random);

// "cipher|version|alpn|extensions" of the first segment of an answer; "|||" where that is an alert,
// nothing, or not to be read.
[[nodiscard]] std::string jarm_raw(flowtable::Bytes first_segment);

// The raw strings, commas between, are the whole of what a server said. A timeout of any of the ten
// connections makes all of them "|||".
class JarmScan {
 public:
  JarmScan() { raw_.fill("|||"); }

  // `first_segment` is empty where the server closed or reset without a word.
  void add(size_t number, flowtable::Bytes first_segment);
  void time_out() noexcept { timed_out_ = true; }

  [[nodiscard]] std::string raw() const;
  // 62 characters.
  [[nodiscard]] std::string hash() const;

 private:
  std::array<std::string, kJarmHellos> raw_;
  bool timed_out_ = false;
};

// Of the raw strings of ten answers with commas between, as raw() gives them.
[[nodiscard]] std::string jarm_hash(std::string_view raw);

}  // namespace tls::probe
