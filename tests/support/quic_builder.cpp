// SPDX-License-Identifier: Apache-2.0
#include "tests/support/quic_builder.hpp"

#include "flowtable/base/check.hpp"
#include "tls/digest/openssl_ptr.hpp"

#include <algorithm>
#include <charconv>

namespace tests {

namespace {

ByteVector u32(uint32_t value) {
  return ByteWriter().u16(value >> 16).u16(value & 0xffff).out();
}

const tls::QuicVersion& version_of(uint32_t number) {
  const tls::QuicVersion* version = tls::find_quic_version(number);
  CHECK(version != nullptr);
  return *version;
}

// `plaintext` sealed, with the tag behind it.
ByteVector gcm_seal(std::span<const uint8_t> key, std::span<const uint8_t> nonce,
                    const ByteVector& associated_data, const ByteVector& plaintext) {
  const tls::EvpCipherCtxPtr context(EVP_CIPHER_CTX_new());
  ByteVector out(plaintext.size() + 16);
  int length = 0;
  CHECK(EVP_EncryptInit_ex(context.get(), EVP_aes_128_gcm(), nullptr, key.data(), nonce.data()) ==
        1);
  CHECK(EVP_EncryptUpdate(context.get(), nullptr, &length, associated_data.data(),
                          static_cast<int>(associated_data.size())) == 1);
  CHECK(EVP_EncryptUpdate(context.get(), out.data(), &length, plaintext.data(),
                          static_cast<int>(plaintext.size())) == 1);
  CHECK(EVP_EncryptFinal_ex(context.get(), out.data() + length, &length) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, 16,
                            out.data() + plaintext.size()) == 1);
  return out;
}

ByteVector ecb_block(const tls::AesKey& key, std::span<const uint8_t> block) {
  const tls::EvpCipherCtxPtr context(EVP_CIPHER_CTX_new());
  ByteVector out(32);
  int length = 0;
  CHECK(EVP_EncryptInit_ex(context.get(), EVP_aes_128_ecb(), nullptr, key.data(), nullptr) == 1);
  CHECK(EVP_EncryptUpdate(context.get(), out.data(), &length, block.data(), 16) == 1);
  return out;
}

}  // namespace

ByteVector from_hex(std::string_view hex) {
  ByteVector out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    uint8_t byte = 0;
    CHECK(std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16).ec == std::errc{});
    out.push_back(byte);
  }
  return out;
}

ByteVector quic_varint(uint64_t value) {
  if (value < 0x40) return {static_cast<uint8_t>(value)};
  if (value < 0x4000) return ByteWriter().u16(value | 0x4000).out();
  if (value < 0x40000000) return u32(static_cast<uint32_t>(value) | 0x80000000u);
  return joined(
      {u32(static_cast<uint32_t>(value >> 32) | 0xc0000000u), u32(static_cast<uint32_t>(value))});
}

ByteVector crypto_frame(uint64_t offset, std::span<const uint8_t> data) {
  return joined(
      {{0x06}, quic_varint(offset), quic_varint(data.size()), {data.begin(), data.end()}});
}

ByteVector close_frame(uint64_t error_code) {
  return joined({{0x1c}, quic_varint(error_code), {0x06, 0x02, 'n', 'o'}});
}

tls::PacketKeys keys_of(uint32_t version, const ByteVector& first_id, tls::QuicSide sender) {
  return tls::initial_keys(version_of(version), tls::initial_secret(version_of(version), first_id),
                           sender);
}

ByteVector seal_initial(const InitialParts& parts, const tls::PacketKeys& keys,
                        size_t payload_min) {
  ByteVector payload = parts.payload;
  payload.resize(std::max(payload.size(), payload_min));
  const size_t type = version_of(parts.version).initial_type;
  ByteWriter header;
  header.u8(0xc0 | type << 4 | (parts.number_bytes - 1)).bytes(u32(parts.version));
  header.u8_prefixed(parts.destination_id).u8_prefixed(parts.source_id);
  header.bytes(quic_varint(parts.token.size())).bytes(parts.token);
  header.bytes(quic_varint(parts.number_bytes + payload.size() + 16));
  const size_t number_at = header.out().size();
  for (size_t i = parts.number_bytes; i > 0; --i)
    header.u8(parts.number >> 8 * (i - 1) & 0xff);

  tls::GcmNonce nonce = keys.iv;
  for (size_t i = 0; i < 8; ++i)
    nonce[11 - i] = static_cast<uint8_t>(nonce[11 - i] ^ parts.number >> 8 * i);
  ByteVector out = joined({header.out(), gcm_seal(keys.key, nonce, header.out(), payload)});
  const ByteVector mask = ecb_block(keys.hp, std::span(out).subspan(number_at + 4, 16));
  out[0] = static_cast<uint8_t>(out[0] ^ (mask[0] & 0x0f));
  for (size_t i = 0; i < parts.number_bytes; ++i)
    out[number_at + i] = static_cast<uint8_t>(out[number_at + i] ^ mask[i + 1]);
  return out;
}

ByteVector retry_packet(const RetryParts& parts, const ByteVector& original_id) {
  const tls::QuicVersion& version = version_of(parts.version);
  const bool by_id = version.retry_form == tls::QuicRetryForm::original_id;
  ByteWriter packet;
  packet.u8(0xc0 | (version.initial_type + 3u) % 4 << 4).bytes(u32(parts.version));
  packet.u8_prefixed(parts.destination_id).u8_prefixed(parts.source_id);
  if (by_id) packet.u8_prefixed(original_id);
  packet.bytes(parts.token);
  if (by_id) return packet.out();
  const ByteVector pseudo = joined({ByteWriter().u8_prefixed(original_id).out(), packet.out()});
  return joined({packet.out(), gcm_seal(version.retry_key, version.retry_nonce, pseudo, {})});
}

ByteVector version_negotiation(const ByteVector& destination_id, const ByteVector& source_id,
                               const std::vector<uint32_t>& versions) {
  ByteWriter packet;
  packet.u8(0xca).bytes(u32(0)).u8_prefixed(destination_id).u8_prefixed(source_id);
  for (const uint32_t version : versions)
    packet.bytes(u32(version));
  return packet.out();
}

ByteVector opaque_packet(uint8_t first_byte, uint32_t version, const ByteVector& destination_id,
                         size_t bytes) {
  ByteWriter packet;
  packet.u8(first_byte).bytes(u32(version)).u8_prefixed(destination_id).u8_prefixed({});
  packet.bytes(quic_varint(bytes));
  for (size_t i = 0; i < bytes; ++i)
    packet.u8((i * 167 + 13) & 0xff);
  return packet.out();
}

ByteVector datagram_log(const std::vector<ByteVector>& datagrams) {
  ByteWriter log;
  for (const ByteVector& datagram : datagrams)
    log.u16_prefixed(datagram);
  return log.out();
}

}  // namespace tests
