// SPDX-License-Identifier: Apache-2.0
#include "tls/probe/quic_conversation.hpp"

#include "flowtable/base/check.hpp"
#include "tls/probe/fresh_random.hpp"
#include "tls/quic/initial_keys.hpp"
#include "tls/quic/packet_opener.hpp"
#include "tls/wire/quic_frame.hpp"

#include <algorithm>
#include <utility>

namespace tls::probe {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

constexpr size_t kFirstIdBytes = 8;           // RFC 9000 section 7.2: at least
constexpr uint32_t kQuic2Draft = 0x709a50c4;  // what version 2 was before it was done
constexpr std::array<uint32_t, 2> kOtherVersions{kQuic2, kQuic2Draft};  // the better one first

// The version that we go on with after a negotiation; 0: there is none.
uint32_t choose_version(Bytes offered, uint32_t refused) noexcept {
  std::vector<uint32_t> versions;
  ByteReader reader(offered);
  uint32_t version = 0;
  while (reader.u32(version))
    versions.push_back(version);
  // RFC 9000 section 6.2: who lists what it refused is not to be believed.
  if (std::ranges::count(versions, refused) > 0) return refused;
  for (const uint32_t other : kOtherVersions)
    if (std::ranges::count(versions, other) > 0) return other;
  return 0;
}

}  // namespace

QuicConversation::QuicConversation(const HelloWish& wish, const KeyShares& keys)
    : handshake_(with_alpn_that_fits(wish), keys, {{}, quic_transport_parameters()}) {
  CHECK(wish.probe == Probe::quic);
  begin(kQuic1);
  Bytes hello = handshake_.client_hello();
  first_datagram_ = initial_datagram(0, hello);
  CHECK(hello.empty());
}

void QuicConversation::begin(uint32_t version) {
  version_ = version;
  format_ = find_quic_version(version);
  CHECK(format_ != nullptr);
  first_id_.resize(kFirstIdBytes);
  fill_random(first_id_);
  server_id_ = first_id_;
  initial_ = {};
  derive_initial_keys(first_id_);
}

void QuicConversation::derive_initial_keys(Bytes destination_id) {
  const Sha256 secret = initial_secret(*format_, destination_id);
  const auto of = [&](QuicSide side) {
    return protection_keys(initial_keys(*format_, secret, side));
  };
  initial_.protect({of(QuicSide::client), of(QuicSide::server)});
}

DatagramStep QuicConversation::heard(Bytes datagram) {
  using Kind = DatagramStep::Kind;
  if (finished()) return {Kind::finished, {}};
  num_bytes_ += datagram.size();
  if (num_bytes_ > kBytesMax) handshake_.finish(Refusal::too_much);
  QuicPacketReader reader(datagram);
  while (!reader.at_end() && !finished()) {
    const Parsed<QuicPacket> packet = reader.next();
    if (!packet.ok()) break;
    hear_packet(packet.value());
  }
  if (!heard_quic_) handshake_.finish(Refusal::not_tls);
  if (finished()) return {Kind::finished, farewell()};
  Datagrams out = answers();
  if (out.empty()) return {};
  return {Kind::send, std::move(out)};
}

void QuicConversation::ended(PeerEnd end) noexcept {
  const bool only_sealed = heard_sealed_ && !initial_.heard_any();
  handshake_.finish(only_sealed && end == PeerEnd::timed_out ? Refusal::undecryptable
                                                             : refusal_of(end));
}

void QuicConversation::hear_packet(const QuicPacket& packet) {
  // A server may send data behind its flight (RFC 9001 section 5.7), and that may come first. The
  // Fixed Bit is all that tells it from what is no QUIC.
  constexpr uint8_t kFixedBit = 0x40;
  if (packet.type == QuicPacketType::one_rtt) {
    heard_quic_ = heard_quic_ || (packet.bytes[0] & kFixedBit) != 0;
    return;
  }
  if (packet.type == QuicPacketType::version_negotiation) return hear_negotiation(packet);
  if (packet.version != version_ || !packet.destination_id.empty()) return;
  heard_quic_ = true;
  if (packet.type == QuicPacketType::retry) return hear_retry(packet);
  if (packet.type == QuicPacketType::initial) return hear_initial(packet);
  if (packet.type == QuicPacketType::handshake) return hear_handshake(packet);
}

// RFC 9000 section 6: only as the answer to the first packet, whose ids it repeats.
void QuicConversation::hear_negotiation(const QuicPacket& packet) {
  if (!packet.destination_id.empty() || !std::ranges::equal(packet.source_id, first_id_)) return;
  heard_quic_ = true;
  if (initial_.heard_any() || !token_.empty() || was_negotiated_) return;
  const uint32_t version = choose_version(packet.versions, version_);
  if (version == version_) return;
  if (version == 0) return handshake_.finish(Refusal::unexpected);
  was_negotiated_ = true;
  begin(version);
  hello_due_ = true;
}

// RFC 9000 section 17.2.5, RFC 9001 section 5.2: keys anew, numbers go on.
void QuicConversation::hear_retry(const QuicPacket& packet) {
  const bool is_late = initial_.heard_any() || !token_.empty();
  const bool is_other = !std::ranges::equal(packet.source_id, first_id_);
  if (is_late || !is_other || packet.token.empty() || !is_retry_of(packet, first_id_)) return;
  if (packet.token.size() > kTokenBytesMax) return handshake_.finish(Refusal::too_much);
  token_.assign(packet.token.begin(), packet.token.end());
  server_id_.assign(packet.source_id.begin(), packet.source_id.end());
  derive_initial_keys(server_id_);
  handshake_.result().quic_version = version_;
  handshake_.result().quic_retry = true;
  hello_due_ = true;
}

void QuicConversation::hear_initial(const QuicPacket& packet) {
  // RFC 9000 section 7.2: the server's id does not change again.
  if (server_id_is_final_ && !std::ranges::equal(packet.source_id, server_id_)) return;
  const bool had_news = initial_.ack_due();
  if (!accept(initial_.hear(packet), initial_)) return;
  server_id_.assign(packet.source_id.begin(), packet.source_id.end());
  server_id_is_final_ = true;
  const bool was_asked = handshake_.result().hello_retry;
  take_messages(initial_);
  // The server asks again: our second hello did not come to it.
  const bool is_waiting = was_asked && !handshake_.is_tls13() && !finished();
  if (is_waiting && !had_news && initial_.ack_due()) hello_due_ = true;
}

void QuicConversation::hear_handshake(const QuicPacket& packet) {
  if (handshake_space_.has_keys()) {
    if (!std::ranges::equal(packet.source_id, server_id_)) return;
    if (accept(handshake_space_.hear(packet), handshake_space_)) take_messages(handshake_space_);
    return;
  }
  if (early_.size() < kEarlyMax) early_.emplace_back(packet.bytes.begin(), packet.bytes.end());
  // The ServerHello is late or lost. The server may be at its limit of three times what we sent
  // (RFC 9000 section 8.1), and silent until we say more.
  hello_due_ = true;
}

void QuicConversation::hear_early() {
  for (const std::vector<uint8_t>& bytes : std::exchange(early_, {})) {
    const Parsed<QuicPacket> packet = QuicPacketReader(bytes).next();
    if (packet.ok() && !finished()) hear_handshake(packet.value());
  }
}

bool QuicConversation::accept(Arrival arrival, const PacketSpace& space) {
  switch (arrival) {
    case Arrival::undecryptable:
      heard_sealed_ = true;
      return false;
    case Arrival::again:
      return false;
    case Arrival::malformed:
      handshake_.finish(Refusal::malformed);
      return false;
    case Arrival::too_much:
      handshake_.finish(Refusal::too_much);
      return false;
    case Arrival::fresh:
      break;
  }
  handshake_.result().quic_version = version_;
  if (const auto code = space.close_code()) {
    peer_closed_ = true;
    handshake_.result().quic_error = code;
    const auto alert = alert_of_quic_error(*code);
    if (alert) handshake_.result().alert = {AlertLevel::fatal, *alert};
    handshake_.finish(alert ? Refusal::alert : Refusal::closed);
  }
  return !finished();
}

void QuicConversation::take_messages(PacketSpace& space) {
  while (!finished()) {
    if (space.message_too_large()) return handshake_.finish(Refusal::too_much);
    const Bytes message = space.next_message();
    if (message.empty()) return;
    // RFC 9001 section 4.1.3: each message has its own space; a ServerHello is the last in clear.
    const bool is_hello = message[0] == static_cast<uint8_t>(HandshakeType::server_hello);
    const bool is_clear = &space == &initial_;
    if (is_hello != is_clear || (is_clear && handshake_.is_tls13())) {
      return handshake_.finish(Refusal::malformed);
    }
    const size_t hello_bytes = handshake_.client_hello().size();
    const AfterMessage after = handshake_.take(message);
    // The second hello follows the first in our stream.
    if (after == AfterMessage::hello_again) hello_offset_ += hello_bytes;
    after_message(after);
  }
}

void QuicConversation::after_message(AfterMessage after) {
  if (after == AfterMessage::over) return;
  if (after == AfterMessage::hello_again) {
    hello_due_ = true;
  } else if (after == AfterMessage::keys) {
    const HandshakeTraffic& traffic = handshake_.traffic();
    const CipherOfPackets cipher{traffic.suite->hash, traffic.suite->aead};
    handshake_space_.protect({protection_keys(*format_, cipher, traffic.client.bytes()),
                              protection_keys(*format_, cipher, traffic.server.bytes())});
    hello_due_ = false;
    hear_early();
  } else if (!handshake_.is_tls13()) {
    handshake_.finish(Refusal::unexpected);  // RFC 9001 section 4.2: nothing older
  }
}

LongHeader QuicConversation::header_of(QuicPacketType type) const {
  return {format_,
          version_,
          type,
          server_id_,
          type == QuicPacketType::initial ? Bytes(token_) : Bytes{},
          0};
}

std::vector<uint8_t> QuicConversation::handshake_packet() {
  if (!handshake_space_.has_keys()) return {};
  WireWriter frames;
  handshake_space_.write_due_ack(frames);
  std::vector<uint8_t> payload = frames.take();
  // It frees the server from its limit of three times what we sent (RFC 9000 section 8.1), so it
  // goes out with whatever else does, though there is nothing to acknowledge.
  if (payload.empty()) {
    WireWriter ping;
    write_ping(ping);
    payload = ping.take();
    payload.resize(4 - kNumberBytes);  // PADDING: seal_packet() wants as much
  }
  return handshake_space_.seal(header_of(QuicPacketType::handshake), payload);
}

std::vector<uint8_t> QuicConversation::initial_datagram(uint64_t offset, Bytes& crypto) {
  const std::vector<uint8_t> behind = handshake_packet();
  const LongHeader header = header_of(QuicPacketType::initial);
  WireWriter frames;
  initial_.write_due_ack(frames);
  std::vector<uint8_t> payload = frames.take();
  const size_t payload_bytes =
      kInitialDatagramBytes - long_header_bytes(header) - kAeadTagBytes - behind.size();
  const size_t room = payload_bytes - payload.size();
  if (!crypto.empty() && room > kCryptoHeaderBytesMax) {
    const Bytes piece = crypto.first(std::min(crypto.size(), room - kCryptoHeaderBytesMax));
    WireWriter frame;
    write_crypto(frame, offset, piece);
    const std::vector<uint8_t> bytes = frame.take();
    payload.insert(payload.end(), bytes.begin(), bytes.end());
    crypto = crypto.subspan(piece.size());
  }
  payload.resize(payload_bytes);  // PADDING
  std::vector<uint8_t> out = initial_.seal(header, payload);
  out.insert(out.end(), behind.begin(), behind.end());
  return out;
}

void QuicConversation::say_hello(Datagrams& out) {
  const Bytes whole = handshake_.client_hello();
  Bytes rest = whole;
  while (!rest.empty())
    out.push_back(initial_datagram(hello_offset_ + whole.size() - rest.size(), rest));
}

QuicConversation::Datagrams QuicConversation::answers() {
  Datagrams out;
  if (std::exchange(hello_due_, false)) {
    if (num_hellos_++ < kHellosMax) say_hello(out);
  }
  Bytes nothing;
  if (initial_.ack_due()) out.push_back(initial_datagram(0, nothing));
  if (handshake_space_.ack_due()) out.push_back(handshake_packet());
  return out;
}

// RFC 9000 section 10.2.3: in the latest space that the server has the keys of.
QuicConversation::Datagrams QuicConversation::farewell() {
  if (peer_closed_ || !initial_.heard_any()) return {};
  const bool is_done = handshake_.result().refusal == Refusal::none;
  WireWriter frames;
  const bool is_late = handshake_space_.has_keys();
  PacketSpace& space = is_late ? handshake_space_ : initial_;
  space.write_due_ack(frames);
  write_close(frames, is_done ? kQuicNoError : kQuicProtocolViolation);
  std::vector<uint8_t> payload = frames.take();
  const LongHeader header =
      header_of(is_late ? QuicPacketType::handshake : QuicPacketType::initial);
  if (!is_late) payload.resize(kInitialDatagramBytes - long_header_bytes(header) - kAeadTagBytes);
  return {space.seal(header, payload)};
}

std::unique_ptr<DatagramConversation> make_quic_conversation(const HelloWish& wish,
                                                             const KeyShares& keys) {
  return std::make_unique<QuicConversation>(wish, keys);
}

}  // namespace tls::probe
