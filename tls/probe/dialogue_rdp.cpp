// SPDX-License-Identifier: Apache-2.0
// MS-RDPBCGR sections 2.2.1.1 and 2.2.1.2: TPKT, X.224, negotiation.
#include "tls/probe/dialogue_makers.hpp"
#include "tls/probe/little_endian.hpp"

#include <string>

namespace tls::probe {
namespace {

using flowtable::ByteReader;
using flowtable::Bytes;

// Connection Request with RDP_NEG_REQ: TLS, or CredSSP, which is inside TLS.
constexpr std::string_view kRequest{
    "\x03\x00\x00\x13"
    "\x0e\xe0\x00\x00\x00\x00\x00"
    "\x01\x00\x08\x00\x03\x00\x00\x00",
    19};
constexpr uint8_t kTpktVersion = 3;
constexpr uint8_t kConnectionConfirm = 0xd0, kDisconnectRequest = 0x80;  // upper half of the code
constexpr uint8_t kNegotiationResponse = 2, kNegotiationFailure = 3;
constexpr size_t kTpktBytes = 4;

class RdpDialogue final : public Dialogue {
 public:
  RdpDialogue() : Dialogue("negotiation") {}

 private:
  void begin() override { say(kRequest); }
  size_t read(Bytes unread) override {
    ByteReader reader(unread);
    uint8_t version = 0, reserved = 0;
    uint16_t length = 0;
    const bool is_tpkt = unread[0] == kTpktVersion && (unread.size() < 2 || unread[1] == 0);
    if (!is_tpkt) fail(DialogueFailure::not_this_protocol);
    if (is_decided() || !reader.u8(version) || !reader.u8(reserved) || !reader.u16(length)) {
      return 0;
    }
    Bytes packet;
    if (length < kTpktBytes) fail(DialogueFailure::not_this_protocol);
    if (is_decided() || !reader.take(length - kTpktBytes, packet)) return 0;
    on_x224(ByteReader(packet));
    return length;
  }
  // Length of the header behind itself, code, destination and source (two bytes each), class.
  void on_x224(ByteReader packet) {
    uint8_t header_bytes = 0, code = 0;
    const bool is_read = packet.u8(header_bytes) && packet.u8(code) && packet.skip(5);
    if (is_read && (code & 0xf0) == kDisconnectRequest) {
      refuse("disconnect");
    } else if (!is_read || (code & 0xf0) != kConnectionConfirm) {
      fail(DialogueFailure::not_this_protocol);
    } else {
      on_negotiation(packet);
    }
  }
  void on_negotiation(ByteReader block) {
    if (block.empty()) {  // a server of before negotiation: standard RDP security, no TLS
      set_advert(Advert::no);
      fail(DialogueFailure::no_advert);
      return;
    }
    uint8_t type = 0;
    Bytes value;
    const bool is_read = block.u8(type) && block.skip(3) && block.take(4, value);
    const uint32_t number = load_le(value);
    const bool has_tls = number == 1 || number == 2 || number == 8;  // SSL, HYBRID, HYBRID_EX
    if (!is_read || (type != kNegotiationResponse && type != kNegotiationFailure)) {
      fail(DialogueFailure::not_this_protocol);
    } else if (type == kNegotiationResponse && has_tls) {
      agree();
    } else if (type == kNegotiationResponse) {
      refuse("protocol_" + std::to_string(number));
    } else {
      refuse(std::to_string(number));
    }
  }
};

}  // namespace

DialoguePtr make_rdp(const DialogueNames&) {
  return std::make_unique<RdpDialogue>();
}

}  // namespace tls::probe
