// SPDX-License-Identifier: Apache-2.0
// A QUIC conversation of tls/probe in front of any server: the input's chunks become what it says,
// as they are or behind the protection, with the real keys, which random bytes never pass.
#include "tests/fuzz/tls/datagram_checks.hpp"
#include "tests/support/quic_builder.hpp"
#include "tests/support/tls13_server.hpp"
#include "tls/probe/quic_frames.hpp"
#include "tls/quic/packet_opener.hpp"
#include "tls/wire/quic_frame.hpp"

namespace {

using flowtable::Bytes;
using tests::ByteVector;
using tls::QuicPacketType;
using tls::probe::DatagramConversation;
using tls::probe::DatagramStep;

// The ids and keys that a server has after a client's Initial packet.
class Server {
 public:
  explicit Server(const ByteVector& first) : tls_(hello_record(first)) { meet(first); }

  // Where the client begins anew: after a Retry or a version negotiation.
  void meet(const ByteVector& datagram) {
    const auto packet = tls::QuicPacketReader(datagram).next();
    if (!packet.ok() || packet.value().type != QuicPacketType::initial) return;
    version_ = packet.value().version;
    id_.assign(packet.value().destination_id.begin(), packet.value().destination_id.end());
  }

  [[nodiscard]] ByteVector initial(const ByteVector& frames) {
    return tests::seal_initial({version_, {}, kOwnId, {}, number_++, 2, frames},
                               tests::keys_of(version_, id_, tls::QuicSide::server), 4);
  }
  [[nodiscard]] ByteVector hello() {
    const ByteVector& record = tls_.hello();
    return initial(tests::crypto_frame(0, Bytes(record).subspan(5)));
  }
  [[nodiscard]] ByteVector handshake(const ByteVector& frames) {
    const tls::QuicVersion& format = *tls::find_quic_version(version_);
    const tls::ProtectionKeys keys = tls::protection_keys(
        format, {tls::HkdfHash::sha256, tls::Aead::aes_128_gcm}, tls_.secret().bytes());
    ByteVector payload = frames;
    payload.resize(std::max<size_t>(payload.size(), 4));
    ByteVector header = tls::probe::long_header(
        {&format, version_, QuicPacketType::handshake, {}, {}, number_}, payload.size());
    // Its ids: none of ours, five bytes of the server's.
    header[6] = static_cast<uint8_t>(kOwnId.size());
    header.insert(header.begin() + 7, kOwnId.begin(), kOwnId.end());
    return tls::seal_packet({header, number_++, payload}, keys);
  }
  [[nodiscard]] ByteVector retry(const ByteVector& token) const {
    return tests::retry_packet({version_, {}, kOwnId, token}, id_);
  }
  [[nodiscard]] ByteVector negotiation(Bytes versions) const {
    ByteVector out = tests::version_negotiation({}, id_, {});
    out.insert(out.end(), versions.begin(), versions.end());
    return out;
  }

 private:
  static inline const ByteVector kOwnId = ByteVector(5, 0xf0);

  // The hello in a TLS record, as tests::Tls13Server wants it.
  static ByteVector hello_record(const ByteVector& datagram) {
    const auto packet = tls::QuicPacketReader(datagram).next();
    CHECK(packet.ok());
    const Bytes id = packet.value().destination_id;
    ByteVector buffer(datagram.size());
    const auto opened = tls::open_initial(
        packet.value(),
        tests::keys_of(packet.value().version, {id.begin(), id.end()}, tls::QuicSide::client), 0,
        buffer);
    CHECK(opened.has_value());
    const auto frame = tls::QuicFrameReader(opened->payload).next();
    CHECK(frame.ok());
    return tests::records(tests::kHandshake,
                          ByteVector(frame.value().data.begin(), frame.value().data.end()));
  }

  tests::Tls13Server tls_;
  uint32_t version_ = 0;
  ByteVector id_;
  uint64_t number_ = 0;
};

ByteVector say(Server& server, uint8_t kind, const ByteVector& content) {
  switch (kind % 6) {
    case 1:
      return server.initial(content);
    case 2:
      return server.hello();
    case 3:
      return server.handshake(content);
    case 4:
      return server.retry(content);
    case 5:
      return server.negotiation(content);
    default:
      return content;
  }
}

}  // namespace

// A chunk: what it is, a length of two bytes, and that many.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const tls::probe::KeyShares shares;
  const auto conversation = tls::probe::make_quic_conversation({tls::probe::Probe::quic}, shares);
  Server server(conversation->first_datagram());
  flowtable::ByteReader reader(Bytes(data, size));
  uint8_t kind = 0;
  flowtable::ByteReader chunk;
  for (int i = 0; i < 64 && reader.u8(kind) && reader.u16_prefixed(chunk); ++i) {
    const ByteVector content(chunk.rest().begin(), chunk.rest().end());
    const DatagramStep step = fuzz::hear(*conversation, say(server, kind, content));
    if (kind % 6 > 3 && !step.datagrams.empty()) server.meet(step.datagrams.front());
  }
  fuzz::end(*conversation);
  return 0;
}
