// SPDX-License-Identifier: Apache-2.0
// MS-TDS 2.2.6.5: PRELOGIN, and TLS in packets of the same type.
#include "tls/probe/dialogue_makers.hpp"
#include "tls/probe/tds_tunnel.hpp"

#include <optional>
#include <string>

namespace tls::probe {
namespace {

using flowtable::ByteReader;
using flowtable::Bytes;

// A packet of 41 bytes: VERSION, ENCRYPTION (on), INSTOPT and THREADID, each a token with offset
// and length, then what they point to.
constexpr std::string_view kPrelogin{
    "\x12\x01\x00\x29\x00\x00\x01\x00"
    "\x00\x00\x15\x00\x06"
    "\x01\x00\x1b\x00\x01"
    "\x02\x00\x1c\x00\x01"
    "\x03\x00\x1d\x00\x04"
    "\xff"
    "\x09\x00\x05\x77\x00\x00"
    "\x01"
    "\x00"
    "\x00\x00\x00\x00",
    41};
constexpr uint8_t kEncryption = 0x01, kTerminator = 0xff;
constexpr uint8_t kNotSupported = 2;  // of 0 to 3; with 0 the login at least is encrypted

// The value of ENCRYPTION, or nullopt: there is none, or the options are broken.
std::optional<uint8_t> encryption_of(Bytes options) noexcept {
  ByteReader reader(options);
  uint8_t token = 0;
  while (reader.u8(token) && token != kTerminator) {
    uint16_t offset = 0, length = 0;
    if (!reader.u16(offset) || !reader.u16(length)) return std::nullopt;
    ByteReader value(options);
    uint8_t encryption = 0;
    if (token != kEncryption) continue;
    if (length == 0 || !value.skip(offset) || !value.u8(encryption)) return std::nullopt;
    return encryption;
  }
  return std::nullopt;
}

class MssqlDialogue final : public Dialogue {
 public:
  MssqlDialogue() : Dialogue("prelogin") {}

  [[nodiscard]] std::vector<uint8_t> wrap(Bytes tls) override { return TdsTunnel::wrap(tls); }
  [[nodiscard]] bool unwrap(Bytes received, std::vector<uint8_t>& tls) override {
    return tunnel_.unwrap(received, tls);
  }

 private:
  void begin() override { say(kPrelogin); }
  size_t read(Bytes unread) override {
    TdsPacketHeader header;
    if (unread[0] != TdsPacketHeader::kReply) fail(DialogueFailure::not_this_protocol);
    if (is_decided() || unread.size() < TdsPacketHeader::kBytes) return 0;
    if (!header.read(unread)) {
      fail(DialogueFailure::not_this_protocol);
      return 0;
    }
    ByteReader reader(unread.subspan(TdsPacketHeader::kBytes));
    Bytes body;
    if (!reader.take(header.body_bytes, body)) return 0;
    options_.insert(options_.end(), body.begin(), body.end());
    if (header.is_last) on_options();
    return TdsPacketHeader::kBytes + body.size();
  }
  void on_options() {
    const auto encryption = encryption_of(options_);
    if (!encryption) {
      set_advert(Advert::no);
      fail(DialogueFailure::no_advert);
    } else if (*encryption < kNotSupported || *encryption == 3) {
      agree();
    } else {
      refuse(std::to_string(*encryption));
    }
  }

  std::vector<uint8_t> options_;  // of the packets so far
  TdsTunnel tunnel_;
};

}  // namespace

DialoguePtr make_mssql(const DialogueNames&) {
  return std::make_unique<MssqlDialogue>();
}

}  // namespace tls::probe
