// SPDX-License-Identifier: Apache-2.0
#include "flowtable/record_scan.hpp"

#include "flowtable/record_type.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>

namespace flowtable {
namespace {

constexpr uint32_t kHeaderBytes = 5;
constexpr uint32_t kMessageHeaderBytes = 4;
constexpr uint32_t kAlertBytes = 2;
constexpr uint8_t kFatal = 2;
// RFC 5246 section 6.2.3: a protected record may exceed 2^14 bytes by 2048.
constexpr uint32_t kRecordBytesMax = 16384 + 2048;
// The shortest hello: version, random, session id length, cipher suite, compression method.
constexpr uint32_t kHelloBytesMin = 2 + 32 + 1 + 2 + 1;
// Far beyond any real hello, and more than a capture keeps.
constexpr uint32_t kHelloBytesMax = 0x1ffff;
constexpr uint16_t kEarlyDataExtension = 42;  // RFC 8446 section 4.2

enum class Match : uint8_t { no, so_far, yes };

bool is_record_version(uint8_t major, uint8_t minor) noexcept {
  return major == 3 && minor <= 4;
}

// A TLS record whose first handshake message is a hello, as far as the bytes go. `yes` once its
// type and length have been seen.
Match match_hello_record(Bytes bytes) noexcept {
  ByteReader reader(bytes);
  uint8_t type = 0, major = 0, minor = 0, message = 0;
  uint16_t length = 0;
  uint32_t message_length = 0;
  if (!reader.u8(type)) return Match::so_far;
  if (type != RecordType::kHandshake) return Match::no;
  if (!reader.u8(major)) return Match::so_far;
  if (major != 3) return Match::no;
  if (!reader.u8(minor)) return Match::so_far;
  if (!is_record_version(major, minor)) return Match::no;
  if (!reader.u16(length)) {
    uint8_t high = 0;
    return reader.u8(high) && high > kRecordBytesMax >> 8 ? Match::no : Match::so_far;
  }
  if (length == 0 || length > kRecordBytesMax) return Match::no;
  if (!reader.u8(message)) return Match::so_far;
  if (message != 1 && message != 2) return Match::no;
  // A record may be so short that the message's length goes on in the next one; the length is then
  // not judged.
  if (length < kMessageHeaderBytes) return Match::yes;
  if (!reader.u24(message_length)) {
    uint8_t high = 0;
    return reader.u8(high) && high > kHelloBytesMax >> 16 ? Match::no : Match::so_far;
  }
  const bool plausible = message_length >= kHelloBytesMin && message_length <= kHelloBytesMax;
  return plausible ? Match::yes : Match::no;
}

// RFC 5246 appendix E.2, and the SSL 2.0 specification for the server's answer: a length with its
// highest bit set, the message type, and three lengths that must add up.
Match match_sslv2_hello(Bytes bytes) noexcept {
  constexpr uint8_t kClient = 1, kServer = 4, kX509 = 1;
  constexpr uint32_t kFixedBytes = 9;
  ByteReader reader(bytes);
  uint8_t high = 0, low = 0, message = 0;
  if (!reader.u8(high)) return Match::so_far;
  if ((high & 0x80) == 0) return Match::no;
  if (!reader.u8(low)) return Match::so_far;
  if (!reader.u8(message)) return Match::so_far;
  if (message != kClient && message != kServer) return Match::no;
  if (message == kServer) {
    uint8_t session_id_hit = 0, certificate_type = 0;
    if (!reader.u8(session_id_hit)) return Match::so_far;
    if (session_id_hit > 1) return Match::no;
    if (!reader.u8(certificate_type)) return Match::so_far;
    if (certificate_type > kX509) return Match::no;
  }
  uint8_t major = 0, minor = 0;
  if (!reader.u8(major)) return Match::so_far;
  if (major != 0 && (major != 3 || message == kServer)) return Match::no;
  if (!reader.u8(minor)) return Match::so_far;
  if (major == 0 ? minor != 2 : !is_record_version(major, minor)) return Match::no;

  std::array<uint16_t, 3> lengths{};
  for (uint16_t& length : lengths)
    if (!reader.u16(length)) return Match::so_far;
  const uint32_t fixed = message == kServer ? kFixedBytes + 2 : kFixedBytes;
  const uint32_t total = static_cast<uint32_t>(high & 0x7f) << 8 | low;
  const uint16_t cipher_specs = message == kServer ? lengths[1] : lengths[0];
  const bool adds_up = total == fixed + lengths[0] + lengths[1] + lengths[2];
  return adds_up && cipher_specs % 3 == 0 ? Match::yes : Match::no;
}

// A server may answer a hello with an alert at once.
Match match_alert(Bytes bytes) noexcept {
  constexpr uint8_t kFirst[] = {RecordType::kAlert, 3};
  for (size_t i = 0; i < bytes.size() && i < std::size(kFirst); ++i)
    if (bytes[i] != kFirst[i]) return Match::no;
  if (bytes.size() < kHeaderBytes) return Match::so_far;
  return bytes[2] <= 4 && load_be16(&bytes[3]) == kAlertBytes ? Match::yes : Match::no;
}

// Whether the one ClientHello in this record offers early data (RFC 8446 section 4.2.10). A hello
// that does not fit the record, or is malformed, does not.
bool offers_early_data(ByteReader record) noexcept {
  uint8_t type = 0;
  ByteReader hello, field, extensions;
  if (!record.u8(type) || !record.u24_prefixed(hello) || !hello.skip(2 + 32) ||
      !hello.u8_prefixed(field) || !hello.u16_prefixed(field) || !hello.u8_prefixed(field) ||
      !hello.u16_prefixed(extensions)) {
    return false;
  }
  uint16_t extension = 0;
  while (extensions.u16(extension) && extensions.u16_prefixed(field))
    if (extension == kEarlyDataExtension) return true;
  return false;
}

}  // namespace

bool RecordScan::could_start_tls(Bytes first_bytes) noexcept {
  if (first_bytes.empty()) return false;
  return match_hello_record(first_bytes) != Match::no ||
         match_sslv2_hello(first_bytes) != Match::no;
}

bool RecordScan::begins_with_alert(Bytes first_bytes) noexcept {
  return match_alert(first_bytes) == Match::yes;
}

std::optional<size_t> RecordScan::find_hello(Bytes payload) noexcept {
  Bytes rest = payload;
  while (rest.size() >= kSureBytes) {
    // The last bytes cannot begin one, and memchr() looks at many at a time.
    const void* const found =
        std::memchr(rest.data(), RecordType::kHandshake, rest.size() - kSureBytes + 1);
    if (found == nullptr) return std::nullopt;
    rest = rest.subspan(static_cast<size_t>(static_cast<const uint8_t*>(found) - rest.data()));
    constexpr size_t kMessageMajor = kHeaderBytes + kMessageHeaderBytes;
    if (rest[kMessageMajor] == 3 && match_hello_record(rest) == Match::yes) {
      return payload.size() - rest.size();
    }
    rest = rest.subspan(1);
  }
  return std::nullopt;
}

ScanVerdict RecordScan::advance(Bytes prefix) noexcept {
  while (verdict_ == ScanVerdict::need_more && next_header_ < prefix.size())
    if (!step(prefix.subspan(next_header_))) break;
  return verdict_;
}

bool RecordScan::step(Bytes rest) noexcept {
  if (hello_ == kNoHello) return step_start(rest);
  if (sslv2_ && next_header_ == 0) return step_sslv2(rest);
  ByteReader reader(rest);
  Header header;
  uint8_t major = 0, minor = 0;
  uint16_t length = 0;
  if (!reader.u8(header.type) || !reader.u8(major) || !reader.u8(minor) || !reader.u16(length)) {
    return false;
  }
  // After an SSL 2.0 hello the conversation may go on in SSL 2.0, which is all encrypted by then.
  if (!is_record_version(major, minor)) return sslv2_ ? finish() : finish_broken();
  if (length > kRecordBytesMax) return finish_broken();
  header.length = length;
  return step_record(header, reader);
}

bool RecordScan::step_start(Bytes rest) noexcept {
  const Match record = match_hello_record(rest);
  if (record == Match::yes) {
    ByteReader reader(rest);
    Header header;
    uint16_t version = 0, length = 0;
    if (!reader.u8(header.type) || !reader.u16(version) || !reader.u16(length)) return false;
    header.length = length;
    hello_ = rest[kHeaderBytes];
    return step_handshake(header, reader);
  }
  const Match sslv2 = match_sslv2_hello(rest);
  if (sslv2 == Match::yes) return step_sslv2(rest);
  const Match alert = match_alert(rest);
  if (alert == Match::yes) {
    ByteReader reader(rest);
    return reader.skip(kHeaderBytes) && step_alert({RecordType::kAlert, kAlertBytes}, reader);
  }
  if (record == Match::no && sslv2 == Match::no && alert == Match::no) {
    verdict_ = ScanVerdict::not_tls;
  }
  return false;
}

bool RecordScan::step_sslv2(Bytes rest) noexcept {
  constexpr uint32_t kLengthBytes = 2;
  constexpr uint8_t kServer = 4;
  const uint32_t length = static_cast<uint32_t>(rest[0] & 0x7f) << 8 | rest[1];
  sslv2_ = true;
  hello_ = rest[2] == kServer ? kServerHello : kClientHello;
  // The server says no more in clear than this; that it finishes waits until it is all there.
  if (hello_ == kServerHello) return rest.size() < kLengthBytes + length ? false : finish();
  return pass(kLengthBytes + length);
}

bool RecordScan::step_record(const Header& header, ByteReader body) noexcept {
  switch (header.type) {
    case RecordType::kHandshake:
      return step_handshake(header, body);
    case RecordType::kAlert:
      return step_alert(header, body);
    case RecordType::kChangeCipherSpec:
      // RFC 8446 section 5: the record is one byte of value 1.
      if (header.length != 1) return finish_broken();
      cipher_changed_ = true;
      return pass(kHeaderBytes + header.length);
    case RecordType::kApplicationData:
      return step_application(header);
    case RecordType::kHeartbeat:  // comes after the handshake, or instead of its end (Heartbleed)
      return finish();
    default:
      return finish_broken();
  }
}

bool RecordScan::step_handshake(const Header& header, ByteReader body) noexcept {
  if (header.length == 0) return finish_broken();
  if (next_header_ == 0 && hello_ == kClientHello) {
    // The first hello is the one that can offer early data: wait until it is whole.
    Bytes record;
    if (!body.take(header.length, record)) return false;
    early_data_offered_ = offers_early_data(ByteReader(record));
    return pass(kHeaderBytes + header.length);
  }
  if (cipher_changed_ || in_early_data_) {
    // RFC 8446 appendix D.4: ChangeCipherSpec may stand before a second ClientHello, or between a
    // HelloRetryRequest and the ServerHello. Anything else is an encrypted Finished, whose bytes
    // look like a hello of just this length once in 2^30.
    if (header.length <= kMessageHeaderBytes) return finish();
    uint8_t message = 0;
    uint32_t length = 0;
    if (!body.u8(message) || !body.u24(length)) return false;
    if (message != hello_ || length + kMessageHeaderBytes > header.length) return finish();
    cipher_changed_ = false;
    in_early_data_ = false;
    early_data_offered_ = false;
  }
  return pass(kHeaderBytes + header.length);
}

bool RecordScan::step_alert(const Header& header, ByteReader body) noexcept {
  // An encrypted alert is longer; nothing in clear follows it.
  if (header.length != kAlertBytes) return finish();
  uint8_t level = 0, description = 0;
  if (!body.u8(level) || !body.u8(description)) return false;
  return level == kFatal ? finish() : pass(kHeaderBytes + header.length);
}

bool RecordScan::step_application(const Header& header) noexcept {
  if (hello_ != kClientHello || !early_data_offered_) return finish();
  in_early_data_ = true;
  return pass(kHeaderBytes + header.length);
}

bool RecordScan::pass(uint32_t bytes) noexcept {
  next_header_ += bytes;
  return true;
}

bool RecordScan::finish() noexcept {
  verdict_ = ScanVerdict::finished;
  return false;
}

bool RecordScan::finish_broken() noexcept {
  broken_ = true;
  return finish();
}

}  // namespace flowtable
