// SPDX-License-Identifier: Apache-2.0
// The DTLS record layer of one datagram.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/wire/ids.hpp"
#include "tls/wire/parse_error.hpp"

#include <cstddef>
#include <cstdint>

namespace tls {

// One record. `payload` borrows from the datagram.
struct DtlsRecord {
  ContentType type{};
  uint16_t version = 0;
  uint16_t epoch = 0;   // 0: in clear
  uint64_t number = 0;  // 48 bits
  flowtable::Bytes payload;
  size_t length = 0;  // as the header says
  // Of an epoch after the first. Where the header tells nothing else (RFC 9147 section 4, RFC 9146
  // section 4) type, epoch and number are those of the header's own kind, and `payload` is all that
  // is left of the datagram.
  bool encrypted = false;
  // The datagram was cut inside this record.
  [[nodiscard]] bool cut() const noexcept { return payload.size() < length; }
};

// Yields the records of a datagram: RFC 6347 section 4.1, of DTLS 1.0 to 1.3 and of the version
// 0x0100 that OpenSSL had before RFC 4347. Borrows the datagram, allocates nothing.
class DtlsRecordReader {
 public:
  static constexpr size_t kHeaderBytes = 13;
  static constexpr size_t kPayloadBytesMax = (1 << 14) + 2048;

  explicit DtlsRecordReader(flowtable::Bytes datagram) noexcept : reader_(datagram) {}

  // Nothing is left to read; also after a cut record and after an error.
  [[nodiscard]] bool at_end() const noexcept { return reader_.empty(); }

  // The next record, which may be cut. After an error the reader is at its end: RFC 6347 section
  // 4.1.2.7 has invalid records dropped, and what follows one in its datagram cannot be found.
  [[nodiscard]] Parsed<DtlsRecord> next() noexcept;

 private:
  flowtable::Failure<ParseError> give_up(ParseError error) noexcept;

  flowtable::ByteReader reader_;
};

}  // namespace tls
