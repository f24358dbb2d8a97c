// SPDX-License-Identifier: Apache-2.0
#include "tls/digest/hkdf.hpp"

#include "flowtable/base/check.hpp"

#include <algorithm>
#include <array>

namespace tls {

using flowtable::Bytes;

namespace {

constexpr size_t kKeyBytesMax = 64;  // the block of SHA-256; that of SHA-384 is longer

struct WithSha256 {
  static constexpr size_t kBlockBytes = 64;
  static Sha256 digest(Bytes first, Bytes second) noexcept { return sha256(first, second); }
};

struct WithSha384 {
  static constexpr size_t kBlockBytes = 128;
  static Sha384 digest(Bytes first, Bytes second) noexcept { return sha384(first, second); }
};

template <size_t Size>
std::array<uint8_t, Size> padded(Bytes key, uint8_t with) noexcept {
  std::array<uint8_t, Size> pad;
  pad.fill(with);
  for (size_t i = 0; i < key.size(); ++i)
    pad[i] = static_cast<uint8_t>(pad[i] ^ key[i]);
  return pad;
}

template <typename Hash>
auto hmac_with(Bytes key, Bytes message) noexcept {
  CHECK(key.size() <= kKeyBytesMax);
  const auto inner = padded<Hash::kBlockBytes>(key, 0x36);
  const auto outer = padded<Hash::kBlockBytes>(key, 0x5c);
  return Hash::digest(outer, Hash::digest(inner, message));
}

template <size_t Size>
HashBytes held(const std::array<uint8_t, Size>& digest) noexcept {
  HashBytes out;
  out.size = Size;
  std::ranges::copy(digest, out.storage.begin());
  return out;
}

}  // namespace

HashBytes digest_of(HkdfHash hash, Bytes message) noexcept {
  return hash == HkdfHash::sha256 ? held(sha256(message)) : held(sha384(message));
}

HashBytes hmac(HkdfHash hash, Bytes key, Bytes message) noexcept {
  return hash == HkdfHash::sha256 ? held(hmac_with<WithSha256>(key, message))
                                  : held(hmac_with<WithSha384>(key, message));
}

Sha256 hmac_sha256(Bytes key, Bytes message) noexcept {
  return hmac_with<WithSha256>(key, message);
}

HashBytes hkdf_extract(HkdfHash hash, Bytes salt, Bytes input_key) noexcept {
  return hmac(hash, salt, input_key);
}

Sha256 hkdf_extract(Bytes salt, Bytes input_key) noexcept {
  return hmac_sha256(salt, input_key);
}

void hkdf_expand_label(HkdfHash hash, Bytes secret, const ExpandLabel& info,
                       std::span<uint8_t> out) noexcept {
  constexpr std::string_view kPrefix = "tls13 ";
  constexpr size_t kLabelBytesMax = 12;
  constexpr size_t kContextBytesMax = Sha384{}.size();
  CHECK(info.label.size() <= kLabelBytesMax && info.context.size() <= kContextBytesMax &&
        out.size() <= size_of(hash));
  // HkdfLabel, RFC 8446 section 7.1: uint16 length, opaque label<7..255>, opaque context<0..255>;
  // then the counter of RFC 5869 section 2.3, of which one round is enough.
  std::array<uint8_t, 3 + kPrefix.size() + kLabelBytesMax + 1 + kContextBytesMax + 1> text{};
  text[1] = static_cast<uint8_t>(out.size());
  text[2] = static_cast<uint8_t>(kPrefix.size() + info.label.size());
  auto end = std::ranges::copy(kPrefix, text.begin() + 3).out;
  end = std::ranges::copy(info.label, end).out;
  *end++ = static_cast<uint8_t>(info.context.size());
  end = std::ranges::copy(info.context, end).out;
  *end++ = 1;
  const HashBytes block = hmac(hash, secret, Bytes(text.begin(), end));
  std::copy_n(block.storage.begin(), out.size(), out.begin());
}

void hkdf_expand_label(Bytes secret, std::string_view label, std::span<uint8_t> out) noexcept {
  hkdf_expand_label(HkdfHash::sha256, secret, {label}, out);
}

}  // namespace tls
