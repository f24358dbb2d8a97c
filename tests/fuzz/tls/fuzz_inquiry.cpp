// SPDX-License-Identifier: Apache-2.0
// An inquiry hears any events in any order: two bytes choose port and wishes, then each event is a
// kind, a length and bytes. It must end, keep its bounds, and never want more than a core takes.
#include "flowtable/base/byte_reader.hpp"
#include "flowtable/base/check.hpp"
#include "tls/inquiry/inquiry.hpp"
#include "tls/probe/starttls_table.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace {

using flowtable::Bytes;
using flowtable::ScanEvent;
using flowtable::ScanEventKind;
using tls::Inquiry;
using tls::InquiryAction;

constexpr uint32_t kConnectionsMax = 24 + tls::DeepLook::kConnectionsMax;

struct Line {
  uint64_t token = 0;
  flowtable::ScanConnection connection;
};

void look_at(Inquiry& inquiry, Line& line) {
  for (const InquiryAction& each : inquiry.take_actions()) {
    CHECK(each.bytes.size() <= flowtable::ScanOrder::kBytesMax);
    CHECK((each.kind == InquiryAction::Kind::send) <= !each.bytes.empty());
    if (each.kind == InquiryAction::Kind::dial) {
      CHECK(Inquiry::id_of(each.token) == inquiry.id());
      line.token = each.token;
      ++line.connection.generation;
    }
  }
}

tls::InquiryWish wish_of(uint8_t bits) {
  tls::InquiryWish wish;
  wish.other_certificate = (bits & 1) != 0;
  wish.old_ssl = (bits & 2) != 0;
  wish.jarm = (bits & 4) != 0;
  wish.versions = (bits & 8) != 0;
  wish.ciphers = (bits & 16) != 0;
  wish.groups = (bits & 32) != 0;
  return wish;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const tls::probe::KeyShares kKeys;
  static tls::CertificateCache certificates(64);
  flowtable::ByteReader reader({data, size});
  uint8_t port = 0;
  uint8_t wishes = 0;
  if (!reader.u8(port) || !reader.u8(wishes)) return 0;
  const auto ports = tls::probe::tls_ports();
  tls::ServiceQuestion question;
  question.server.port = ports[port % ports.size()];
  if ((wishes & 64) != 0) question.name = "fuzz.test";
  if ((wishes & 128) != 0) {
    question.transport = port % 2 == 0 ? tls::Transport::dtls : tls::Transport::quic;
  }
  Inquiry inquiry(1, {kKeys, certificates},
                  std::make_shared<const tls::InquiryWish>(wish_of(wishes)), question);
  Line line;
  inquiry.begin({});
  look_at(inquiry, line);
  uint8_t kind = 0;
  uint8_t length = 0;
  while (!inquiry.finished() && reader.u8(kind) && reader.u8(length)) {
    Bytes bytes;
    if (!reader.take(std::min<size_t>(length, reader.rest().size()), bytes)) break;
    ScanEvent event;
    event.kind = static_cast<ScanEventKind>(kind % 10);
    event.token = kind < 128 ? line.token : kind;
    event.connection = line.connection;
    event.size = static_cast<uint16_t>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), event.bytes.begin());
    inquiry.hear(event);
    look_at(inquiry, line);
  }
  inquiry.stop({});
  CHECK(inquiry.finished());
  const tls::ServiceReport report = inquiry.take_report();
  CHECK(report.connections <= kConnectionsMax);
  CHECK(report.probes.size() <= report.connections);
  return 0;
}
