// SPDX-License-Identifier: Apache-2.0
#include "tls/wire/certificate_status.hpp"

namespace tls {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

constexpr uint8_t kOcsp = 1;       // RFC 6066 section 8
constexpr uint8_t kOcspMulti = 2;  // RFC 6961 section 2.2

}  // namespace

Parsed<CertificateStatus> parse_certificate_status(Bytes body) noexcept {
  ByteReader reader(body);
  CertificateStatus out;
  uint8_t type = 0;
  ByteReader content;
  if (!reader.u8(type)) return fail(ParseError::truncated);
  if (type != kOcsp && type != kOcspMulti) return fail(ParseError::type_unknown);
  if (!reader.u24_prefixed(content)) return fail(ParseError::truncated);
  if (!reader.empty()) return fail(ParseError::left_over);
  if (type == kOcsp) {
    out.first_response = content.rest();
    out.num_responses = content.empty() ? 0 : 1;
    return out;
  }
  bool is_first = true;
  ByteReader response;
  while (!content.empty()) {
    if (!content.u24_prefixed(response)) return fail(ParseError::truncated);
    if (is_first) out.first_response = response.rest();
    is_first = false;
    if (!response.empty()) ++out.num_responses;
  }
  return out;
}

}  // namespace tls
