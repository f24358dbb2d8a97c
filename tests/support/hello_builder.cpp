// SPDX-License-Identifier: Apache-2.0
#include "tests/support/hello_builder.hpp"

#include <algorithm>

namespace tests {

namespace {

std::span<const uint8_t> view(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

ByteVector u16_list(const std::vector<uint16_t>& values) {
  ByteWriter writer;
  for (const uint16_t value : values)
    writer.u16(value);
  return writer.out();
}

ByteVector alpn_names(const std::vector<std::string>& names) {
  ByteWriter writer;
  for (const std::string& name : names)
    writer.u8_prefixed(view(name));
  return ByteWriter().u16_prefixed(writer.out()).out();
}

ByteVector server_name(const std::string& name) {
  const ByteVector entry = ByteWriter().u8(0).u16_prefixed(view(name)).out();
  return ByteWriter().u16_prefixed(entry).out();
}

ByteVector client_extension(const ClientHelloLists& lists, uint16_t type) {
  if (const auto body = lists.bodies.find(type); body != lists.bodies.end()) return body->second;
  switch (type) {
    case 0:
      return lists.sni ? server_name(*lists.sni) : ByteVector{};
    case 10:
      return ByteWriter().u16_prefixed(u16_list(lists.groups)).out();
    case 11:
      return ByteWriter().u8_prefixed(lists.point_formats).out();
    case 13:
      return ByteWriter().u16_prefixed(u16_list(lists.signature_algorithms)).out();
    case 16:
      return alpn_names(lists.alpn);
    case 43:
      return ByteWriter().u8_prefixed(u16_list(lists.supported_versions)).out();
    default:
      return {};
  }
}

ByteVector server_extension(const ServerHelloLists& lists, uint16_t type) {
  if (const auto body = lists.bodies.find(type); body != lists.bodies.end()) return body->second;
  if (type == 16 && lists.alpn) return alpn_names({*lists.alpn});
  if (type == 43 && lists.supported_version)
    return ByteWriter().u16(*lists.supported_version).out();
  if (type == 51 && lists.group) {
    ByteWriter writer;
    writer.u16(*lists.group);
    if (!lists.hello_retry) writer.u16_prefixed(ByteVector(32, 0x5a));
    return writer.out();
  }
  return {};
}

}  // namespace

ByteWriter& ByteWriter::u8(size_t value) {
  out_.push_back(static_cast<uint8_t>(value));
  return *this;
}
ByteWriter& ByteWriter::u16(size_t value) {
  return u8(value >> 8).u8(value);
}
ByteWriter& ByteWriter::u24(size_t value) {
  return u8(value >> 16).u16(value);
}
ByteWriter& ByteWriter::bytes(std::span<const uint8_t> piece) {
  out_.insert(out_.end(), piece.begin(), piece.end());
  return *this;
}
ByteWriter& ByteWriter::fill(size_t count, uint8_t value) {
  out_.insert(out_.end(), count, value);
  return *this;
}
ByteWriter& ByteWriter::u8_prefixed(std::span<const uint8_t> piece) {
  return u8(piece.size()).bytes(piece);
}
ByteWriter& ByteWriter::u16_prefixed(std::span<const uint8_t> piece) {
  return u16(piece.size()).bytes(piece);
}
ByteWriter& ByteWriter::u24_prefixed(std::span<const uint8_t> piece) {
  return u24(piece.size()).bytes(piece);
}

ByteVector client_hello_body(const ClientHelloLists& lists) {
  ByteWriter writer;
  writer.u16(lists.version).fill(32, 0x11).u8_prefixed(lists.session_id);
  writer.u16_prefixed(u16_list(lists.ciphers)).u8(1).u8(0);
  if (!lists.extensions) return writer.out();
  ByteWriter block;
  for (const uint16_t type : *lists.extensions)
    block.u16(type).u16_prefixed(client_extension(lists, type));
  return writer.u16_prefixed(block.out()).out();
}

ByteVector server_hello_body(const ServerHelloLists& lists) {
  // RFC 8446 section 4.1.3.
  const ByteVector retry{0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
                         0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
                         0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};
  ByteWriter writer;
  writer.u16(lists.version).bytes(lists.hello_retry ? retry : ByteVector(32, 0x22));
  writer.u8_prefixed(lists.session_id).u16(lists.cipher).u8(0);
  if (!lists.extensions) return writer.out();
  ByteWriter block;
  for (const uint16_t type : *lists.extensions)
    block.u16(type).u16_prefixed(server_extension(lists, type));
  return writer.u16_prefixed(block.out()).out();
}

ByteVector certificate_body(const std::vector<ByteVector>& ders) {
  ByteWriter list;
  for (const ByteVector& der : ders)
    list.u24_prefixed(der);
  return ByteWriter().u24_prefixed(list.out()).out();
}

ByteVector message(uint8_t type, std::span<const uint8_t> body) {
  return ByteWriter().u8(type).u24_prefixed(body).out();
}

ByteVector records(uint8_t type, std::span<const uint8_t> payload, size_t payload_max) {
  ByteWriter writer;
  do {
    const auto piece = payload.first(std::min(payload.size(), payload_max));
    writer.u8(type).u16(0x0303).u16_prefixed(piece);
    payload = payload.subspan(piece.size());
  } while (!payload.empty());
  return writer.out();
}

ByteVector joined(const std::vector<ByteVector>& pieces) {
  ByteWriter writer;
  for (const ByteVector& piece : pieces)
    writer.bytes(piece);
  return writer.out();
}

}  // namespace tests
