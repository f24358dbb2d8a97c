// SPDX-License-Identifier: Apache-2.0
// Builds a ClientHello from its description.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/wire/ids.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tls::probe {

// Extensions that only we write; those that are read too are ExtensionType.
inline constexpr uint16_t kMaxFragmentLength = 1;
inline constexpr uint16_t kStatusRequest = 5;
inline constexpr uint16_t kExtendedMasterSecret = 23;
inline constexpr uint16_t kCookie = 44;
inline constexpr uint16_t kPskKeyExchangeModes = 45;
inline constexpr uint16_t kQuicParameters = 0x39;
inline constexpr uint16_t kRenegotiationInfo = 0xff01;

[[nodiscard]] constexpr uint16_t code_of(ExtensionType type) noexcept {
  return static_cast<uint16_t>(type);
}

struct KeyShareEntry {
  uint16_t group = 0;
  std::vector<uint8_t> key;
};

// What a hello says, in the order in which it says it. GREASE (RFC 8701) is a value like any other.
struct HelloDescription {
  uint16_t record_version = kTls10;  // some stacks reject 0x0303 in the first record
  uint16_t legacy_version = kTls12;
  std::array<uint8_t, kRandomBytes> random{};
  std::vector<uint8_t> session_id{};  // at most 32 bytes
  std::vector<uint16_t> suites{};
  // Types in wire order; nullopt: no extension block. server_name, alpn, cookie, key_share
  // and QUIC's parameters are left out where there is nothing to put into them. A type that is not
  // known has an empty body.
  std::optional<std::vector<uint16_t>> extensions{};
  std::string server_name{};  // as it goes into the hello
  std::vector<uint16_t> groups{};
  std::vector<uint16_t> signature_algorithms{};
  std::vector<uint16_t> versions{};  // of supported_versions
  std::vector<std::string> alpn{};   // each one to 255 bytes
  std::vector<KeyShareEntry> key_shares{};
  std::vector<uint8_t> cookie{};
  // DTLS: a field of its own behind the session id, at most 255 bytes. nullopt: TLS, which has
  // none.
  std::optional<std::vector<uint8_t>> dtls_cookie{};
  std::vector<uint8_t> quic_parameters{};  // the body of that extension
};

// Puts `value` in front of suites, versions and key shares, and as the first extension.
void add_grease(HelloDescription& hello, uint16_t value);

// The handshake message with its header: what the transcript hash is over.
[[nodiscard]] std::vector<uint8_t> client_hello_message(const HelloDescription& hello);
// One record of plaintext.
[[nodiscard]] std::vector<uint8_t> plain_record(ContentType type, uint16_t version,
                                                flowtable::Bytes payload);
// The message in a record of its own.
[[nodiscard]] std::vector<uint8_t> client_hello_record(const HelloDescription& hello);

}  // namespace tls::probe
