// SPDX-License-Identifier: Apache-2.0
// PostgreSQL and MySQL.
#include "tls/probe/dialogue_makers.hpp"
#include "tls/probe/little_endian.hpp"

#include <algorithm>
#include <string>

namespace tls::probe {
namespace {

using flowtable::ByteReader;
using flowtable::Bytes;

// PostgreSQL's protocol 3.0: SSLRequest, answered by one byte. ErrorResponse comes from a server
// that does not know the request, or has no room for one more client.
class PostgresqlDialogue final : public Dialogue {
 public:
  PostgresqlDialogue() : Dialogue("ssl_request") {}

 private:
  static constexpr size_t kErrorHeaderBytes = 5;  // 'E', length of what follows the 'E'

  void begin() override { say({"\x00\x00\x00\x08\x04\xd2\x16\x2f", 8}); }
  size_t read(Bytes unread) override {
    switch (unread[0]) {
      case 'S':
        agree();
        return 1;
      case 'N':
        refuse("N");
        return 1;
      case 'E':
        has_error_ = true;
        return read_error(unread);
      default:
        fail(DialogueFailure::not_this_protocol);
        return 0;
    }
  }
  size_t read_error(Bytes unread) {
    ByteReader reader(unread);
    uint32_t length = 0;
    Bytes fields;
    if (!reader.skip(1) || !reader.u32(length)) return 0;
    if (length < 4 || length > kHeardBytesMax) {
      refuse("E");  // the form before 3.0: text
      return kErrorHeaderBytes;
    }
    if (!reader.take(length - 4, fields)) return 0;
    refuse(sqlstate(fields));
    return unread.size() - reader.size();
  }
  // Fields are a letter and a text with a zero at its end; C is the SQLSTATE.
  static std::string sqlstate(Bytes fields) {
    while (fields.size() > 1) {
      const auto end = std::ranges::find(fields, 0);
      if (fields[0] == 'C') return std::string(fields.begin() + 1, end);
      if (end == fields.end()) break;
      fields = Bytes(end + 1, fields.end());
    }
    return "E";
  }
  void cut_short() override {
    if (has_error_) refuse("E");
  }

  bool has_error_ = false;
};

// Protocol::HandshakeV10, then Protocol::SSLRequest, which is not answered: TLS follows at once.
// The server counts a connection that ends here against our address (max_connect_errors).
class MysqlDialogue final : public Dialogue {
 public:
  MysqlDialogue() : Dialogue("greeting") {}

 private:
  static constexpr uint8_t kVersion10 = 10, kVersion9 = 9, kError = 0xff;
  static constexpr uint32_t kClientSsl = 0x0800;
  static constexpr size_t kPrefixBytes = 5;  // length (3), sequence number, first of the payload

  size_t read(Bytes unread) override {
    // A greeting is number 0, and no text has a zero there.
    const bool has_prefix = unread.size() >= kPrefixBytes;
    const uint8_t first = has_prefix ? unread[4] : kVersion10;
    const bool is_known = first == kVersion10 || first == kVersion9 || first == kError;
    if (!is_known || (unread.size() > 3 && unread[3] != 0)) {
      fail(DialogueFailure::not_this_protocol);
      return 0;
    }
    if (!has_prefix) return 0;
    const uint32_t length = load_le(unread.first(3));
    if (length > kHeardBytesMax) fail(DialogueFailure::too_much);
    ByteReader reader(unread.subspan(4));
    Bytes payload;
    if (is_decided() || !reader.take(length, payload)) return 0;
    on_greeting(first, payload);
    return 4 + length;
  }
  void on_greeting(uint8_t first, Bytes payload) {
    ByteReader reader(payload);
    Bytes field;
    if (!reader.skip(1)) {
      fail(DialogueFailure::not_this_protocol);
    } else if (first == kError) {
      refuse(reader.take(2, field) ? std::to_string(load_le(field)) : "error");
    } else if (first == kVersion9) {
      set_advert(Advert::no);  // no capabilities in it
      fail(DialogueFailure::no_advert);
    } else {
      on_version_10(reader);
    }
  }
  // The server's version, then thread id (4), the first part of a challenge (8), a filler, the
  // lower half of the capabilities.
  void on_version_10(ByteReader reader) {
    const auto zero = std::ranges::find(reader.rest(), 0);
    const auto version_bytes = static_cast<size_t>(zero - reader.rest().begin());
    Bytes capabilities;
    if (!reader.skip(version_bytes + 1) || !reader.skip(4 + 8 + 1) ||
        !reader.take(2, capabilities)) {
      fail(DialogueFailure::not_this_protocol);
      return;
    }
    if ((load_le(capabilities) & kClientSsl) == 0) {
      set_advert(Advert::no);
      fail(DialogueFailure::no_advert);
      return;
    }
    set_advert(Advert::yes);
    ask();
  }
  void ask() {
    constexpr size_t kReservedBytes = 23;
    say({"\x20\x00\x00\x01", 4});
    say({"\x85\xae\x7f\x00\x00\x00\x00\x01\x21", 9});  // capabilities, largest packet, UTF-8
    say(std::string(kReservedBytes, '\0'));
    agree();
  }
};

}  // namespace

DialoguePtr make_postgresql(const DialogueNames&) {
  return std::make_unique<PostgresqlDialogue>();
}

DialoguePtr make_mysql(const DialogueNames&) {
  return std::make_unique<MysqlDialogue>();
}

}  // namespace tls::probe
