// SPDX-License-Identifier: Apache-2.0
// A QUIC connection that we lead, up to the server's certificate: RFC 9000, RFC 9001, RFC 9369.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/probe/datagram_conversation.hpp"
#include "tls/probe/packet_space.hpp"
#include "tls/probe/server_handshake.hpp"
#include "tls/wire/quic_packet.hpp"
#include "tls/wire/quic_version.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tls::probe {

// Every datagram of ours with an Initial packet is as long as this: RFC 9000 section 14.1.
inline constexpr size_t kInitialDatagramBytes = 1200;

// Our own connection id is empty: the port tells our conversations apart.
class QuicConversation final : public DatagramConversation {
 public:
  // Of a Retry's token, which goes into each Initial packet beside a piece of the hello.
  static constexpr size_t kTokenBytesMax = 900;
  // Heard at all, with what came again.
  static constexpr uint64_t kBytesMax = uint64_t{1} << 20;
  // Handshake packets that came before the keys to open them.
  static constexpr size_t kEarlyMax = 8;
  // Datagrams with a second hello, which is said again while the server asks again.
  static constexpr unsigned kHellosMax = 8;

  QuicConversation(const HelloWish& wish, const KeyShares& keys);

  [[nodiscard]] const std::vector<uint8_t>& first_datagram() const noexcept override {
    return first_datagram_;
  }
  [[nodiscard]] flowtable::Bytes client_hello() const noexcept override {
    return handshake_.client_hello();
  }
  [[nodiscard]] DatagramStep heard(flowtable::Bytes datagram) override;
  void ended(PeerEnd end) noexcept override;
  [[nodiscard]] bool finished() const noexcept override { return handshake_.over(); }
  [[nodiscard]] const TlsResult& result() const noexcept override { return handshake_.result(); }
  [[nodiscard]] TlsResult take_result() noexcept override { return std::move(handshake_.result()); }

 private:
  using ConnectionId = std::vector<uint8_t>;
  using Datagrams = std::vector<std::vector<uint8_t>>;

  void begin(uint32_t version);
  void derive_initial_keys(flowtable::Bytes destination_id);
  void hear_packet(const QuicPacket& packet);
  void hear_negotiation(const QuicPacket& packet);
  void hear_retry(const QuicPacket& packet);
  void hear_initial(const QuicPacket& packet);
  void hear_handshake(const QuicPacket& packet);
  void hear_early();
  // Whether the space may be read on.
  [[nodiscard]] bool accept(Arrival arrival, const PacketSpace& space);
  void take_messages(PacketSpace& space);
  void after_message(AfterMessage after);

  [[nodiscard]] LongHeader header_of(QuicPacketType type) const;
  // One datagram with what is due, and `crypto` from this offset of our stream on as far as there
  // is room; its size comes off `crypto`.
  [[nodiscard]] std::vector<uint8_t> initial_datagram(uint64_t offset, flowtable::Bytes& crypto);
  [[nodiscard]] std::vector<uint8_t> handshake_packet();
  void say_hello(Datagrams& out);
  [[nodiscard]] Datagrams answers();
  [[nodiscard]] Datagrams farewell();

  ServerHandshake handshake_;
  const QuicVersion* format_ = nullptr;
  uint32_t version_ = 0;
  ConnectionId first_id_;   // the destination of our first packet
  ConnectionId server_id_;  // of those that we send now
  bool server_id_is_final_ = false;
  std::vector<uint8_t> token_;
  PacketSpace initial_;
  PacketSpace handshake_space_;
  std::vector<std::vector<uint8_t>> early_;
  std::vector<uint8_t> first_datagram_;
  uint64_t hello_offset_ = 0;  // of the latest hello in our CRYPTO stream
  bool hello_due_ = false;
  unsigned num_hellos_ = 0;
  bool was_negotiated_ = false;
  bool peer_closed_ = false;
  bool heard_quic_ = false;
  bool heard_sealed_ = false;  // packets that do not open
  uint64_t num_bytes_ = 0;
};

}  // namespace tls::probe
