// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/dtls_direction.hpp"

#include "flowtable/datagram_log.hpp"
#include "tls/wire/dtls_record_reader.hpp"

#include <algorithm>

namespace tls {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

// How a direction ends where a message is not whole: the first such message says it.
void note_missing(const DtlsMessage& joined, DirectionEnd& end) noexcept {
  if (end.pending) return;
  end.pending = joined.message.type;
  end.gap = end.gap || joined.state == DtlsMessageState::gap;
  end.step = HandshakeStep::cut;
  if (joined.state == DtlsMessageState::too_large) {
    end.step = HandshakeStep::malformed;
    end.error = ParseError::message_too_large;
  }
}

}  // namespace

DtlsFlight::DtlsFlight(Bytes log) {
  flowtable::DatagramReader datagrams(log);
  for (Bytes datagram; datagrams.next(datagram);) {
    DtlsRecordReader records(datagram);
    while (!records.at_end()) {
      const Parsed<DtlsRecord> record = records.next();
      if (!record.ok()) break;
      encrypted_ = encrypted_ || record.value().encrypted;
      if (!record.value().encrypted) take_record(record.value().type, record.value().payload);
    }
  }
  std::ranges::stable_sort(fragments_, {}, &DtlsFragment::message_seq);
}

void DtlsFlight::take_record(ContentType type, Bytes payload) {
  ByteReader reader(payload);
  if (type == ContentType::change_cipher_spec) cipher_changed_ = true;
  if (type == ContentType::alert) {
    uint8_t level = 0, description = 0;
    if (reader.u8(level) && reader.u8(description) && reader.empty()) {
      alerts_.push_back({static_cast<AlertLevel>(level), description});
    }
  }
  if (type != ContentType::handshake) return;
  while (!reader.empty() && fragments_.size() < kFragmentsMax) {
    const Parsed<DtlsFragment> fragment = read_dtls_fragment(reader);
    if (!fragment.ok()) break;
    fragments_.push_back(fragment.value());
  }
}

Speaker DtlsFlight::speaker() const noexcept {
  return fragments_.empty() ? Speaker::unknown : speaker_of(fragments_.front().type);
}

template <typename Direction>
bool DtlsFlight::read(std::span<uint8_t> join_buffer, Direction& out) const {
  DirectionEnd& end = out.end;
  end.handshake_begun = !fragments_.empty();
  end.cipher_changed = cipher_changed_;
  if (encrypted_) end.step = HandshakeStep::encrypted;
  for (const Alert& alert : alerts_)
    take_alert(alert, end);

  bool conflict = false;
  std::span<const DtlsFragment> rest(fragments_);
  uint32_t expected = rest.empty() ? 0 : rest.front().message_seq;
  for (size_t i = 0; i < kMessagesMax && !rest.empty(); ++i) {
    const uint16_t message_seq = rest.front().message_seq;
    const auto behind = std::ranges::find_if(
        rest, [&](const DtlsFragment& each) { return each.message_seq != message_seq; });
    const auto count = static_cast<size_t>(behind - rest.begin());
    const DtlsMessage joined = join_dtls_message(rest.first(count), join_buffer);
    rest = rest.subspan(count);
    conflict = conflict || joined.conflict;
    // A message between others that nothing was seen of.
    end.gap = end.gap || message_seq != expected;
    expected = message_seq + 1u;
    if (joined.state == DtlsMessageState::whole) {
      take_message(joined.message, Transport::dtls, out);
    } else {
      note_missing(joined, end);
      // What follows shows that its end is not still to come.
      end.gap = end.gap || !rest.empty();
    }
  }
  return conflict;
}

template bool DtlsFlight::read(std::span<uint8_t>, ClientDirection&) const;
template bool DtlsFlight::read(std::span<uint8_t>, ServerDirection&) const;

}  // namespace tls
