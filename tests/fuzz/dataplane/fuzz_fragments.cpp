// SPDX-License-Identifier: Apache-2.0
// Fragments against a model that keeps every byte of every datagram by itself, and packets put
// together against the same packets whole: both must be decoded alike. Input: 40 bytes that the
// datagrams begin with (a TCP header where the fuzzer wants), then commands of four bytes:
//   which datagram, version, more to follow, other bytes | offset / 8 | length | how often
#include "dataplane/fragment_table.hpp"
#include "dataplane/packet_decode.hpp"
#include "flowtable/base/check.hpp"
#include "tests/support/ip_fragmenter.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

namespace {

using dataplane::DropReason;
using dataplane::FragmentTable;
using dataplane::LinkType;
using dataplane::PathCounter;
using flowtable::Bytes;
using tests::ByteString;

constexpr size_t kStartBytes = 40;
constexpr size_t kCommandBytes = 4;
constexpr size_t kDatagramMax = 8 * 256 + 8 * 32;

// An IP header whose length and protocol fragment_of() fills in.
ByteString header_of(bool v6) {
  ByteString out(v6 ? 40 : 20, 0);
  out[0] = v6 ? 0x60 : 0x45;
  out[v6 ? 6 : 9] = 6;
  out[v6 ? 7 : 8] = 61;
  out[out.size() - 1] = 7;
  return out;
}

// RFC 791, RFC 8200 and RFC 5722 in the plainest way.
struct Model {
  enum class State : uint8_t { open, joined, broken };
  State state = State::open;
  bool v6 = false;
  std::vector<int> bytes;  // -1: not there
  size_t length = 0;       // 0: not told

  // True where the datagram is whole by this.
  bool add(size_t offset, Bytes payload, bool more) {
    if (state != State::open) return false;
    const size_t end = offset + payload.size();
    const bool other_end = !more && (bytes.size() > end || (length != 0 && length != end));
    if (other_end || (length != 0 && end > length) || (v6 && overlaps(offset, payload))) {
      state = State::broken;
      return false;
    }
    if (!more) length = end;
    if (bytes.size() < end) bytes.resize(end, -1);
    for (size_t i = 0; i < payload.size(); ++i)
      if (bytes[offset + i] < 0) bytes[offset + i] = payload[i];
    if (length == 0 || std::ranges::find(bytes, -1) != bytes.end()) return false;
    state = State::joined;
    return true;
  }

 private:
  // More than a repetition of what is there.
  bool overlaps(size_t offset, Bytes payload) const {
    size_t there = 0;
    bool differs = false;
    for (size_t i = 0; i < payload.size(); ++i) {
      if (offset + i >= bytes.size() || bytes[offset + i] < 0) continue;
      ++there;
      differs = differs || bytes[offset + i] != payload[i];
    }
    return there > 0 && (there < payload.size() || differs);
  }
};

class Script {
 public:
  explicit Script(Bytes start) : pattern_(kDatagramMax) {
    for (size_t i = 0; i < pattern_.size(); ++i)
      pattern_[i] = i < start.size() ? start[i] : static_cast<uint8_t>(i * 37 + i / 256);
  }

  void play(Bytes commands) {
    while (commands.size() >= kCommandBytes) {
      for (int i = 0; i <= commands[3] % 3; ++i)
        take(commands);
      commands = commands.subspan(kCommandBytes);
    }
    table_.drain();
    const auto& drops = counters_.drops;
    CHECK(table_.num_open() == 0);
    CHECK(counters_.path.get(PathCounter::datagrams_fragmented) == models_.size());
    CHECK(counters_.path.get(PathCounter::datagrams_fragmented) ==
          counters_.path.get(PathCounter::datagrams_reassembled) +
              drops.get(DropReason::fragment_timeout) + drops.get(DropReason::fragment_overlap));
    CHECK(drops.get(DropReason::fragment_table_full) == 0);
  }

 private:
  void take(Bytes command) {
    const bool v6 = (command[0] & 0x10) != 0;
    const bool more = (command[0] & 0x20) != 0;
    const uint32_t id = command[0] & 0x0f;
    const size_t offset = command[1] * size_t{8};
    // Also such as no sender makes: empty, or of an odd length though more follow.
    const size_t length = command[2];
    if (offset == 0 && !more) return;  // a whole packet
    ByteString packet = tests::join({header_of(v6), pattern_});
    if (command[0] & 0x40) {
      for (size_t i = header_of(v6).size(); i < packet.size(); ++i)
        packet[i] ^= 0x55;
    }
    const ByteString fragment = tests::fragment_of(packet, {offset, offset + length, more, id});
    dataplane::FragmentView view;
    CHECK(decode_fragment(LinkType::raw_ip, fragment, {}, view) == DropReason::none);
    CHECK(view.offset == offset && view.payload.size() == length && view.more_follow == more);
    const dataplane::JoinedPacket joined = table_.take(view, room_);
    if (length == 0 || (more && length % 8 != 0)) {
      CHECK(joined.bytes.empty());
      return;
    }
    Model& model = models_[{v6, id}];
    model.v6 = v6;
    const bool whole = model.add(offset, view.payload, more);
    CHECK(whole == !joined.bytes.empty());
    if (whole) check_joined(model, joined.bytes);
  }

  static void check_joined(const Model& model, Bytes joined) {
    const ByteString header = header_of(model.v6);
    ByteString bytes(model.bytes.begin(), model.bytes.end());
    const ByteString whole = tests::with_payload(header, 6, bytes);
    CHECK(joined.size() == whole.size());
    CHECK(std::ranges::equal(joined.subspan(header.size()), bytes));
    dataplane::PacketView left, right;
    const DropReason reason = decode_packet(LinkType::raw_ip, joined, {}, left);
    CHECK(reason == decode_packet(LinkType::raw_ip, whole, {}, right));
    if (reason != DropReason::none) return;
    CHECK(left.key == right.key && left.seq == right.seq && left.tcp_flags == right.tcp_flags);
    CHECK(left.ttl == right.ttl && left.missing_bytes == 0 && right.missing_bytes == 0);
    CHECK(std::ranges::equal(left.payload, right.payload));
  }

  ByteString pattern_;
  dataplane::CoreCounters counters_;
  FragmentTable table_{{.datagrams_max = 64, .blocks_max = 128}, counters_};
  std::map<std::pair<bool, uint32_t>, Model> models_;
  std::vector<uint8_t> room_ = std::vector<uint8_t>(FragmentTable::kPacketBytesMax);
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < kStartBytes) return 0;
  Script(Bytes(data, kStartBytes)).play(Bytes(data, size).subspan(kStartBytes));
  return 0;
}
