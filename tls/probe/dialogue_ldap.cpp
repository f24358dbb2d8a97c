// SPDX-License-Identifier: Apache-2.0
// RFC 4511 sections 4.1.1, 4.4.1 and 4.14.
#include "tls/probe/dialogue_makers.hpp"

#include <optional>
#include <string>

namespace tls::probe {
namespace {

using flowtable::ByteReader;
using flowtable::Bytes;

constexpr std::string_view kStartTlsRequest{
    "\x30\x1d\x02\x01\x01\x77\x18\x80\x16"
    "1.3.6.1.4.1.1466.20037",
    31};
constexpr uint8_t kSequence = 0x30, kInteger = 0x02, kEnumerated = 0x0a, kExtendedResponse = 0x78;
// Ours, and that of what a server says unasked: the notice that it will close.
constexpr uint32_t kOurMessage = 1, kUnasked = 0;

enum class Cut : uint8_t { whole, need_more, malformed };

// BER's length octets (X.690 section 8.1.3) in any of the definite forms, of up to four bytes: the
// shortest is not asked for, because Active Directory uses four for all.
Cut read_length(ByteReader& reader, uint32_t& length) noexcept {
  uint8_t first = 0;
  if (!reader.u8(first)) return Cut::need_more;
  length = first;
  if (first < 0x80) return Cut::whole;
  const int octets = first & 0x7f;
  if (octets == 0 || octets > 4) return Cut::malformed;
  length = 0;
  for (int i = 0; i < octets; ++i) {
    uint8_t octet = 0;
    if (!reader.u8(octet)) return Cut::need_more;
    length = length << 8 | octet;
  }
  return Cut::whole;
}

// An element that lies whole in `reader`.
bool read_element(ByteReader& reader, uint8_t& tag, ByteReader& body) noexcept {
  uint32_t length = 0;
  Bytes window;
  if (!reader.u8(tag) || read_length(reader, length) != Cut::whole ||
      !reader.take(length, window)) {
    return false;
  }
  body = ByteReader(window);
  return true;
}

std::optional<uint32_t> read_number(ByteReader& reader, uint8_t wanted_tag) noexcept {
  uint8_t tag = 0;
  ByteReader body;
  if (!read_element(reader, tag, body) || tag != wanted_tag) return std::nullopt;
  if (body.empty() || body.size() > 4) return std::nullopt;
  uint32_t number = 0;
  for (const uint8_t octet : body.rest())
    number = number << 8 | octet;
  return number;
}

class LdapDialogue final : public Dialogue {
 public:
  LdapDialogue() : Dialogue("starttls") {}

 private:
  void begin() override { say(kStartTlsRequest); }
  size_t read(Bytes unread) override {
    ByteReader reader(unread);
    uint8_t tag = 0;
    uint32_t length = 0;
    Bytes message;
    const Cut cut =
        reader.u8(tag) && tag == kSequence ? read_length(reader, length) : Cut::malformed;
    if (cut == Cut::malformed) fail(DialogueFailure::not_this_protocol);
    if (length > kHeardBytesMax && cut == Cut::whole) fail(DialogueFailure::too_much);
    if (cut != Cut::whole || !reader.take(length, message)) return 0;
    on_message(ByteReader(message));
    return unread.size() - reader.size();
  }
  void on_message(ByteReader message) {
    const auto number = read_number(message, kInteger);
    uint8_t operation = 0;
    ByteReader response;
    const bool is_read = number && read_element(message, operation, response);
    const bool is_to_us = number == kOurMessage || number == kUnasked;
    if (!is_read || (number == kOurMessage && operation != kExtendedResponse)) {
      fail(DialogueFailure::not_this_protocol);
    } else if (is_to_us && operation == kExtendedResponse) {
      on_result(number == kOurMessage, read_number(response, kEnumerated));
    }
  }
  void on_result(bool is_ours, std::optional<uint32_t> result_code) {
    if (!result_code) {
      fail(DialogueFailure::not_this_protocol);
    } else if (is_ours && *result_code == 0) {
      agree();
    } else {
      refuse(std::to_string(*result_code));
    }
  }
};

}  // namespace

DialoguePtr make_ldap(const DialogueNames&) {
  return std::make_unique<LdapDialogue>();
}

}  // namespace tls::probe
