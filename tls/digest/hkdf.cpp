// SPDX-License-Identifier: Apache-2.0
#include "tls/digest/hkdf.hpp"

#include "flowtable/base/check.hpp"

#include <algorithm>
#include <array>

namespace tls {

using flowtable::Bytes;

namespace {

constexpr size_t kBlockBytes = 64;  // of SHA-256

using Pad = std::array<uint8_t, kBlockBytes>;

Pad padded(Bytes key, uint8_t with) noexcept {
  Pad pad;
  pad.fill(with);
  for (size_t i = 0; i < key.size(); ++i)
    pad[i] = static_cast<uint8_t>(pad[i] ^ key[i]);
  return pad;
}

}  // namespace

Sha256 hmac_sha256(Bytes key, Bytes message) noexcept {
  CHECK(key.size() <= kBlockBytes);
  const Pad inner = padded(key, 0x36);
  const Pad outer = padded(key, 0x5c);
  return sha256(outer, sha256(inner, message));
}

Sha256 hkdf_extract(Bytes salt, Bytes input_key) noexcept {
  return hmac_sha256(salt, input_key);
}

void hkdf_expand_label(Bytes secret, std::string_view label, std::span<uint8_t> out) noexcept {
  constexpr std::string_view kPrefix = "tls13 ";
  constexpr size_t kLabelBytesMax = 12;
  CHECK(label.size() <= kLabelBytesMax && out.size() <= Sha256{}.size());
  // HkdfLabel, RFC 8446 section 7.1: uint16 length, opaque label<7..255>, opaque context<0..255>;
  // then the counter of RFC 5869 section 2.3, of which one round is enough.
  std::array<uint8_t, 3 + kPrefix.size() + kLabelBytesMax + 2> text{};
  text[1] = static_cast<uint8_t>(out.size());
  text[2] = static_cast<uint8_t>(kPrefix.size() + label.size());
  auto end = std::ranges::copy(kPrefix, text.begin() + 3).out;
  end = std::ranges::copy(label, end).out;
  ++end;  // the context: length 0
  *end++ = 1;
  const Sha256 block = hmac_sha256(secret, Bytes(text.begin(), end));
  std::copy_n(block.begin(), out.size(), out.begin());
}

}  // namespace tls
