// SPDX-License-Identifier: Apache-2.0
#include "tls/probe/arrived_pieces.hpp"
#include "tls/probe/datagram_conversation.hpp"
#include "tls/probe/flight_opener.hpp"
#include "tls/probe/server_handshake.hpp"
#include "tls/probe/wire_writer.hpp"
#include "tls/wire/dtls_handshake.hpp"
#include "tls/wire/dtls_record_reader.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace tls::probe {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

// A flight has six messages, and a HelloVerifyRequest may come before it.
constexpr size_t kMessagesMax = 16;
// Of HelloVerifyRequests that are answered: one is right, more come from duplicates and from
// servers whose cookies went stale meanwhile.
constexpr unsigned kCookiesMax = 4;

// One message that is not whole yet. The first fragment says what it is: those that contradict are
// passed over.
struct Joining {
  HandshakeType type{};
  uint32_t length = 0;
  ArrivedPieces pieces{};
};

class DtlsConversation final : public DatagramConversation {
 public:
  DtlsConversation(const HelloWish& wish, const KeyShares& keys)
      : handshake_(with_alpn_that_fits(wish), keys, {}), first_datagram_(hello_record()) {}

  [[nodiscard]] const std::vector<uint8_t>& first_datagram() const noexcept override {
    return first_datagram_;
  }
  [[nodiscard]] Bytes client_hello() const noexcept override { return handshake_.client_hello(); }
  [[nodiscard]] DatagramStep heard(Bytes datagram) override;
  void ended(PeerEnd end) noexcept override {
    const bool only_cookies = num_cookies_ > kCookiesMax && !next_message_;
    handshake_.finish(only_cookies ? Refusal::unexpected : refusal_of(end));
  }
  [[nodiscard]] bool finished() const noexcept override { return handshake_.over(); }
  [[nodiscard]] const TlsResult& result() const noexcept override { return handshake_.result(); }
  [[nodiscard]] TlsResult take_result() noexcept override { return std::move(handshake_.result()); }

 private:
  [[nodiscard]] std::vector<uint8_t> record(ContentType type, Bytes payload);
  [[nodiscard]] std::vector<uint8_t> hello_record();
  void hear_record(const DtlsRecord& record);
  void hear_alert(Bytes payload) noexcept;
  void hear_fragments(Bytes payload);
  void hear_fragment(const DtlsFragment& fragment);
  void hear_cookie(const DtlsFragment& fragment);
  // Messages that are whole and next.
  void take_messages();

  ServerHandshake handshake_;
  uint16_t next_record_ = 0;
  uint16_t next_own_message_ = 0;
  std::vector<uint8_t> first_datagram_;
  std::vector<std::vector<uint8_t>> to_say_;
  unsigned num_cookies_ = 0;
  std::map<uint16_t, Joining> joining_;   // by message_seq
  std::optional<uint16_t> next_message_;  // message_seq; none before the ServerHello
  uint64_t num_bytes_ = 0;                // heard in records in clear
  bool heard_dtls_ = false;
};

std::vector<uint8_t> DtlsConversation::record(ContentType type, Bytes payload) {
  // The version that the server chose, once there is one (RFC 6347 section 4.2.1).
  const uint16_t version = handshake_.result().version;
  WireWriter out;
  out.u8(static_cast<uint8_t>(type));
  out.u16(version == 0 ? handshake_.hello().record_version : version);
  out.u16(0).u24(0).u24(next_record_++);  // epoch, and 48 bits of number
  out.u16_vector([&] { out.bytes(payload); });
  return out.take();
}

// RFC 6347 section 4.2.2: TLS's header, then message_seq and the place of the one fragment.
std::vector<uint8_t> DtlsConversation::hello_record() {
  constexpr size_t kHeaderBytes = HandshakeAssembler::kHeaderBytes;
  const Bytes message = handshake_.client_hello();
  const Bytes body = message.subspan(kHeaderBytes);
  WireWriter out;
  out.bytes(message.first(kHeaderBytes)).u16(next_own_message_).u24(0);
  out.u24_vector([&] { out.bytes(body); });
  return record(ContentType::handshake, out.take());
}

DatagramStep DtlsConversation::heard(Bytes datagram) {
  using Kind = DatagramStep::Kind;
  if (finished()) return {Kind::finished, {}};
  DtlsRecordReader reader(datagram);
  while (!reader.at_end() && !finished()) {
    const Parsed<DtlsRecord> record = reader.next();
    // RFC 6347 section 4.1.2.7: what is no record is dropped.
    if (!record.ok() || record.value().cut()) break;
    heard_dtls_ = true;
    hear_record(record.value());
  }
  if (!heard_dtls_) handshake_.finish(Refusal::not_tls);
  if (finished()) return {Kind::finished, std::exchange(to_say_, {})};
  if (to_say_.empty()) return {};
  return {Kind::send, std::exchange(to_say_, {})};
}

void DtlsConversation::hear_record(const DtlsRecord& record) {
  if (record.encrypted) return;  // by keys that nobody here has: a Finished that came too early
  num_bytes_ += record.payload.size();
  // A server says its flight again while we are silent.
  if (num_bytes_ > uint64_t{8} * FlightOpener::kFlightBytesMax) {
    return handshake_.finish(Refusal::too_much);
  }
  if (record.type == ContentType::alert) return hear_alert(record.payload);
  if (record.type == ContentType::handshake) return hear_fragments(record.payload);
  if (record.type == ContentType::change_cipher_spec && next_message_) {
    handshake_.finish(Refusal::unexpected);  // it takes up a session that we never had
  }
}

void DtlsConversation::hear_alert(Bytes payload) noexcept {
  if (payload.size() != 2) return;
  (void)handshake_.take_alert({static_cast<AlertLevel>(payload[0]), payload[1]});
}

void DtlsConversation::hear_fragments(Bytes payload) {
  ByteReader reader(payload);
  while (!reader.empty() && !finished()) {
    const Parsed<DtlsFragment> fragment = read_dtls_fragment(reader);
    if (!fragment.ok()) return;
    if (fragment.value().type == HandshakeType::hello_verify_request) {
      hear_cookie(fragment.value());
    } else {
      hear_fragment(fragment.value());
    }
  }
  if (!finished()) take_messages();
}

// RFC 6347 section 4.2.1. The request is no part of the transcript; its server_version means
// nothing.
void DtlsConversation::hear_cookie(const DtlsFragment& fragment) {
  if (next_message_ || !fragment.whole()) return;
  ByteReader body(fragment.piece);
  uint16_t version = 0;
  ByteReader cookie;
  if (!body.u16(version) || !body.u8_prefixed(cookie)) return;
  if (++num_cookies_ > kCookiesMax) return;  // one of those that were answered may still be right
  handshake_.repeat_with_dtls_cookie(cookie.rest());
  next_own_message_ = 1;
  to_say_.push_back(hello_record());
}

void DtlsConversation::hear_fragment(const DtlsFragment& fragment) {
  if (next_message_ && fragment.message_seq < *next_message_) return;
  if (fragment.length > HandshakeAssembler::kMessageBytesMax) {
    return handshake_.finish(Refusal::too_much);
  }
  const auto at = joining_.find(fragment.message_seq);
  if (at == joining_.end() && joining_.size() >= kMessagesMax) {
    return handshake_.finish(Refusal::too_much);
  }
  Joining& joining = joining_[fragment.message_seq];
  if (at == joining_.end()) joining = {fragment.type, fragment.length, {}};
  if (joining.type != fragment.type || joining.length != fragment.length) return;
  joining.pieces.add(fragment.offset, fragment.piece);
  // Where numbers begin is the server's affair: 1 after a cookie, but not everywhere.
  if (!next_message_ && fragment.type == HandshakeType::server_hello) {
    next_message_ = fragment.message_seq;
  }
}

void DtlsConversation::take_messages() {
  while (next_message_ && !finished()) {
    const auto next = joining_.find(*next_message_);
    if (next == joining_.end()) return;
    const Joining& joining = next->second;
    const Bytes body = joining.pieces.in_order();
    if (body.size() < joining.length) return;
    WireWriter message;
    message.u8(static_cast<uint8_t>(joining.type)).u24_vector([&] { message.bytes(body); });
    if (handshake_.result().messages.size() + body.size() > FlightOpener::kFlightBytesMax) {
      return handshake_.finish(Refusal::too_much);
    }
    (void)handshake_.take(message.take());
    joining_.erase(next);
    ++*next_message_;
    const uint16_t version = handshake_.result().version;
    if (version != kDtls10 && version != kDtls12 && version != kDtlsBeforeRfc) {
      handshake_.finish(Refusal::unexpected);
    }
  }
  if (!finished() || handshake_.result().refusal != Refusal::none) return;
  // RFC 5246 section 7.2.1: else the server would say its flight again for a minute.
  constexpr uint8_t kCloseNotify[] = {static_cast<uint8_t>(AlertLevel::warning), 0};
  to_say_.push_back(record(ContentType::alert, kCloseNotify));
}

}  // namespace

std::span<const std::string> alpn_that_fits(std::span<const std::string> names) noexcept {
  // Beside a name of 253 bytes, a cookie of 255 and all else that a hello says.
  constexpr size_t kAlpnBytesMax = 400;
  size_t bytes = 0;
  const auto end = std::ranges::find_if(names, [&](const std::string& name) {
    bytes += 1 + name.size();
    return bytes > kAlpnBytesMax;
  });
  return names.first(static_cast<size_t>(end - names.begin()));
}

HelloWish with_alpn_that_fits(HelloWish wish) noexcept {
  wish.alpn = alpn_that_fits(wish.alpn);
  return wish;
}

std::unique_ptr<DatagramConversation> make_dtls_conversation(const HelloWish& wish,
                                                             const KeyShares& keys) {
  CHECK(wish.probe == Probe::dtls);
  return std::make_unique<DtlsConversation>(wish, keys);
}

}  // namespace tls::probe
