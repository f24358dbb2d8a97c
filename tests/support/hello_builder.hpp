// SPDX-License-Identifier: Apache-2.0
// Writes handshake bytes for tests: the other direction of tls/wire, and independent of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tests {

using ByteVector = std::vector<uint8_t>;

// Appends big-endian numbers and length-prefixed pieces.
class ByteWriter {
 public:
  ByteWriter& u8(size_t value);
  ByteWriter& u16(size_t value);
  ByteWriter& u24(size_t value);
  ByteWriter& bytes(std::span<const uint8_t> piece);
  ByteWriter& fill(size_t count, uint8_t value);
  ByteWriter& u8_prefixed(std::span<const uint8_t> piece);
  ByteWriter& u16_prefixed(std::span<const uint8_t> piece);
  ByteWriter& u24_prefixed(std::span<const uint8_t> piece);
  [[nodiscard]] const ByteVector& out() const { return out_; }

 private:
  ByteVector out_;
};

// A ClientHello by its lists. Every type in `extensions` gets a body: the one in `bodies`, or from
// the list of that name where there is one, else an empty one.
struct ClientHelloLists {
  uint16_t version = 0x0303;
  ByteVector session_id{};
  std::vector<uint16_t> ciphers{};
  std::optional<std::vector<uint16_t>> extensions{};  // nullopt: no extension block
  std::vector<uint16_t> groups{};
  std::vector<uint8_t> point_formats{};
  std::vector<uint16_t> signature_algorithms{};
  std::vector<uint16_t> supported_versions{};
  std::vector<std::string> alpn{};
  std::optional<std::string> sni{};
  std::map<uint16_t, ByteVector> bodies{};
};
[[nodiscard]] ByteVector client_hello_body(const ClientHelloLists& lists);

struct ServerHelloLists {
  uint16_t version = 0x0303;
  ByteVector session_id{};
  uint16_t cipher = 0xc02f;
  std::optional<std::vector<uint16_t>> extensions{};
  std::optional<uint16_t> supported_version{};
  std::optional<uint16_t> group{};  // of key_share
  std::optional<std::string> alpn{};
  bool hello_retry = false;
  std::map<uint16_t, ByteVector> bodies{};
};
[[nodiscard]] ByteVector server_hello_body(const ServerHelloLists& lists);

// The body of a TLS 1.2 Certificate message.
[[nodiscard]] ByteVector certificate_body(const std::vector<ByteVector>& ders);
// A handshake message with its header.
[[nodiscard]] ByteVector message(uint8_t type, std::span<const uint8_t> body);
// Records of at most `payload_max` bytes each, at least one.
[[nodiscard]] ByteVector records(uint8_t type, std::span<const uint8_t> payload,
                                 size_t payload_max = 16384);
[[nodiscard]] ByteVector joined(const std::vector<ByteVector>& pieces);

inline constexpr uint8_t kChangeCipherSpec = 20;
inline constexpr uint8_t kAlert = 21;
inline constexpr uint8_t kHandshake = 22;
inline constexpr uint8_t kApplicationData = 23;

}  // namespace tests
