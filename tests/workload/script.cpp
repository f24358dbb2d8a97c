// SPDX-License-Identifier: Apache-2.0
#include "tests/workload/script.hpp"

#include "dataplane/capture/capture_file.hpp"
#include "dataplane/packet_decode.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <stdexcept>

namespace workload {
namespace {

using dataplane::CaptureFile;
using dataplane::CaptureFrame;
using dataplane::CaptureStep;
using dataplane::PacketView;
using flowtable::Side;

// Record type handshake, any version, and a ClientHello in it.
bool begins_with_hello(flowtable::Bytes bytes) {
  return bytes.size() > 43 && bytes[0] == 22 && bytes[1] == 3 && bytes[5] == 1;
}
constexpr size_t kRandomAt = 5 + 4 + 2;  // record header, message header, version

// One conversation while its packets are read.
struct Heard {
  std::array<std::optional<uint32_t>, 2> next_seq;
  std::optional<Side> client;
  bool broken = false;
  size_t bytes = 0;
  Script script;
};

void append(Heard& heard, bool from_client, flowtable::Bytes bytes) {
  heard.bytes += bytes.size();
  for (size_t at = 0; at < bytes.size(); at += kSegmentBytesMax) {
    const auto piece = bytes.subspan(at, std::min(kSegmentBytesMax, bytes.size() - at));
    heard.script.segments.push_back({from_client, {piece.begin(), piece.end()}});
  }
}

// The bytes of a packet that nobody has heard yet; a hole breaks the conversation.
flowtable::Bytes fresh_bytes(Heard& heard, const PacketView& packet) {
  auto& next = heard.next_seq[index_of(packet.sender)];
  if (!next) next = packet.seq;
  const auto behind = static_cast<int32_t>(*next - packet.seq);
  if (behind < 0 || packet.missing_bytes != 0) heard.broken = true;
  if (heard.broken || behind >= static_cast<int64_t>(packet.payload.size())) return {};
  *next = packet.seq + static_cast<uint32_t>(packet.payload.size());
  return packet.payload.subspan(static_cast<size_t>(behind));
}

void hear(Heard& heard, const PacketView& packet) {
  if (packet.payload.empty() || heard.broken || heard.bytes > Script::kScriptBytesMax) return;
  const flowtable::Bytes bytes = fresh_bytes(heard, packet);
  if (bytes.empty()) return;
  if (!heard.client) {
    if (!begins_with_hello(bytes)) {
      heard.broken = true;
      return;
    }
    heard.client = packet.sender;
    heard.script.server_port = packet.key.endpoint(other(packet.sender)).port;
    heard.script.random_at = kRandomAt;
  }
  append(heard, packet.sender == *heard.client, bytes);
}

// TBSCertificate of version 3 (RFC 5280 section 4.1): SEQUENCE, [0] { INTEGER 2 }, INTEGER of at
// least 8 bytes. The first byte is left alone, so that the number stays a positive one.
void find_serial(Script& script) {
  constexpr std::array<uint8_t, 6> kBefore{0xa0, 0x03, 0x02, 0x01, 0x02, 0x02};
  for (size_t i = 0; i < script.segments.size(); ++i) {
    const Segment& segment = script.segments[i];
    if (segment.from_client) continue;
    const auto& bytes = segment.bytes;
    // Not std::ranges::search: clang 14 does not compile GCC 12's.
    const auto found = std::search(bytes.begin(), bytes.end(), kBefore.begin(), kBefore.end());
    if (found == bytes.end()) continue;
    const auto at = static_cast<size_t>(found - bytes.begin()) + kBefore.size();
    if (at + 10 > segment.bytes.size() || segment.bytes[at] < 9) continue;
    script.serial_segment = i;
    script.serial_at = at + 2;
    return;
  }
}

bool is_whole(const Heard& heard) {
  const bool answered = std::ranges::any_of(
      heard.script.segments, [](const Segment& segment) { return !segment.from_client; });
  return !heard.broken && heard.client && answered;
}

void read_file(const std::string& path, std::vector<Script>& out) {
  auto file = CaptureFile::open(path);
  if (!file) throw std::runtime_error(file.error().message);
  std::map<std::array<uint64_t, 5>, Heard> all;
  CaptureFrame frame;
  while (file.value().next(frame) == CaptureStep::frame) {
    PacketView packet;
    const auto reason = dataplane::decode_packet(frame.link, frame.bytes,
                                                 {frame.tick, frame.wire_bytes, 0}, packet);
    if (reason != dataplane::DropReason::none || packet.key.protocol() != 6) continue;
    hear(all[packet.key.words], packet);
  }
  for (auto& [key, heard] : all) {
    if (!is_whole(heard)) continue;
    find_serial(heard.script);
    out.push_back(std::move(heard.script));
  }
}

}  // namespace

std::vector<Script> read_scripts(const std::vector<std::string>& files) {
  std::vector<Script> out;
  for (const std::string& file : files)
    read_file(file, out);
  if (out.empty()) throw std::runtime_error("no whole TLS session in the files that were given");
  return out;
}

}  // namespace workload
