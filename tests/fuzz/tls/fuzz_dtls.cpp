// SPDX-License-Identifier: Apache-2.0
// tls/wire: any bytes as a datagram of DTLS records and their fragments, seen alike by the poll
// core's own look at them; and the same bytes as a message's body, cut, shuffled and repeated as
// the input says, must come out whole.
#include "flowtable/base/check.hpp"
#include "flowtable/dtls_datagram.hpp"
#include "tls/wire/dtls_handshake.hpp"
#include "tls/wire/dtls_record_reader.hpp"
#include "tls/wire/message_assembler.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace {

using flowtable::Bytes;
using tls::DtlsFragment;

std::vector<uint8_t>& join_buffer() {
  static std::vector<uint8_t> buffer(tls::HandshakeAssembler::kMessageBytesMax);
  return buffer;
}

void read_records(Bytes datagram) {
  std::vector<DtlsFragment> fragments;
  bool clear = false, encrypted = false, too_large = false;
  tls::DtlsRecordReader reader(datagram);
  while (!reader.at_end()) {
    const auto record = reader.next();
    if (!record.ok()) {
      too_large = record.error() == tls::ParseError::record_too_large;
      break;
    }
    (record.value().encrypted ? encrypted : clear) = true;
    if (record.value().encrypted || record.value().type != tls::ContentType::handshake) continue;
    flowtable::ByteReader payload(record.value().payload);
    while (!payload.empty()) {
      const auto fragment = tls::read_dtls_fragment(payload);
      if (!fragment.ok()) break;
      CHECK(fragment.value().offset + fragment.value().piece.size() <= fragment.value().length);
      fragments.push_back(fragment.value());
    }
  }
  const flowtable::DtlsSight sight = flowtable::look_at_dtls(datagram);
  CHECK(too_large || (sight.clear == clear && sight.encrypted == encrypted));
  if (fragments.empty()) return;
  const tls::DtlsMessage message = tls::join_dtls_message(fragments, join_buffer());
  const bool is_whole = message.state == tls::DtlsMessageState::whole;
  CHECK(!is_whole || message.message.body.size() == fragments.front().length);
}

void cut_and_join(Bytes script, Bytes body) {
  std::vector<DtlsFragment> fragments;
  const auto add = [&](size_t begin, size_t end) {
    fragments.push_back({tls::HandshakeType::certificate, 1, static_cast<uint32_t>(body.size()),
                         static_cast<uint32_t>(begin), body.subspan(begin, end - begin)});
  };
  size_t begin = 0;
  for (size_t i = 0; begin < body.size(); ++i) {
    const size_t end = std::min(body.size(), begin + 1 + script[i % script.size()]);
    add(begin, end);
    if (script[i % script.size()] % 4 == 0) add(begin / 2, end);
    begin = end;
  }
  // So many fragments open at most this many gaps, whatever their order.
  if (fragments.empty() || fragments.size() > tls::MessageAssembler::kGapsMax) return;
  for (size_t i = 0; i < script.size(); ++i)
    std::swap(fragments[i % fragments.size()], fragments[script[i] % fragments.size()]);
  const tls::DtlsMessage message = tls::join_dtls_message(fragments, join_buffer());
  CHECK(message.state == tls::DtlsMessageState::whole);
  CHECK(!message.conflict);
  CHECK(std::ranges::equal(message.message.body, body));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes input(data, size);
  read_records(input);
  constexpr size_t kScriptBytes = 16;
  if (size > kScriptBytes) cut_and_join(input.first(kScriptBytes), input.subspan(kScriptBytes));
  return 0;
}
