// SPDX-License-Identifier: Apache-2.0
#include "tls/probe/flight_opener.hpp"

#include <algorithm>
#include <array>

namespace tls::probe {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

// RFC 8446 section 5.2: the record's header is the additional data.
std::array<uint8_t, RecordReader::kHeaderBytes> header_of(const Record& record) noexcept {
  return {static_cast<uint8_t>(record.type), static_cast<uint8_t>(record.version >> 8),
          static_cast<uint8_t>(record.version), static_cast<uint8_t>(record.length >> 8),
          static_cast<uint8_t>(record.length)};
}

void drop_front(std::vector<uint8_t>& bytes, size_t& count) {
  bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
  count = 0;
}

}  // namespace

FlightEvent FlightOpener::fail(FlightFault fault) noexcept {
  fault_ = fault;
  FlightEvent event;
  event.step = FlightStep::fault;
  event.fault = fault;
  return event;
}

void FlightOpener::feed(Bytes bytes) {
  drop_front(stream_, stream_at_);
  stream_.insert(stream_.end(), bytes.begin(), bytes.end());
}

void FlightOpener::protect(const RecordKeys& keys) noexcept {
  if (handshake_at_ != handshake_.size()) fault_ = FlightFault::malformed;
  keys_ = keys;
  sequence_ = 0;
  is_protected_ = true;
}

FlightEvent FlightOpener::next() {
  for (;;) {
    FlightEvent event;
    if (fault_ != FlightFault::none) return fail(fault_);
    if (take_message(event)) return event;
    const Bytes rest = Bytes(stream_).subspan(stream_at_);
    if (rest.empty()) return event;
    RecordReader reader(rest);
    const Parsed<Record> record = reader.next();
    if (!record.ok()) {
      if (record.error() == ParseError::truncated) return event;
      return fail(num_records_ == 0 ? FlightFault::not_tls : FlightFault::malformed);
    }
    if (record.value().cut()) return event;
    stream_at_ += rest.size() - reader.rest().size();
    if (++num_records_ > kRecordsMax) return fail(FlightFault::too_much);
    event = read_record(record.value());
    if (event.step != FlightStep::wait) return event;
  }
}

bool FlightOpener::take_message(FlightEvent& event) noexcept {
  const Bytes rest = Bytes(handshake_).subspan(handshake_at_);
  ByteReader reader(rest);
  uint8_t type = 0;
  uint32_t length = 0;
  if (!reader.u8(type) || !reader.u24(length)) return false;
  if (length > HandshakeAssembler::kMessageBytesMax) {
    event = fail(FlightFault::too_much);
    return true;
  }
  if (!reader.skip(length)) return false;
  event.step = FlightStep::message;
  event.type = static_cast<HandshakeType>(type);
  event.message = rest.first(rest.size() - reader.size());
  handshake_at_ += event.message.size();
  return true;
}

FlightEvent FlightOpener::read_record(const Record& record) {
  drop_front(handshake_, handshake_at_);
  // RFC 8446 section 5: a ChangeCipherSpec is in clear at any time of the handshake.
  const bool sealed = is_protected_ && record.type == ContentType::application_data;
  num_opened_bytes_ += record.length;
  if (num_opened_bytes_ > kFlightBytesMax) return fail(FlightFault::too_much);
  return sealed ? read_sealed(record) : read_plain(record);
}

FlightEvent FlightOpener::read_plain(const Record& record) {
  // A server that cannot go on may say so before it has keys.
  if (is_protected_ && record.type == ContentType::handshake) return fail(FlightFault::malformed);
  const size_t before = handshake_.size();
  handshake_.insert(handshake_.end(), record.payload.begin(), record.payload.end());
  return read_content(record.type, before);
}

FlightEvent FlightOpener::read_sealed(const Record& record) {
  const auto header = header_of(record);
  if (record.length < kAeadTagBytes) return fail(FlightFault::undecryptable);
  const size_t before = handshake_.size();
  handshake_.resize(before + record.length - kAeadTagBytes);
  const std::span<uint8_t> out = std::span(handshake_).subspan(before);
  if (!aead_open(keys_.key(), nonce_of(keys_.iv, sequence_++), {header, record.payload}, out)) {
    handshake_.resize(before);
    return fail(FlightFault::undecryptable);
  }
  // RFC 8446 section 5.4: zeros pad what is before them, and its last byte is the type.
  const auto last = std::find_if(out.rbegin(), out.rend(), [](uint8_t byte) { return byte != 0; });
  if (last == out.rend()) return fail(FlightFault::malformed);
  const auto type = static_cast<ContentType>(*last);
  handshake_.resize(before + static_cast<size_t>(out.rend() - last) - 1);
  return read_content(type, before);
}

FlightEvent FlightOpener::read_content(ContentType type, size_t before) {
  FlightEvent event;
  if (type == ContentType::handshake) return event;
  const Bytes content = Bytes(handshake_).subspan(before);
  if (type == ContentType::alert && content.size() == 2) {
    event.step = FlightStep::alert;
    event.alert = {static_cast<AlertLevel>(content[0]), content[1]};
  } else if (type == ContentType::change_cipher_spec && content.size() == 1) {
    event.step = FlightStep::cipher_changed;
  }
  handshake_.resize(before);
  return event.step == FlightStep::wait ? fail(FlightFault::malformed) : event;
}

}  // namespace tls::probe
