// SPDX-License-Identifier: Apache-2.0
#include "tls/wire/server_key_exchange.hpp"

#include <algorithm>

namespace tls {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

struct SuiteRange {
  uint16_t first, last;
  EcdheForm form;
};
// IANA "TLS Cipher Suites", those named ECDHE_… and ECDH_anon_… (fixed ECDH sends no such message);
// 0xcc13 and 0xcc14 are ChaCha20 as browsers had it before RFC 7905.
constexpr SuiteRange kEcdhe[] = {
    {0xc006, 0xc00a, EcdheForm::plain}, {0xc010, 0xc019, EcdheForm::plain},
    {0xc023, 0xc024, EcdheForm::plain}, {0xc027, 0xc028, EcdheForm::plain},
    {0xc02b, 0xc02c, EcdheForm::plain}, {0xc02f, 0xc030, EcdheForm::plain},
    {0xc033, 0xc03b, EcdheForm::psk},   {0xc048, 0xc049, EcdheForm::plain},
    {0xc04c, 0xc04d, EcdheForm::plain}, {0xc05c, 0xc05d, EcdheForm::plain},
    {0xc060, 0xc061, EcdheForm::plain}, {0xc070, 0xc071, EcdheForm::psk},
    {0xc072, 0xc073, EcdheForm::plain}, {0xc076, 0xc077, EcdheForm::plain},
    {0xc086, 0xc087, EcdheForm::plain}, {0xc08a, 0xc08b, EcdheForm::plain},
    {0xc09a, 0xc09b, EcdheForm::psk},   {0xc0ac, 0xc0af, EcdheForm::plain},
    {0xcc13, 0xcc14, EcdheForm::plain}, {0xcca8, 0xcca9, EcdheForm::plain},
    {0xccac, 0xccac, EcdheForm::psk},   {0xd001, 0xd005, EcdheForm::psk},
};
static_assert(std::ranges::is_sorted(kEcdhe, {}, &SuiteRange::last));

constexpr uint8_t kExplicitPrime = 1;  // RFC 8422 section 5.4: ECCurveType
constexpr uint8_t kExplicitChar2 = 2;
constexpr uint8_t kNamedCurve = 3;
constexpr uint16_t kGroupOfExplicitPrime = 0xff01;
constexpr uint16_t kGroupOfExplicitChar2 = 0xff02;

}  // namespace

EcdheForm ecdhe_form_of(uint16_t cipher_suite) noexcept {
  const auto* const range = std::ranges::lower_bound(kEcdhe, cipher_suite, {}, &SuiteRange::last);
  if (range == std::end(kEcdhe) || cipher_suite < range->first) return EcdheForm::none;
  return range->form;
}

Parsed<uint16_t> read_ecdhe_group(Bytes body, EcdheForm form) noexcept {
  ByteReader reader(body);
  ByteReader hint;
  if (form == EcdheForm::psk && !reader.u16_prefixed(hint)) return fail(ParseError::truncated);
  uint8_t type = 0;
  if (!reader.u8(type)) return fail(ParseError::truncated);
  if (type == kExplicitPrime) return kGroupOfExplicitPrime;
  if (type == kExplicitChar2) return kGroupOfExplicitChar2;
  if (type != kNamedCurve) return fail(ParseError::type_unknown);
  uint16_t group = 0;
  ByteReader point;
  if (!reader.u16(group) || !reader.u8_prefixed(point)) return fail(ParseError::truncated);
  return group;
}

}  // namespace tls
