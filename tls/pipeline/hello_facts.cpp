// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/hello_facts.hpp"

#include "tls/fingerprint/ja3.hpp"
#include "tls/fingerprint/ja4.hpp"
#include "tls/fingerprint/ja4_parts.hpp"
#include "tls/fingerprint/method.hpp"
#include "tls/wire/ech.hpp"
#include "tls/wire/grease.hpp"

namespace tls {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

std::string string_of(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

std::vector<uint16_t> without_grease(U16List values) {
  std::vector<uint16_t> out;
  out.reserve(values.size());
  for (const uint16_t value : values) {
    if (!is_grease(value)) out.push_back(value);
  }
  return out;
}

std::optional<std::vector<std::string>> alpn_of(const ExtensionList& extensions) {
  const auto body = extensions.find(ExtensionType::alpn);
  if (!body) return std::nullopt;
  std::vector<std::string> out;
  const Parsed<AlpnList> names = AlpnList::from(*body);
  for (const Bytes name : names.ok() ? names.value() : AlpnList{})
    out.push_back(string_of(name));
  return out;
}

std::optional<std::vector<uint16_t>> versions_of(const ExtensionList& extensions) {
  const auto body = extensions.find(ExtensionType::supported_versions);
  if (!body) return std::nullopt;
  const Parsed<U16List> versions = read_offered_versions(*body);
  return without_grease(versions.ok() ? versions.value() : U16List{});
}

std::optional<uint16_t> group_of(const ExtensionList& extensions) {
  const auto body = extensions.find(ExtensionType::key_share);
  if (!body) return std::nullopt;
  const Parsed<uint16_t> group = read_selected_group(*body);
  if (!group.ok()) return std::nullopt;
  return group.value();
}

std::vector<uint16_t> key_shares_of(const ExtensionList& extensions) {
  std::vector<uint16_t> out;
  const auto body = extensions.find(ExtensionType::key_share);
  if (!body) return out;
  static_cast<void>(for_each_key_share(*body, [&](uint16_t group, Bytes) {
    if (!is_grease(group)) out.push_back(group);
  }));
  return out;
}

std::optional<EchOuter> ech_outer_of(const ExtensionList& extensions) {
  const auto body = extensions.find(ExtensionType::encrypted_client_hello);
  if (!body) return std::nullopt;
  const Parsed<EchExtension> ech = read_ech(*body);
  if (!ech.ok() || ech.value().inner) return std::nullopt;
  return EchOuter{ech.value().config_id, ech.value().kdf, ech.value().aead};
}

}  // namespace

std::optional<std::string> server_name_of(const ExtensionList& extensions) {
  const auto body = extensions.find(ExtensionType::server_name);
  if (!body) return std::nullopt;
  const auto name = read_server_name(*body);
  if (!name.ok() || !name.value()) return std::nullopt;
  return string_of(*name.value());
}

ClientFacts client_facts(const ClientHello& hello, Transport transport) {
  const ExtensionList& extensions = hello.extensions;
  ClientFacts out;
  out.legacy_version = hello.legacy_version;
  out.supported_versions = versions_of(extensions);
  out.alpn = alpn_of(extensions);
  out.groups = without_grease(u16_values(hello, ExtensionType::supported_groups));
  out.key_shares = key_shares_of(extensions);
  out.ech_outer = ech_outer_of(extensions);
  out.psk = extensions.has(ExtensionType::pre_shared_key);
  out.ech = extensions.has(ExtensionType::encrypted_client_hello) ||
            extensions.has(ExtensionType::encrypted_server_name);
  out.ja3 = ja3(hello, transport);
  out.ja4 = ja4(hello, transport);
  out.ja4_original = ja4_original(hello, transport);
  return out;
}

ServerFacts server_facts(const ServerHello& hello, Transport transport) {
  static const FingerprintMethod* const kJa4s = find_method("ja4s");
  ServerFacts out;
  out.legacy_version = hello.legacy_version;
  out.version = selected_version(hello);
  out.cipher = hello.cipher_suite;
  if (const auto name = first_alpn(hello.extensions.find(ExtensionType::alpn))) {
    out.alpn_selected = string_of(*name);
  }
  out.group = group_of(hello.extensions);
  const auto scts = hello.extensions.find(ExtensionType::signed_certificate_timestamp);
  out.sct = scts && !scts->empty();
  out.ja3s = ja3s(hello, transport);
  if (kJa4s != nullptr) out.ja4s = kJa4s->of_server(hello, transport);
  return out;
}

SslV2Facts sslv2_facts(const SslV2Hello& hello) {
  SslV2Facts out;
  out.version = hello.version;
  ByteReader reader(hello.cipher_specs);
  uint32_t spec = 0;
  while (reader.u24(spec))
    out.cipher_specs.push_back(spec);
  return out;
}

}  // namespace tls
