// SPDX-License-Identifier: Apache-2.0
#include "tls/fingerprint/foxio/ja4s.hpp"

#include "tls/fingerprint/ja4_parts.hpp"

#include <string_view>

namespace tls {

// Protocol, version, number of extensions, ALPN; cipher; extensions. In wire order and whole: a
// server answers what it was asked, so its order is its own and there is no GREASE to drop.
Fingerprint ja4s(const ServerHello& hello, Transport transport) {
  Fingerprint out;
  out.raw += ja4_protocol(transport);
  out.raw += ja4_version(selected_version(hello));
  append_ja4_count(out.raw, hello.extensions.size());
  append_ja4_alpn(out.raw, first_alpn(hello.extensions.find(ExtensionType::alpn)));
  out.raw += '_';
  append_hex4(out.raw, hello.cipher_suite);
  out.raw += '_';
  out.hash = out.raw;

  const size_t list_begin = out.raw.size();
  for (const Extension& extension : hello.extensions) {
    if (out.raw.size() > list_begin) out.raw += ',';
    append_hex4(out.raw, extension.type);
  }
  append_hash12(out.hash, std::string_view(out.raw).substr(list_begin));
  return out;
}

}  // namespace tls
