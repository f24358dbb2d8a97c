// SPDX-License-Identifier: Apache-2.0
// Small TLS streams for tests of code that only looks at record headers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace tests {

using ByteString = std::vector<uint8_t>;

[[nodiscard]] ByteString join(std::initializer_list<ByteString> parts);
[[nodiscard]] ByteString text(std::string_view words);
[[nodiscard]] ByteString part_of(const ByteString& whole, size_t offset, size_t length);

// One record with the version 3.`minor`; its length is the body's.
[[nodiscard]] ByteString tls_record(uint8_t type, const ByteString& body, uint8_t minor = 3);
// One handshake message whose body is `bytes` times its type.
[[nodiscard]] ByteString handshake_message(uint8_t type, size_t bytes);

// A record with one well-formed ClientHello or ServerHello of about `padding` bytes more than the
// smallest.
[[nodiscard]] ByteString client_hello(size_t padding = 160);
[[nodiscard]] ByteString early_data_hello();
[[nodiscard]] ByteString server_hello();

[[nodiscard]] ByteString change_cipher_spec();
[[nodiscard]] ByteString alert(uint8_t level, uint8_t description);
[[nodiscard]] ByteString encrypted_finished();
[[nodiscard]] ByteString application_bytes(size_t bytes = 80);

// Whole directions up to and including the encrypted part. The certificate message has
// `certificate_bytes`.
[[nodiscard]] ByteString tls12_client();
[[nodiscard]] ByteString tls12_server(size_t certificate_bytes = 3000);
[[nodiscard]] ByteString tls13_client();
[[nodiscard]] ByteString tls13_server();

// The bytes in PRELOGIN packets (MS-TDS 2.2.3.1) of at most `packet_bytes`, header included; the
// last one ends the message.
[[nodiscard]] ByteString tds_packets(const ByteString& bytes, size_t packet_bytes = 4096);

// SSL 2.0 framing.
[[nodiscard]] ByteString sslv2_client_hello();
[[nodiscard]] ByteString sslv2_server_hello(size_t certificate_bytes = 500);

}  // namespace tests
