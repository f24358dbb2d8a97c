// SPDX-License-Identifier: Apache-2.0
// The handshake messages of one direction, as far as they are in clear.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/wire/ids.hpp"
#include "tls/wire/parse_error.hpp"
#include "tls/wire/record_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace tls {

struct HandshakeMessage {
  HandshakeType type{};
  // Without the four-byte header. Borrows from the stream, or where `joined` from the join buffer:
  // then it stays only until the next call of next().
  flowtable::Bytes body;
  bool joined = false;
};

struct Alert {
  AlertLevel level{};
  uint8_t description = 0;
};

enum class HandshakeStep : uint8_t {
  message,    // `message` is the next one
  alert,      // `alert` was sent in clear
  encrypted,  // what follows is protected; last step
  end,        // the stream ends between messages; last step
  cut,        // the stream ends inside a message or record; last step
  malformed,  // see `error`; last step
};

struct HandshakeEvent {
  HandshakeStep step = HandshakeStep::end;
  HandshakeMessage message;
  Alert alert;
  ParseError error{};
};

// Joins messages that lie in several records and splits records that hold several messages, up to
// the first protected record. A message within one record is a window of the stream; one that
// crosses records is put together in the caller's buffer, which bounds it.
//
// RFC 8446 appendix D.4: for the sake of middleboxes a TLS 1.3 endpoint may send a meaningless
// ChangeCipherSpec after its HelloRetryRequest or first ClientHello. So after one, a handshake
// record goes on being read only where it is exactly one hello; an encrypted Finished looks like
// that with probability 2^-31.
class HandshakeAssembler {
 public:
  static constexpr size_t kHeaderBytes = 4;
  static constexpr size_t kMessageBytesMax = 64 * 1024;  // body; longer is message_too_large

  // Both are borrowed. kHeaderBytes + kMessageBytesMax bytes of `join_buffer` are enough for every
  // message; a message that has to be joined and does not fit is message_too_large.
  HandshakeAssembler(flowtable::Bytes stream, std::span<uint8_t> join_buffer) noexcept
      : records_(stream), join_buffer_(join_buffer) {}

  // The next step; the last one is repeated for ever.
  [[nodiscard]] HandshakeEvent next() noexcept;

  // A ChangeCipherSpec has passed.
  [[nodiscard]] bool cipher_changed() const noexcept { return cipher_changed_; }
  // Type of the message that is cut or too large, for whoever wants to know what is missing.
  // Meaningful after a last step if pending() is true.
  [[nodiscard]] bool pending() const noexcept { return pending_bytes_ > 0; }
  [[nodiscard]] HandshakeType pending_type() const noexcept { return pending_type_; }

 private:
  // Looks for a message in what is open; true where `event` is filled.
  bool take_message(HandshakeEvent& event) noexcept;
  bool join(HandshakeEvent& event) noexcept;
  // Opens the next record; true where `event` is filled.
  bool open_record(HandshakeEvent& event) noexcept;
  bool open_handshake(const Record& record, HandshakeEvent& event) noexcept;
  bool read_alert(const Record& record, HandshakeEvent& event) noexcept;
  bool finish(HandshakeEvent& event, HandshakeStep step, ParseError error = {}) noexcept;
  void note_pending(flowtable::Bytes begin) noexcept;

  RecordReader records_;
  std::span<uint8_t> join_buffer_;
  flowtable::ByteReader open_;  // unread rest of the handshake record at hand
  size_t joined_bytes_ = 0;     // of a message that began in an earlier record
  size_t pending_bytes_ = 0;
  HandshakeType pending_type_{};
  bool cipher_changed_ = false;
  bool record_cut_ = false;
  bool finished_ = false;
  HandshakeEvent last_;
};

}  // namespace tls
