// SPDX-License-Identifier: Apache-2.0
#include "tls/quic/packet_opener.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace tls {

using flowtable::Bytes;

namespace {

constexpr size_t kNumberBytesMax = 4;

// The header with its protection taken off: the AEAD's associated data.
struct ClearHeader {
  std::array<uint8_t, kNumberBytesMax> number{};
  size_t number_bytes = 0;
  uint8_t first_byte = 0;
};

// RFC 9001 section 5.4.2: the sample begins where the payload would after the longest number.
std::optional<Bytes> sample_of(const QuicPacket& packet) noexcept {
  const size_t sample_at = packet.packet_number_at + kNumberBytesMax;
  if (packet.bytes.size() < sample_at + kSampleBytes) return std::nullopt;
  return packet.bytes.subspan(sample_at, kSampleBytes);
}

// `mask` has a byte for the first one and four for the number.
ClearHeader unmask(const QuicPacket& packet, Bytes mask) noexcept {
  ClearHeader out;
  out.first_byte = static_cast<uint8_t>(packet.bytes[0] ^ (mask[0] & 0x0f));
  out.number_bytes = (out.first_byte & 3u) + 1;
  for (size_t i = 0; i < out.number_bytes; ++i)
    out.number[i] = static_cast<uint8_t>(packet.bytes[packet.packet_number_at + i] ^ mask[i + 1]);
  return out;
}

uint64_t number_of(const ClearHeader& header, ExpectedNumber expected) noexcept {
  uint64_t sent = 0;
  for (size_t i = 0; i < header.number_bytes; ++i)
    sent = sent << 8 | header.number[i];
  return whole_packet_number(sent, static_cast<unsigned>(header.number_bytes * 8), expected);
}

struct Opening {
  AeadKey key;
  AeadNonce iv;
  ExpectedNumber expected;
};

std::optional<OpenedPacket> open_with(const QuicPacket& packet, const ClearHeader& clear,
                                      const Opening& how, std::span<uint8_t> buffer) noexcept {
  if (buffer.size() < packet.bytes.size()) return std::nullopt;
  const size_t header_bytes = packet.packet_number_at + clear.number_bytes;
  const std::span<uint8_t> header = buffer.first(header_bytes);
  std::ranges::copy(packet.bytes.first(header_bytes), header.begin());
  header[0] = clear.first_byte;
  std::copy_n(clear.number.begin(), clear.number_bytes,
              header.begin() + static_cast<std::ptrdiff_t>(packet.packet_number_at));

  OpenedPacket out;
  out.number = number_of(clear, how.expected);
  const SealedBytes sealed{header, packet.bytes.subspan(header_bytes)};
  const std::span<uint8_t> payload =
      buffer.subspan(header_bytes, sealed.ciphertext.size() - kGcmTagBytes);
  if (!aead_open(how.key, nonce_of(how.iv, out.number), sealed, payload)) return std::nullopt;
  out.payload = payload;
  return out;
}

}  // namespace

uint64_t whole_packet_number(uint64_t sent, unsigned num_bits, ExpectedNumber expected) noexcept {
  constexpr uint64_t kNumbers = uint64_t{1} << 62;
  const uint64_t window = uint64_t{1} << num_bits;
  const uint64_t candidate = (expected & ~(window - 1)) | sent;
  if (candidate + window / 2 <= expected && candidate < kNumbers - window) {
    return candidate + window;
  }
  if (candidate > expected + window / 2 && candidate >= window) return candidate - window;
  return candidate;
}

std::optional<OpenedPacket> open_initial(const QuicPacket& packet, const PacketKeys& keys,
                                         ExpectedNumber expected,
                                         std::span<uint8_t> buffer) noexcept {
  const std::optional<Bytes> sample = sample_of(packet);
  const auto mask = sample ? encrypt_block(keys.hp, *sample) : std::nullopt;
  if (!mask) return std::nullopt;
  return open_with(packet, unmask(packet, *mask),
                   {{Aead::aes_128_gcm, keys.key}, keys.iv, expected}, buffer);
}

std::optional<OpenedPacket> open_packet(const QuicPacket& packet, const ProtectionKeys& keys,
                                        ExpectedNumber expected,
                                        std::span<uint8_t> buffer) noexcept {
  const std::optional<Bytes> sample = sample_of(packet);
  const auto mask = sample ? header_mask(keys, *sample) : std::nullopt;
  if (!mask) return std::nullopt;
  return open_with(packet, unmask(packet, *mask), {keys.aead_key(), keys.iv, expected}, buffer);
}

bool is_retry_of(const QuicPacket& retry, Bytes destination_id) noexcept {
  if (retry.type != QuicPacketType::retry || retry.format == nullptr) return false;
  switch (retry.format->retry_form) {
    case QuicRetryForm::original_id:
      return std::ranges::equal(retry.original_id, destination_id);
    case QuicRetryForm::unknown:
      return false;
    case QuicRetryForm::integrity_tag:
      break;
  }
  // The Retry Pseudo-Packet: the id with its length in front of the packet. Retries are rare.
  std::vector<uint8_t> pseudo{static_cast<uint8_t>(destination_id.size())};
  pseudo.insert(pseudo.end(), destination_id.begin(), destination_id.end());
  const size_t without_tag = retry.bytes.size() - kGcmTagBytes;
  pseudo.insert(pseudo.end(), retry.bytes.begin(),
                retry.bytes.begin() + static_cast<std::ptrdiff_t>(without_tag));
  return gcm_open(retry.format->retry_key, retry.format->retry_nonce,
                  {pseudo, retry.bytes.subspan(without_tag)}, {});
}

}  // namespace tls
