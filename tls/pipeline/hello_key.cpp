// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/hello_key.hpp"

#include "tls/wire/ech.hpp"
#include "tls/wire/grease.hpp"

#include <algorithm>

namespace tls {

using flowtable::Bytes;

namespace {

constexpr uint16_t kAnyGrease = 0x0a0a;
// More than what is written beside an extension's body, or beside all of them.
constexpr size_t kFixedBytes = 16;

}  // namespace

// Every list begins with its length, so that no two hellos are written alike.
Bytes HelloKey::of(const ClientHello& hello, Transport transport) {
  begin(transport, hello.legacy_version);
  make_room(2 + 2 * hello.cipher_suites.size());
  add_u16(static_cast<uint16_t>(hello.cipher_suites.size()));
  for (const uint16_t suite : hello.cipher_suites)
    add_u16(is_grease(suite) ? kAnyGrease : suite);
  for (const Extension& extension : hello.extensions)
    add_client_extension(extension);
  return key();
}

Bytes HelloKey::of(const ServerHello& hello, Transport transport) {
  begin(transport, hello.legacy_version);
  add_u16(hello.cipher_suite);
  for (const Extension& extension : hello.extensions)
    add_server_extension(extension);
  return key();
}

void HelloKey::begin(Transport transport, uint16_t version) {
  size_ = 0;
  make_room(kFixedBytes);
  add_u8(static_cast<uint8_t>(transport));
  add_u16(version);
}

void HelloKey::add_client_extension(const Extension& extension) {
  make_room(kFixedBytes + extension.body.size());
  add_u16(is_grease(extension.type) ? kAnyGrease : extension.type);
  switch (static_cast<ExtensionType>(extension.type)) {
    case ExtensionType::supported_groups:
    case ExtensionType::signature_algorithms:
      return add_numbers(extension.body, 2);
    case ExtensionType::supported_versions:
      return add_numbers(extension.body, 1);
    case ExtensionType::ec_point_formats:
    case ExtensionType::alpn:
      return add_body(extension.body);
    case ExtensionType::key_share:
      return add_key_shares(extension.body);
    case ExtensionType::encrypted_client_hello:
      return add_ech(extension.body);
    default:
      return;
  }
}

void HelloKey::add_server_extension(const Extension& extension) {
  make_room(kFixedBytes + extension.body.size());
  add_u16(extension.type);
  switch (static_cast<ExtensionType>(extension.type)) {
    case ExtensionType::supported_versions:
    case ExtensionType::alpn:
      return add_body(extension.body);
    case ExtensionType::key_share: {
      const Parsed<uint16_t> group = read_selected_group(extension.body);
      add_u8(group.ok());
      if (group.ok()) add_u16(group.value());
      return;
    }
    case ExtensionType::signed_certificate_timestamp:
      return add_u8(extension.body.empty());
    default:
      return;
  }
}

void HelloKey::make_room(size_t bytes) {
  if (bytes_.size() - size_ < bytes) bytes_.resize(2 * (size_ + bytes));
}

void HelloKey::add_body(Bytes body) {
  add_u16(static_cast<uint16_t>(body.size()));  // a body's length has two bytes
  std::ranges::copy(body, bytes_.begin() + static_cast<ptrdiff_t>(size_));
  size_ += body.size();
}

void HelloKey::add_numbers(Bytes body, size_t header) {
  const size_t begin = size_ + 2 + std::min(header, body.size());
  add_body(body);
  for (size_t at = begin; at + 2 <= size_; at += 2) {
    if (is_grease(flowtable::load_be16(&bytes_[at]))) bytes_[at] = bytes_[at + 1] = 0x0a;
  }
}

void HelloKey::add_key_shares(Bytes body) {
  const size_t count_at = size_;
  add_u16(0);
  uint16_t count = 0;
  static_cast<void>(for_each_key_share(body, [&](uint16_t group, Bytes) {
    add_u16(is_grease(group) ? kAnyGrease : group);
    ++count;
  }));
  bytes_[count_at] = static_cast<uint8_t>(count >> 8);
  bytes_[count_at + 1] = static_cast<uint8_t>(count);
}

void HelloKey::add_ech(Bytes body) {
  const Parsed<EchExtension> ech = read_ech(body);
  const bool outer = ech.ok() && !ech.value().inner;
  add_u8(outer);
  if (!outer) return;
  add_u8(ech.value().config_id);
  add_u16(ech.value().kdf);
  add_u16(ech.value().aead);
}

}  // namespace tls
