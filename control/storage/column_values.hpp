// SPDX-License-Identifier: Apache-2.0
// How values that may be absent become fields of a row. Part of the column tables.
#pragma once

#include "control/storage/copy_encoder.hpp"
#include "control/storage/stored_text.hpp"
#include "tls/fingerprint/fingerprint.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace control::column_values {

inline void put_digest(CopyEncoder& out, const std::optional<tls::Sha256>& digest) {
  digest ? out.bytea(*digest) : out.null();
}
inline void put_text(CopyEncoder& out, const std::optional<std::string>& text) {
  text ? out.text(*text) : out.null();
}
inline void put_word(CopyEncoder& out, std::string_view word) {
  word.empty() ? out.null() : out.text(word);
}
inline void put_seconds(CopyEncoder& out, std::optional<int64_t> seconds) {
  seconds ? out.timestamptz_seconds(*seconds) : out.null();
}
// Hex digits as the bytes they stand for; null where they are none, or not `size` of them.
inline void put_hex(CopyEncoder& out, std::string_view hex, size_t size) {
  const auto bytes = bytes_of_hex(hex);
  bytes && bytes->size() == size ? out.bytea(*bytes) : out.null();
}
// An MD5 in hex; null where there is none (an SSLv2 hello has no JA3).
inline void put_md5(CopyEncoder& out, const tls::Fingerprint* print) {
  print == nullptr ? out.null() : put_hex(out, print->hash, 16);
}
inline void put_hash(CopyEncoder& out, const tls::Fingerprint* print) {
  print == nullptr || print->hash.empty() ? out.null() : out.text_indexed(print->hash);
}
inline void put_hash(CopyEncoder& out, const std::optional<tls::Fingerprint>& print) {
  put_hash(out, print ? &*print : nullptr);
}
// Both forms of a TLSH are 70 hex digits, one of them behind "T1".
inline void put_tlsh(CopyEncoder& out, std::string_view tlsh) {
  if (tlsh.starts_with("T1")) tlsh.remove_prefix(2);
  put_hex(out, tlsh, 35);
}
// Sixteen bits each, big-endian: code_points() of the schema takes them apart.
inline void put_packed(CopyEncoder& out, const std::vector<uint16_t>& codes) {
  std::vector<uint8_t> bytes(2 * codes.size());
  for (size_t i = 0; i < codes.size(); ++i)
    flowtable::store_be16(&bytes[2 * i], codes[i]);
  out.bytea(bytes);
}

}  // namespace control::column_values
