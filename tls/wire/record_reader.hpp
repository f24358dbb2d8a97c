// SPDX-License-Identifier: Apache-2.0
// The TLS record layer of one direction.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/wire/ids.hpp"
#include "tls/wire/parse_error.hpp"

#include <cstddef>
#include <cstdint>

namespace tls {

// One record. `payload` borrows from the stream.
struct Record {
  ContentType type{};
  uint16_t version = 0;
  flowtable::Bytes payload;
  size_t length = 0;  // as the header says
  // The stream ends inside this record: `payload` is what is there of it, and whole handshake
  // messages in front of the cut are as good as any.
  [[nodiscard]] bool cut() const noexcept { return payload.size() < length; }
};

// Yields the records of a byte stream that begins with a record header. Reads SSL 3.0 to TLS 1.3
// (record versions 0x0300 to 0x0304). Borrows the stream, allocates nothing.
class RecordReader {
 public:
  static constexpr size_t kHeaderBytes = 5;
  // RFC 5246 section 6.2.3: a protected record is at most 2^14 + 2048 bytes long.
  static constexpr size_t kPayloadBytesMax = (1 << 14) + 2048;

  explicit RecordReader(flowtable::Bytes stream) noexcept : reader_(stream) {}

  // Nothing is left to read; also after a cut record and after an error.
  [[nodiscard]] bool at_end() const noexcept { return reader_.empty(); }

  // The next record, which may be cut. `truncated`: the stream ends inside the header. After an
  // error the reader is at its end: a stream that lost its framing does not find it again.
  [[nodiscard]] Parsed<Record> next() noexcept;

  // What next() has not read yet.
  [[nodiscard]] flowtable::Bytes rest() const noexcept { return reader_.rest(); }

 private:
  flowtable::Failure<ParseError> give_up(ParseError error) noexcept;

  flowtable::ByteReader reader_;
};

}  // namespace tls
