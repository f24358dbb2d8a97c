// SPDX-License-Identifier: Apache-2.0
#include "tests/support/path_under_test.hpp"

#include "dataplane/packet_decode.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace tests {
namespace {

using dataplane::TcpFlags;
using flowtable::FlowClass;
using flowtable::FlowTable;
using flowtable::HandshakeCapture;

constexpr uint64_t kSeed = 0xfeedface;
constexpr int64_t kStartNs = 1'700'000'000'000'000'000;

FlowTable::Options table_options(const PathLimits& limits) {
  using std::chrono::seconds;
  FlowTable::Options options;
  options.flows_max = limits.flows_max;
  options.timeout[static_cast<size_t>(FlowClass::embryonic)] = seconds(10);
  options.timeout[static_cast<size_t>(FlowClass::handshaking)] = seconds(30);
  options.timeout[static_cast<size_t>(FlowClass::established)] = seconds(300);
  options.timeout[static_cast<size_t>(FlowClass::closing)] = seconds(5);
  return options;
}

flowtable::CapturePool::Options pool_options(const PathLimits& limits) {
  flowtable::CapturePool::Options options;
  options.captures_max = limits.captures_max;
  options.large_max = limits.large_max;
  return options;
}

dataplane::PathOptions path_options(dataplane::PathOptions options, const PathLimits& limits) {
  options.openings_max = limits.openings_max;
  options.syns_max = limits.syns_max;
  return options;
}

}  // namespace

size_t TakenCapture::side_of(const flowtable::Endpoint& sender) const {
  return index_of(flow.key.endpoint(flowtable::Side::a) == sender ? flowtable::Side::a
                                                                  : flowtable::Side::b);
}

const ByteString& TakenCapture::from(const flowtable::Endpoint& sender) const {
  return streams[side_of(sender)];
}

PathUnderTest::PathUnderTest(const PathLimits& limits, const dataplane::PathOptions& options)
    : intake_({}, counters_),
      table_(table_options(limits)),
      pool_(pool_options(limits)),
      exchange_(limits.handoff_capacity, limits.captures_max),
      ring_(pool_, exchange_, counters_),
      path_(path_options(options, limits), table_, ring_, counters_) {}

bool PathUnderTest::decode(const ByteString& frame, dataplane::PacketView& out) const {
  return decode_packet(dataplane::LinkType::ethernet, frame, {now_, 0, kSeed}, out) ==
         dataplane::DropReason::none;
}

void PathUnderTest::accept(const ByteString& frame) {
  accept_burst(std::span(&frame, 1));
}

void PathUnderTest::accept_burst(std::span<const ByteString> frames) {
  std::vector<dataplane::PacketView> views;
  const auto finish = [&] {
    path_.accept(views);
    intake_.end_burst();
    views.clear();
  };
  for (const ByteString& frame : frames) {
    if (!intake_.has_room()) finish();
    dataplane::IntakeFrame taken{.bytes = frame, .meta = {now_, 0, kSeed}};
    dataplane::PacketView view;
    const auto result = intake_.take(taken, view);
    if (result.fate == dataplane::PacketIntake::Fate::view) views.push_back(view);
  }
  finish();
}

void PathUnderTest::drain() {
  intake_.drain();
  path_.drain();
}

std::vector<TakenCapture> PathUnderTest::take() {
  std::vector<TakenCapture> out;
  std::array<HandshakeCapture*, 8> captures{};
  while (const size_t count = exchange_.handed_off.pop(captures)) {
    for (HandshakeCapture* capture : std::span(captures).first(count)) {
      TakenCapture& taken = out.emplace_back();
      taken.flow = capture->flow;
      taken.end = capture->end;
      taken.kind = capture->kind;
      taken.opening = capture->opening;
      taken.framing = capture->framing;
      taken.plaintext_before = capture->plaintext_before;
      for (size_t side = 0; side < 2; ++side) {
        const flowtable::Bytes bytes = capture->stream(static_cast<flowtable::Side>(side));
        taken.streams[side].assign(bytes.begin(), bytes.end());
        taken.conflict[side] = capture->streams[side].conflict();
        taken.truncated[side] = capture->streams[side].truncated();
      }
      if (!exchange_.returned.push(capture)) std::abort();
    }
  }
  ring_.recycle();
  return out;
}

void PathUnderTest::set_seconds(double seconds) {
  now_ = flowtable::tick_from_ns(kStartNs + static_cast<int64_t>(seconds * 1e9));
}

const flowtable::Flow* PathUnderTest::flow_of(const ByteString& frame) {
  dataplane::PacketView view;
  return decode(frame, view) ? table_.find(view.key, view.hash) : nullptr;
}

void play(PathUnderTest& path, const std::vector<ByteString>& frames) {
  for (const ByteString& frame : frames)
    path.accept(frame);
}

void append(std::vector<ByteString>& to, const std::vector<ByteString>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

void expect_direction(const ByteString& captured, const ByteString& sent, size_t clear_bytes) {
  ASSERT_GE(captured.size(), clear_bytes);
  ASSERT_LE(captured.size(), sent.size());
  EXPECT_TRUE(std::equal(captured.begin(), captured.end(), sent.begin()));
}

std::vector<ByteString> Conversation::handshake() {
  std::vector<ByteString> frames;
  frames.push_back(PacketBuilder(client_, server_).tcp(TcpFlags::kSyn, client_seq_++).build());
  frames.push_back(PacketBuilder(server_, client_)
                       .tcp(TcpFlags::kSyn | TcpFlags::kAck, server_seq_++, client_seq_)
                       .build());
  frames.push_back(client_flags(TcpFlags::kAck));
  return frames;
}

std::vector<ByteString> Conversation::send(End end, const ByteString& bytes, size_t segment_bytes) {
  std::vector<ByteString> frames;
  for (size_t at = 0; at < bytes.size(); at += segment_bytes) {
    const ByteString part = part_of(bytes, at, std::min(segment_bytes, bytes.size() - at));
    frames.push_back(PacketBuilder(end.self, end.peer)
                         .tcp(TcpFlags::kAck | TcpFlags::kPsh, end.seq, end.ack)
                         .payload(part)
                         .build());
    end.seq += static_cast<uint32_t>(part.size());
  }
  return frames;
}

ByteString Conversation::flags(End end, uint8_t flags) {
  ByteString frame = PacketBuilder(end.self, end.peer).tcp(flags, end.seq, end.ack).build();
  if (flags & TcpFlags::kFin) ++end.seq;
  return frame;
}

std::vector<ByteString> Conversation::client_sends(const ByteString& bytes, size_t segment_bytes) {
  return send({client_, server_, client_seq_, server_seq_}, bytes, segment_bytes);
}

std::vector<ByteString> Conversation::server_sends(const ByteString& bytes, size_t segment_bytes) {
  return send({server_, client_, server_seq_, client_seq_}, bytes, segment_bytes);
}

ByteString Conversation::client_flags(uint8_t flags_sent) {
  return flags({client_, server_, client_seq_, server_seq_}, flags_sent);
}

ByteString Conversation::server_flags(uint8_t flags_sent) {
  return flags({server_, client_, server_seq_, client_seq_}, flags_sent);
}

}  // namespace tests
