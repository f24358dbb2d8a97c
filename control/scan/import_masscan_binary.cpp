// SPDX-License-Identifier: Apache-2.0
// What masscan writes with -oB: "masscan/1.1", checked against masscan 1.3.2's own --readscan. A
// header of 99 bytes, then records of a type, a length (both seven bits a byte, the highest bit of
// all but the last set) and as many bytes, in network byte order; the header comes again at the
// end, and reads as a record of type 'm' and length 'a'.
#include "control/config/address_text.hpp"
#include "control/scan/import_collector.hpp"
#include "flowtable/base/byte_reader.hpp"

#include <algorithm>
#include <array>

namespace control {
namespace {

using flowtable::ByteReader;
using flowtable::Bytes;
using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;
using std::string_view;

constexpr size_t kHeaderBytes = 2 + 'a';

// Records that are written today; 1 to 5 are of versions before 1.0 and know no protocol.
enum RecordType : uint32_t {
  kOpen4 = 6,
  kClosed4 = 7,
  kArp4 = 8,
  kBanner4 = 9,
  kOpen6 = 10,
  kClosed6 = 11,
  kArp6 = 12,
  kBanner6 = 13,
  kFileHeader = 'm'
};

// By number; the names that masscan itself prints.
constexpr std::array<string_view, 31> kApplicationNames{
    "unknown",     "unknown", "ssh",        "ssh",       "http",      "ftp",        "dns-ver",
    "snmp",        "nbtstat", "ssl",        "smb",       "smtp",      "pop",        "imap",
    "zeroaccess",  "X509",    "title",      "html",      "ntp",       "vuln",       "heartbleed",
    "ticketbleed", "vnc",     "safe",       "memcached", "scripting", "versioning", "coap",
    "telnet",      "rdp",     "http.server"};

string_view protocol_name(uint8_t number) {
  switch (number) {
    case 6:
      return "tcp";
    case 17:
      return "udp";
    case 132:
      return "sctp";
    default:
      return "";
  }
}

// TCP's flags as masscan writes them: the two that an answer has.
string_view reason_of(uint8_t flags) {
  if ((flags & 0x12) == 0x12) return "syn-ack";
  return (flags & 0x04) != 0 ? "rst" : "";
}

bool read_variable(ByteReader& reader, uint32_t& out) {
  out = 0;
  for (int i = 0; i < 4; ++i) {
    uint8_t byte = 0;
    if (!reader.u8(byte)) return false;
    out = out << 7 | (byte & 0x7fu);
    if ((byte & 0x80) == 0) return true;
  }
  return false;
}

// The fields of a record in the order they have in its family.
struct Fields {
  uint32_t seconds = 0;
  Bytes address;
  uint8_t protocol = 0;
  uint16_t port = 0;
  uint16_t application = 0;  // of a banner
  uint8_t flags = 0;         // of a status
};

bool read_kind(ByteReader& reader, bool banner, Fields& out) {
  uint8_t ttl = 0;
  return (banner ? reader.u16(out.application) : reader.u8(out.flags)) && reader.u8(ttl);
}

bool read_fields4(ByteReader& reader, bool banner, Fields& out) {
  return reader.u32(out.seconds) && reader.take(4, out.address) && reader.u8(out.protocol) &&
         reader.u16(out.port) && read_kind(reader, banner, out);
}

bool read_fields6(ByteReader& reader, bool banner, Fields& out) {
  uint8_t version = 0;
  return reader.u32(out.seconds) && reader.u8(out.protocol) && reader.u16(out.port) &&
         read_kind(reader, banner, out) && reader.u8(version) && version == 6 &&
         reader.take(16, out.address);
}

void read_record(uint32_t type, ByteReader record, const std::string& place,
                 ImportCollector& collector) {
  const bool banner = type == kBanner4 || type == kBanner6;
  Fields fields;
  const bool read =
      type >= kOpen6 ? read_fields6(record, banner, fields) : read_fields4(record, banner, fields);
  if (!read) return collector.add_problem(place, "a record is too short");
  const std::string address = address_text(flowtable::IpAddress::from_bytes(fields.address).bytes);
  ImportedEntry entry;
  entry.address = address;
  entry.protocol = protocol_name(fields.protocol);
  entry.port = fields.port;
  entry.seconds = fields.seconds;
  std::string text;
  if (banner) {
    entry.service = fields.application < kApplicationNames.size()
                        ? kApplicationNames[fields.application]
                        : "unknown";
    text.assign(record.rest().begin(), record.rest().end());
    entry.banner = text;
  } else {
    const bool open = type == kOpen4 || type == kOpen6;
    entry.state = open ? ImportedState::open : ImportedState::closed;
    if (fields.protocol == 6) entry.reason = reason_of(fields.flags);
  }
  collector.add(entry, place);
}

}  // namespace

OrError<void> import_masscan_binary(string_view bytes, ImportCollector& collector) {
  if (!bytes.starts_with("masscan/1.1") || bytes.size() < kHeaderBytes)
    return Failure{Error{"is no binary file of masscan: it does not begin with masscan/1.1"}};
  // The bytes of a file are unsigned whatever the type that they were read into.
  const std::vector<uint8_t> copy(bytes.begin() + kHeaderBytes, bytes.end());
  ByteReader reader{Bytes(copy)};
  while (!reader.empty() && !collector.is_full()) {
    const std::string place = "byte " + std::to_string(bytes.size() - reader.size());
    uint32_t type = 0;
    uint32_t length = 0;
    Bytes record;
    if (!read_variable(reader, type) || !read_variable(reader, length) ||
        !reader.take(length, record)) {
      collector.add_problem(place, "the file is cut off here");
      return {};
    }
    if (type == kFileHeader) continue;
    if (type == kArp4 || type == kArp6) {
      collector.skip();
    } else if (type < kOpen4 || type > kBanner6) {
      // Lengths cannot be trusted where types are not known: what follows would be guessed.
      collector.add_problem(place, "a record of an unknown type " + std::to_string(type) +
                                       "; nothing behind it was read");
      return {};
    } else {
      read_record(type, ByteReader(record), place, collector);
    }
  }
  return {};
}

}  // namespace control
