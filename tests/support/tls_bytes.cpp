// SPDX-License-Identifier: Apache-2.0
#include "tests/support/tls_bytes.hpp"

#include <algorithm>

namespace tests {
namespace {

void append_be16(ByteString& to, size_t value) {
  to.push_back(static_cast<uint8_t>(value >> 8));
  to.push_back(static_cast<uint8_t>(value));
}

ByteString message(uint8_t type, const ByteString& body) {
  ByteString out = {type, static_cast<uint8_t>(body.size() >> 16)};
  append_be16(out, body.size());
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

ByteString hello(const ByteString& extensions) {
  ByteString body = {3, 3};
  body.insert(body.end(), 32, 0xa5);  // random
  body.push_back(32);                 // session id
  body.insert(body.end(), 32, 0x5a);
  append_be16(body, 4);  // cipher suites
  body.insert(body.end(), {0x13, 0x01, 0xc0, 0x2f});
  body.insert(body.end(), {1, 0});  // compression
  append_be16(body, extensions.size());
  body.insert(body.end(), extensions.begin(), extensions.end());
  return tls_record(22, message(1, body), 1);
}

ByteString extension(uint16_t type, size_t bytes) {
  ByteString out;
  append_be16(out, type);
  append_be16(out, bytes);
  out.insert(out.end(), bytes, 0);
  return out;
}

}  // namespace

ByteString join(std::initializer_list<ByteString> parts) {
  ByteString out;
  for (const ByteString& part : parts)
    out.insert(out.end(), part.begin(), part.end());
  return out;
}

ByteString text(std::string_view words) {
  return {words.begin(), words.end()};
}

ByteString part_of(const ByteString& whole, size_t offset, size_t length) {
  const auto begin = whole.begin() + static_cast<std::ptrdiff_t>(offset);
  return {begin, begin + static_cast<std::ptrdiff_t>(length)};
}

ByteString tls_record(uint8_t type, const ByteString& body, uint8_t minor) {
  ByteString out = {type, 3, minor};
  append_be16(out, body.size());
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

ByteString handshake_message(uint8_t type, size_t bytes) {
  return message(type, ByteString(bytes, type));
}

ByteString client_hello(size_t padding) {
  return hello(extension(21, padding));
}

ByteString early_data_hello() {
  return hello(join({extension(21, 20), extension(42, 0)}));
}

ByteString server_hello() {
  ByteString body = {3, 3};
  body.insert(body.end(), 32, 0xc3);
  body.insert(body.end(), {0, 0x13, 0x01, 0});
  return tls_record(22, message(2, body));
}

ByteString change_cipher_spec() {
  return tls_record(20, {1});
}

ByteString alert(uint8_t level, uint8_t description) {
  return tls_record(21, {level, description});
}

ByteString encrypted_finished() {
  return tls_record(22, ByteString(40, 0xee));
}

ByteString application_bytes(size_t bytes) {
  return tls_record(23, ByteString(bytes, 0x77));
}

ByteString tls12_client() {
  return join({client_hello(), tls_record(22, handshake_message(16, 66)), change_cipher_spec(),
               encrypted_finished()});
}

ByteString tls12_server(size_t certificate_bytes) {
  return join({server_hello(), tls_record(22, handshake_message(11, certificate_bytes)),
               tls_record(22, handshake_message(12, 300)), tls_record(22, handshake_message(14, 0)),
               change_cipher_spec(), encrypted_finished()});
}

ByteString tls13_client() {
  return join({client_hello(), change_cipher_spec(), application_bytes(53)});
}

ByteString tls13_server() {
  return join({server_hello(), change_cipher_spec(), application_bytes(900)});
}

ByteString tds_packets(const ByteString& bytes, size_t packet_bytes) {
  constexpr size_t kHeaderBytes = 8;
  ByteString out;
  for (size_t at = 0; at < bytes.size(); at += packet_bytes - kHeaderBytes) {
    const size_t carried = std::min(packet_bytes - kHeaderBytes, bytes.size() - at);
    const size_t whole = kHeaderBytes + carried;
    const uint8_t status = at + carried == bytes.size() ? 1 : 0;
    const ByteString header = {
        0x12, status, static_cast<uint8_t>(whole >> 8), static_cast<uint8_t>(whole), 0, 0, 0, 0};
    out = join({out, header, part_of(bytes, at, carried)});
  }
  return out;
}

ByteString sslv2_client_hello() {
  ByteString out = {0x80, 9 + 6 + 16, 1, 3, 1, 0, 6, 0, 0, 0, 16};
  out.insert(out.end(), {0, 0, 0x39, 0, 0, 0x35});
  out.insert(out.end(), 16, 0x44);
  return out;
}

ByteString sslv2_server_hello(size_t certificate_bytes) {
  const size_t length = 11 + certificate_bytes + 3 + 16;
  ByteString out = {static_cast<uint8_t>(0x80 | length >> 8), static_cast<uint8_t>(length)};
  out.insert(out.end(), {4, 0, 1, 0, 2});
  append_be16(out, certificate_bytes);
  append_be16(out, 3);
  append_be16(out, 16);
  out.insert(out.end(), certificate_bytes + 3 + 16, 0x30);
  return out;
}

}  // namespace tests
