// SPDX-License-Identifier: Apache-2.0
// tls/wire/ssh_kexinit and tls/pipeline/ssh_session: one direction of any bytes, then both sides of
// a connection that says the same.
#include "flowtable/base/check.hpp"
#include "tls/fingerprint/hassh.hpp"
#include "tls/pipeline/ssh_session.hpp"
#include "tls/wire/ssh_kexinit.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

using flowtable::Bytes;

// What is whole stays what it is when more follows, and is not there when its last byte is missing.
void check_kexinit(Bytes packets) {
  const auto parsed = tls::parse_ssh_kexinit(packets);
  if (!parsed.ok()) return;
  const tls::SshKexInit& said = parsed.value();
  const size_t raw = said.kex.size() + said.encryption_to_server.size() +
                     said.mac_to_server.size() + said.compression_to_server.size();
  CHECK(tls::hassh(said).raw.size() == raw + 3);
  std::vector<uint8_t> longer(packets.begin(), packets.end());
  longer.insert(longer.end(), {0xff, 0xff, 0xff, 0xff});
  const auto again = tls::parse_ssh_kexinit(longer);
  CHECK(again.ok() && tls::hassh(again.value()).raw == tls::hassh(said).raw);
}

tls::Observation session_of(Bytes client, Bytes server) {
  static std::vector<uint8_t> buffers[2];
  flowtable::HandshakeCapture capture;
  capture.kind = flowtable::CaptureKind::ssh;
  capture.flow.syn_seen = true;
  const Bytes sides[] = {client, server};
  for (size_t side = 0; side < 2; ++side) {
    buffers[side].assign(sides[side].size() + 1, 0);
    capture.streams[side].start(buffers[side], 1);
    capture.streams[side].insert(1, sides[side]);
  }
  return tls::read_ssh_session(capture).observation;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes stream(data, size);
  check_kexinit(stream);
  const auto id = tls::find_ssh_identification(stream);
  if (id.ok()) {
    CHECK(id.value().line.size() < tls::kSshLineBytesMax && id.value().end <= size);
    check_kexinit(stream.subspan(id.value().end));
  }
  const tls::Observation same = session_of(stream, stream);
  CHECK(same.ssh->client_id == same.ssh->server_id);
  CHECK(same.ssh->hassh.has_value() == same.ssh->hassh_server.has_value());
  CHECK(same.complete() == same.ssh->hassh.has_value());
  const tls::Observation alone = session_of(stream, {});
  CHECK(!alone.complete() && alone.ssh->client_id == same.ssh->client_id);
  return 0;
}
