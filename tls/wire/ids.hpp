// SPDX-License-Identifier: Apache-2.0
// The IANA numbers this project decides on. Unknown numbers are legal values of these types.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tls {

// RFC 8446 section 5.1; heartbeat: RFC 6520 section 3.
enum class ContentType : uint8_t {
  change_cipher_spec = 20,
  alert = 21,
  handshake = 22,
  application_data = 23,
  heartbeat = 24,
};

// RFC 8446 section 4, RFC 5246 section 7.4; hello_retry_request: TLS 1.3 drafts up to 21.
enum class HandshakeType : uint8_t {
  hello_request = 0,
  client_hello = 1,
  server_hello = 2,
  hello_verify_request = 3,
  new_session_ticket = 4,
  hello_retry_request = 6,
  encrypted_extensions = 8,
  certificate = 11,
  server_key_exchange = 12,
  certificate_request = 13,
  server_hello_done = 14,
  certificate_verify = 15,
  client_key_exchange = 16,
  finished = 20,
  certificate_status = 22,
};

// RFC 8446 section 6.
enum class AlertLevel : uint8_t { warning = 1, fatal = 2 };

// The extensions whose content is read; all others are only counted.
enum class ExtensionType : uint16_t {
  server_name = 0,
  supported_groups = 10,
  ec_point_formats = 11,
  signature_algorithms = 13,
  alpn = 16,
  signed_certificate_timestamp = 18,
  session_ticket = 35,
  pre_shared_key = 41,
  supported_versions = 43,
  key_share = 51,
  encrypted_server_name = 0xffce,   // ESNI, the drafts before ECH
  encrypted_client_hello = 0xfe0d,  // ECH
};

// ProtocolVersion. Plain numbers: peers send what they like.
inline constexpr uint16_t kSsl2 = 0x0002;
inline constexpr uint16_t kSsl3 = 0x0300;
inline constexpr uint16_t kTls10 = 0x0301;
inline constexpr uint16_t kTls11 = 0x0302;
inline constexpr uint16_t kTls12 = 0x0303;
inline constexpr uint16_t kTls13 = 0x0304;
inline constexpr uint16_t kDtls10 = 0xfeff;
inline constexpr uint16_t kDtls12 = 0xfefd;
inline constexpr uint16_t kDtls13 = 0xfefc;
inline constexpr uint16_t kDtlsBeforeRfc = 0x0100;  // OpenSSL before 0.9.8f, Cisco AnyConnect

// Drafts of TLS 1.3 wrote 0x7f and their number.
[[nodiscard]] constexpr bool is_tls13_draft(uint16_t version) noexcept {
  return version >> 8 == 0x7f;
}

// RFC 8446 section 4.1.2: what every hello has.
inline constexpr size_t kRandomBytes = 32;
inline constexpr size_t kSessionIdBytesMax = 32;

}  // namespace tls
