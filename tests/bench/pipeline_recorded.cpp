// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/pipeline_recorded.hpp"

#include "dataplane/capture/capture_file.hpp"
#include "tls/pipeline/session_parser.hpp"
#include "tls/x509/certificate_walk.hpp"

#include <algorithm>
#include <filesystem>

namespace bench {

using flowtable::HandshakeCapture;
using flowtable::Side;

namespace {

std::vector<tests::TakenCapture> captures_of(const std::string& path) {
  auto file = dataplane::CaptureFile::open(path);
  if (!file.ok()) return {};
  tests::PathUnderTest play;
  dataplane::CaptureFrame frame;
  while (file.value().next(frame) == dataplane::CaptureStep::frame)
    play.accept(tests::ByteString(frame.bytes.begin(), frame.bytes.end()));
  play.drain();
  return play.take();
}

// RFC 8446 sections 5.1, 4 and 4.1.3: of a ServerHello at the stream's beginning, behind record
// header, message header, version and random.
size_t session_id_in(flowtable::Bytes stream) {
  constexpr size_t kLengthAt = 5 + 4 + 2 + 32;
  const bool is_long = stream.size() > kLengthAt + 32 && stream[kLengthAt] >= kNumberBytes;
  return is_long ? kLengthAt + 1 : 0;
}

// The stream is ours alone until it is handed off, as it is a poll core's.
void write(HandshakeCapture& capture, const Recorded& recorded, size_t at, uint64_t number) {
  const flowtable::Bytes stream = capture.stream(other(recorded.client));
  auto* const out = const_cast<uint8_t*>(stream.data()) + at;
  for (size_t i = 0; i < kNumberBytes; ++i)
    out[i] = static_cast<uint8_t>(number >> 8 * i);
}

// Fills in who is the client and what the server shows; false where it is not of use here.
bool read(Recorded& out, flowtable::CapturePool& pool, tls::SessionParser& parser) {
  HandshakeCapture* const capture = put(pool, out);
  const tls::ParsedSession session = parser.parse(*capture);
  const tls::Observation& seen = session.observation;
  if (session.is_tls && seen.complete()) {
    out.client = capture->flow.key.endpoint(Side::a) == seen.client ? Side::a : Side::b;
    for (const flowtable::Bytes der : session.certs)
      out.ders.emplace_back(der.begin(), der.end());
  }
  if (!out.ders.empty()) {
    const auto serial = tls::walk_certificate(session.certs[0]).serial.content;
    const flowtable::Bytes stream = capture->stream(other(out.client));
    const auto offset = serial.data() + serial.size() - stream.data() - kNumberBytes;
    const bool in_stream = offset > 0 && static_cast<size_t>(offset) < stream.size();
    out.session_id_at = session_id_in(stream);
    if (serial.size() > kNumberBytes && in_stream) out.serial_at = static_cast<size_t>(offset);
  }
  pool.release(*capture);
  return out.serial_at > 0;
}

}  // namespace

std::vector<Recorded> recorded_sessions(const std::string& directory) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() == ".pcap") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  flowtable::CapturePool pool({.captures_max = 4});
  tls::SessionParser parser;
  std::vector<Recorded> out;
  for (const std::string& path : paths) {
    for (tests::TakenCapture& taken : captures_of(path)) {
      Recorded recorded;
      recorded.taken = std::move(taken);
      if (read(recorded, pool, parser)) out.push_back(std::move(recorded));
    }
  }
  return out;
}

HandshakeCapture* put(flowtable::CapturePool& pool, const Recorded& recorded) {
  HandshakeCapture* const capture = pool.acquire();
  if (capture == nullptr) return nullptr;
  const tests::TakenCapture& taken = recorded.taken;
  capture->flow = taken.flow;
  capture->end = taken.end;
  capture->kind = taken.kind;
  capture->opening = taken.opening;
  capture->framing = taken.framing;
  capture->plaintext_before = taken.plaintext_before;
  for (const Side side : {Side::a, Side::b}) {
    const tests::ByteString& bytes = taken.streams[index_of(side)];
    if (bytes.empty()) continue;
    pool.start_stream(*capture, side, side == taken.flow.originator, 1);
    capture->streams[index_of(side)].insert(1, bytes);
  }
  return capture;
}

void set_client(HandshakeCapture& capture, Side client, uint32_t number) {
  flowtable::Endpoint from = capture.flow.key.endpoint(client);
  const flowtable::Endpoint to = capture.flow.key.endpoint(other(client));
  // The client is the larger end of every recorded session, and stays it.
  from.address.bytes[13] = static_cast<uint8_t>(0x80 | number >> 16);
  from.address.bytes[14] = static_cast<uint8_t>(number >> 8);
  from.address.bytes[15] = static_cast<uint8_t>(number);
  const auto ordered = flowtable::FlowKey::of(from, to, capture.flow.key.protocol());
  if (ordered.sender == client) capture.flow.key = ordered.key;
}

void set_session_id(HandshakeCapture& capture, const Recorded& recorded, uint64_t number) {
  if (recorded.session_id_at > 0) write(capture, recorded, recorded.session_id_at, number);
}

void set_serial(HandshakeCapture& capture, const Recorded& recorded, uint64_t number) {
  write(capture, recorded, recorded.serial_at, number);
}

}  // namespace bench
