// SPDX-License-Identifier: Apache-2.0
#include "tls/wire/handshake_assembler.hpp"

#include <algorithm>

namespace tls {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

struct Header {
  uint8_t type = 0;
  uint32_t length = 0;
};

// RFC 8446 section 4: `HandshakeType msg_type; uint24 length;`
bool read_header(ByteReader& reader, Header& header) noexcept {
  ByteReader ahead = reader;
  if (!ahead.u8(header.type) || !ahead.u24(header.length)) return false;
  reader = ahead;
  return true;
}

bool is_hello(uint8_t type) noexcept {
  return type == static_cast<uint8_t>(HandshakeType::client_hello) ||
         type == static_cast<uint8_t>(HandshakeType::server_hello);
}

bool is_one_hello(Bytes payload) noexcept {
  ByteReader reader(payload);
  Header header;
  return read_header(reader, header) && is_hello(header.type) && header.length == reader.size();
}

}  // namespace

HandshakeEvent HandshakeAssembler::next() noexcept {
  if (finished_) return last_;
  HandshakeEvent event;
  while (!take_message(event) && !open_record(event)) {
  }
  return event;
}

bool HandshakeAssembler::finish(HandshakeEvent& event, HandshakeStep step,
                                ParseError error) noexcept {
  event = HandshakeEvent{};
  event.step = step;
  event.error = error;
  last_ = event;
  finished_ = true;
  return true;
}

void HandshakeAssembler::note_pending(Bytes begin) noexcept {
  pending_bytes_ = begin.size();
  if (!begin.empty()) pending_type_ = static_cast<HandshakeType>(begin[0]);
}

bool HandshakeAssembler::take_message(HandshakeEvent& event) noexcept {
  if (joined_bytes_ > 0) return join(event);
  if (open_.empty()) return false;

  ByteReader ahead = open_;
  Header header;
  Bytes body;
  const bool has_header = read_header(ahead, header);
  if (has_header && header.length > kMessageBytesMax) {
    note_pending(open_.rest());
    return finish(event, HandshakeStep::malformed, ParseError::message_too_large);
  }
  if (has_header && ahead.take(header.length, body)) {
    open_ = ahead;
    event.step = HandshakeStep::message;
    event.message = {static_cast<HandshakeType>(header.type), body, false};
    return true;
  }
  return join(event);
}

// Moves bytes of the open record behind those already joined, until the message is whole.
bool HandshakeAssembler::join(HandshakeEvent& event) noexcept {
  while (true) {
    ByteReader start{Bytes(join_buffer_.first(joined_bytes_))};
    Header header;
    const bool has_header = read_header(start, header);
    const size_t wanted = has_header ? kHeaderBytes + header.length : kHeaderBytes;
    if (wanted > kHeaderBytes + kMessageBytesMax || wanted > join_buffer_.size()) {
      note_pending(join_buffer_.first(joined_bytes_));
      return finish(event, HandshakeStep::malformed, ParseError::message_too_large);
    }
    if (has_header && joined_bytes_ == wanted) {
      joined_bytes_ = 0;
      pending_bytes_ = 0;
      event.step = HandshakeStep::message;
      event.message = {static_cast<HandshakeType>(header.type), start.rest(), true};
      return true;
    }
    Bytes piece;
    if (open_.empty() || !open_.take(std::min(wanted - joined_bytes_, open_.size()), piece)) {
      note_pending(join_buffer_.first(joined_bytes_));
      return false;
    }
    std::copy(piece.begin(), piece.end(), join_buffer_.begin() + joined_bytes_);
    joined_bytes_ += piece.size();
  }
}

bool HandshakeAssembler::open_record(HandshakeEvent& event) noexcept {
  if (record_cut_) return finish(event, HandshakeStep::cut);
  if (records_.at_end()) {
    return finish(event, joined_bytes_ > 0 ? HandshakeStep::cut : HandshakeStep::end);
  }
  const Parsed<Record> next = records_.next();
  if (!next.ok()) {
    // After a ChangeCipherSpec nothing more was to be read anyhow.
    if (cipher_changed_) return finish(event, HandshakeStep::encrypted);
    if (next.error() == ParseError::truncated) return finish(event, HandshakeStep::cut);
    return finish(event, HandshakeStep::malformed, next.error());
  }
  const Record& record = next.value();
  record_cut_ = record.cut();
  if (record.type == ContentType::handshake) return open_handshake(record, event);
  // RFC 8446 section 5.1: "Handshake messages MUST NOT be interleaved with other record types."
  if (joined_bytes_ > 0) {
    return finish(event, HandshakeStep::malformed, ParseError::interleaved);
  }
  switch (record.type) {
    case ContentType::change_cipher_spec:
      cipher_changed_ = true;
      return false;
    case ContentType::alert:
      return read_alert(record, event);
    case ContentType::application_data:
      return finish(event, HandshakeStep::encrypted);
    case ContentType::handshake:
    case ContentType::heartbeat:
      return false;
  }
  return false;
}

bool HandshakeAssembler::open_handshake(const Record& record, HandshakeEvent& event) noexcept {
  if (cipher_changed_ && (record.cut() || !is_one_hello(record.payload))) {
    return finish(event, HandshakeStep::encrypted);
  }
  open_ = ByteReader(record.payload);
  return false;
}

bool HandshakeAssembler::read_alert(const Record& record, HandshakeEvent& event) noexcept {
  if (record.cut()) return false;
  ByteReader reader(record.payload);
  uint8_t level = 0;
  uint8_t description = 0;
  const bool in_clear = reader.u8(level) && reader.u8(description) && reader.empty() &&
                        (level == static_cast<uint8_t>(AlertLevel::warning) ||
                         level == static_cast<uint8_t>(AlertLevel::fatal));
  if (in_clear) {
    event.step = HandshakeStep::alert;
    event.alert = {static_cast<AlertLevel>(level), description};
    return true;
  }
  if (cipher_changed_) return finish(event, HandshakeStep::encrypted);
  return finish(event, HandshakeStep::malformed, ParseError::alert_bad);
}

}  // namespace tls
