// SPDX-License-Identifier: Apache-2.0
#include "tls/fingerprint/ja4.hpp"

#include "tls/fingerprint/ja4_parts.hpp"
#include "tls/wire/grease.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace tls {

using flowtable::Bytes;

namespace {

constexpr size_t kUsualJa4Bytes = 384;  // the raw form of a modern browser's hello

enum class Order : uint8_t { sorted, wire };

bool is_dtls(uint16_t version) noexcept {
  return version >> 8 == 0xfe;
}

// DTLS counts downwards: 0xfefc is 1.3.
bool is_newer(uint16_t candidate, uint16_t than, Transport transport) noexcept {
  if (transport == Transport::dtls && is_dtls(candidate)) {
    return !is_dtls(than) || candidate < than;
  }
  if (transport == Transport::dtls && is_dtls(than)) return false;
  return candidate > than;
}

std::vector<uint16_t> ciphers_of(const ClientHello& hello, Order order) {
  std::vector<uint16_t> out;
  out.reserve(hello.cipher_suites.size());
  for (const uint16_t suite : hello.cipher_suites) {
    if (!is_grease(suite)) out.push_back(suite);
  }
  if (order == Order::sorted) std::ranges::sort(out);
  return out;
}

struct ExtensionTypes {
  std::vector<uint16_t> listed;  // what part c shows
  size_t count = 0;              // what part a counts
};

// JA4.md, "Extension hash": sorted by hex value, without server_name and ALPN, which part a already
// tells; the original-order form keeps them. Both count towards part a.
ExtensionTypes extensions_of(const ClientHello& hello, Order order) {
  ExtensionTypes out;
  out.listed.reserve(hello.extensions.size());
  for (const Extension& extension : hello.extensions) {
    if (is_grease(extension.type)) continue;
    ++out.count;
    const bool told = extension.type == static_cast<uint16_t>(ExtensionType::server_name) ||
                      extension.type == static_cast<uint16_t>(ExtensionType::alpn);
    if (order == Order::wire || !told) out.listed.push_back(extension.type);
  }
  if (order == Order::sorted) std::ranges::sort(out.listed);
  return out;
}

// JA4.md: signature algorithms "in the order that they appear", appended after an underscore; no
// underscore where there are none. From extension 13 alone. Clients send GREASE in here too.
void append_signature_algorithms(std::string& out, const ClientHello& hello) {
  char separator = '_';
  for (const uint16_t algorithm : u16_values(hello, ExtensionType::signature_algorithms)) {
    if (is_grease(algorithm)) continue;
    out += separator;
    separator = ',';
    append_hex4(out, algorithm);
  }
}

struct ListCounts {
  size_t ciphers = 0;
  size_t extensions = 0;
};

void append_part_a(std::string& out, const ClientHello& hello, Transport transport,
                   ListCounts counts) {
  out += ja4_protocol(transport);
  out += ja4_version(ja4_offered_version(hello, transport));
  // JA4.md, "SNI": d if the extension exists, whatever is in it.
  out += hello.extensions.has(ExtensionType::server_name) ? 'd' : 'i';
  append_ja4_count(out, counts.ciphers);
  append_ja4_count(out, counts.extensions);
  append_ja4_alpn(out, first_alpn(hello.extensions.find(ExtensionType::alpn)));
}

Fingerprint ja4_in_order(const ClientHello& hello, Transport transport, Order order) {
  const std::vector<uint16_t> ciphers = ciphers_of(hello, order);
  const ExtensionTypes extensions = extensions_of(hello, order);

  Fingerprint out;
  out.raw.reserve(kUsualJa4Bytes);
  append_part_a(out.raw, hello, transport, {ciphers.size(), extensions.count});
  out.raw += '_';
  out.hash = out.raw;
  const size_t b_begin = out.raw.size();
  append_hex4(out.raw, ciphers);
  const size_t b_end = out.raw.size();
  out.raw += '_';
  append_hex4(out.raw, extensions.listed);
  append_signature_algorithms(out.raw, hello);

  const std::string_view raw = out.raw;
  append_hash12(out.hash, raw.substr(b_begin, b_end - b_begin));
  out.hash += '_';
  append_hash12(out.hash, raw.substr(b_end + 1));
  return out;
}

}  // namespace

uint16_t ja4_offered_version(const ClientHello& hello, Transport transport) noexcept {
  const auto body = hello.extensions.find(ExtensionType::supported_versions);
  if (!body) return hello.legacy_version;
  const Parsed<U16List> versions = read_offered_versions(*body);
  uint16_t newest = 0;
  for (const uint16_t version : versions.ok() ? versions.value() : U16List{}) {
    if (!is_grease(version) && is_newer(version, newest, transport)) newest = version;
  }
  return newest;
}

Fingerprint ja4(const ClientHello& hello, Transport transport) {
  return ja4_in_order(hello, transport, Order::sorted);
}

Fingerprint ja4_original(const ClientHello& hello, Transport transport) {
  return ja4_in_order(hello, transport, Order::wire);
}

}  // namespace tls
