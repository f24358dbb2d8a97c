// SPDX-License-Identifier: Apache-2.0
// Rows in the binary format of COPY (PostgreSQL manual, COPY, "Binary Format").
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "flowtable/base/tick.hpp"
#include "flowtable/flow_key.hpp"
#include "tls/x509/certificate_facts.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace control {

// Appends to a buffer that the caller empties when it likes. Every field call writes one field;
// the caller keeps to the number of fields it announced with row(). Texts are raw bytes from the
// wire: they are stored as stored_text() says. Not thread-safe, no errors.
class CopyEncoder {
 public:
  CopyEncoder() = default;
  // Goes on behind what is there.
  explicit CopyEncoder(std::string&& begun) noexcept : buffer_(std::move(begun)) {}
  void begin();  // once, before the first row
  void row(int16_t num_fields);
  void end();  // once, after the last row

  void null();
  void boolean(bool value);
  void int2(int16_t value);
  void int4(int32_t value);
  void int8(int64_t value);
  void text(std::string_view raw);
  // Cut to what an index can hold.
  void text_indexed(std::string_view raw);
  void bytea(flowtable::Bytes bytes);
  void inet(const flowtable::IpAddress& address);
  // Microseconds, rounded down: what the column holds.
  void timestamptz(flowtable::Tick tick);
  // Seconds since the Unix epoch; beyond what timestamptz holds (4714 BC to 294276 AD) it becomes
  // '-infinity' or 'infinity'.
  void timestamptz_seconds(int64_t seconds);
  void date(std::chrono::sys_days day);
  void text_array(std::span<const std::string> raw);
  void int4_array(std::span<const uint16_t> values);
  void bytea_array(std::span<const tls::Sha256> values);

  [[nodiscard]] std::string_view bytes() const noexcept { return buffer_; }
  void clear() noexcept { buffer_.clear(); }
  [[nodiscard]] std::string take() noexcept { return std::move(buffer_); }

 private:
  void put16(uint16_t value);
  void put32(uint32_t value);
  void put64(uint64_t value);
  void put_bytes(flowtable::Bytes bytes);
  // A field of fixed size.
  void field(uint32_t length) { put32(length); }
  // A field whose length is known only after it is written.
  [[nodiscard]] size_t open_field();
  void close_field(size_t mark);
  void array_header(uint32_t element_oid, size_t num_elements);

  std::string buffer_;
};

}  // namespace control
