// SPDX-License-Identifier: Apache-2.0
// The server's handshake messages, out of its records: in clear first, then under TLS 1.3's keys.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/probe/key_schedule.hpp"
#include "tls/wire/handshake_assembler.hpp"
#include "tls/wire/record_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tls::probe {

// Why a flight cannot be read on.
enum class FlightFault : uint8_t {
  none,
  not_tls,        // the first bytes are no TLS record
  malformed,      // a later record or message breaks the format
  undecryptable,  // a record does not open with the keys
  too_much,       // a message, the records or the flight are longer than a server has reason for
};

enum class FlightStep : uint8_t {
  message,         // `message`: header and body, to be used before the next call
  alert,           // `alert`
  cipher_changed,  // a ChangeCipherSpec: in TLS 1.3 it means nothing
  wait,            // more bytes are needed
  fault,           // last step
};

struct FlightEvent {
  FlightStep step = FlightStep::wait;
  HandshakeType type{};
  flowtable::Bytes message;  // with its header of HandshakeAssembler::kHeaderBytes
  [[nodiscard]] flowtable::Bytes body() const noexcept {
    return message.subspan(HandshakeAssembler::kHeaderBytes);
  }
  Alert alert;
  FlightFault fault = FlightFault::none;
};

// Fed with a stream however it was cut. Messages may lie in several records, and records may hold
// several. One thread at a time; memory is bounded by the limits below.
class FlightOpener {
 public:
  // Larger chains exist nowhere but in attacks.
  static constexpr size_t kFlightBytesMax = 128 * 1024;
  static constexpr size_t kRecordsMax = 2048;

  // Takes all bytes. What next() handed out before is no longer valid.
  void feed(flowtable::Bytes bytes);
  [[nodiscard]] FlightEvent next();

  // The records from here on are protected with these keys: RFC 8446 section 5.2. Where a message
  // is not at its end (section 5.1) the next step is a fault.
  void protect(const RecordKeys& keys) noexcept;

 private:
  [[nodiscard]] FlightEvent fail(FlightFault fault) noexcept;
  [[nodiscard]] bool take_message(FlightEvent& event) noexcept;
  [[nodiscard]] FlightEvent read_record(const Record& record);
  [[nodiscard]] FlightEvent read_plain(const Record& record);
  [[nodiscard]] FlightEvent read_sealed(const Record& record);
  // The content of a record, which ends `handshake_` behind what `before` bytes were there already.
  [[nodiscard]] FlightEvent read_content(ContentType type, size_t before);

  std::vector<uint8_t> stream_;  // not read yet
  size_t stream_at_ = 0;
  std::vector<uint8_t> handshake_;  // opened, not handed out yet
  size_t handshake_at_ = 0;
  size_t num_records_ = 0;
  size_t num_opened_bytes_ = 0;
  bool is_protected_ = false;
  RecordKeys keys_;
  uint64_t sequence_ = 0;
  FlightFault fault_ = FlightFault::none;
};

}  // namespace tls::probe
