// SPDX-License-Identifier: Apache-2.0
#include "tls/wire/extensions.hpp"

namespace tls {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

constexpr uint8_t kHostName = 0;  // RFC 6066 section 3: NameType host_name

bool read_extension(ByteReader& reader, Extension& out) noexcept {
  ByteReader body;
  if (!reader.u16(out.type) || !reader.u16_prefixed(body)) return false;
  out.body = body.rest();
  return true;
}

}  // namespace

void ExtensionList::Iterator::step() noexcept {
  left_ = reader_.size();
  if (!read_extension(reader_, current_)) current_ = {};
}

Parsed<ExtensionList> ExtensionList::from(Bytes block) noexcept {
  ExtensionList list;
  list.block_ = block;
  ByteReader reader(block);
  Extension extension;
  while (!reader.empty()) {
    if (!read_extension(reader, extension)) return fail(ParseError::truncated);
    ++list.count_;
  }
  return list;
}

std::optional<Bytes> ExtensionList::find(ExtensionType type) const noexcept {
  for (const Extension& extension : *this) {
    if (extension.type == static_cast<uint16_t>(type)) return extension.body;
  }
  return std::nullopt;
}

void AlpnList::Iterator::step() noexcept {
  left_ = reader_.size();
  ByteReader name;
  name_ = reader_.u8_prefixed(name) ? name.rest() : Bytes{};
}

Parsed<AlpnList> AlpnList::from(Bytes extension_body) noexcept {
  ByteReader reader(extension_body);
  ByteReader names;
  if (!reader.u16_prefixed(names)) return fail(ParseError::truncated);
  if (!reader.empty()) return fail(ParseError::left_over);
  AlpnList list;
  list.names_ = names.rest();
  ByteReader name;
  while (!names.empty()) {
    if (!names.u8_prefixed(name)) return fail(ParseError::extension_bad);
  }
  return list;
}

Parsed<std::optional<Bytes>> read_server_name(Bytes body) noexcept {
  std::optional<Bytes> none;
  // RFC 6066 section 3: a server's acknowledgement is empty; some clients send that too.
  if (body.empty()) return none;
  ByteReader reader(body);
  ByteReader names;
  if (!reader.u16_prefixed(names)) return fail(ParseError::truncated);
  while (!names.empty()) {
    uint8_t type = 0;
    ByteReader name;
    if (!names.u8(type) || !names.u16_prefixed(name)) return fail(ParseError::extension_bad);
    if (type == kHostName) return std::optional<Bytes>(name.rest());
  }
  return none;
}

Parsed<U16List> read_u16_list(Bytes body) noexcept {
  ByteReader reader(body);
  ByteReader list;
  if (!reader.u16_prefixed(list)) return fail(ParseError::truncated);
  if (!reader.empty()) return fail(ParseError::left_over);
  return U16List::from(list.rest());
}

Parsed<Bytes> read_point_formats(Bytes body) noexcept {
  ByteReader reader(body);
  ByteReader list;
  if (!reader.u8_prefixed(list)) return fail(ParseError::truncated);
  if (!reader.empty()) return fail(ParseError::left_over);
  return list.rest();
}

Parsed<U16List> read_offered_versions(Bytes body) noexcept {
  ByteReader reader(body);
  ByteReader list;
  if (!reader.u8_prefixed(list)) return fail(ParseError::truncated);
  if (!reader.empty()) return fail(ParseError::left_over);
  return U16List::from(list.rest());
}

Parsed<uint16_t> read_selected_version(Bytes body) noexcept {
  ByteReader reader(body);
  uint16_t version = 0;
  if (!reader.u16(version)) return fail(ParseError::truncated);
  if (!reader.empty()) return fail(ParseError::left_over);
  return version;
}

Parsed<uint16_t> read_selected_group(Bytes body) noexcept {
  ByteReader reader(body);
  uint16_t group = 0;
  if (!reader.u16(group)) return fail(ParseError::truncated);
  if (reader.empty()) return group;  // HelloRetryRequest: only the group
  ByteReader key;
  if (!reader.u16_prefixed(key)) return fail(ParseError::truncated);
  if (!reader.empty()) return fail(ParseError::left_over);
  return group;
}

}  // namespace tls
