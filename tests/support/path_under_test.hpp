// SPDX-License-Identifier: Apache-2.0
// A whole packet path for tests: frames go in as bytes, handed-off captures come out as copies.
#pragma once

#include "dataplane/packet_intake.hpp"
#include "dataplane/packet_path.hpp"
#include "tests/support/packet_builder.hpp"

#include <array>
#include <span>
#include <string>
#include <vector>

namespace tests {

struct PathLimits {
  uint32_t flows_max = 256;
  uint32_t captures_max = 16;
  uint32_t large_max = 2;
  size_t handoff_capacity = 16;
  uint32_t openings_max = 256;
  uint32_t syns_max = 256;
};

// What a worker would have been given.
struct TakenCapture {
  flowtable::FlowSummary flow;
  flowtable::CaptureEnd end{};
  flowtable::CaptureKind kind{};
  flowtable::Opening opening;
  std::array<flowtable::Framing, 2> framing{};  // by Side
  std::array<ByteString, 2> streams;            // by Side
  std::array<uint32_t, 2> plaintext_before{};   // by Side
  std::array<bool, 2> conflict{};
  std::array<bool, 2> truncated{};

  // The direction that `sender` sent.
  [[nodiscard]] const ByteString& from(const flowtable::Endpoint& sender) const;
  [[nodiscard]] size_t side_of(const flowtable::Endpoint& sender) const;
};

class PathUnderTest {
 public:
  explicit PathUnderTest(const PathLimits& limits = {}, const dataplane::PathOptions& options = {});

  // Takes a frame in and lets the path follow it, as a burst of its own.
  void accept(const ByteString& frame);
  // The same for several frames as one burst.
  void accept_burst(std::span<const ByteString> frames);

  // Plays the worker: takes what has been handed off and sends the buffers home.
  [[nodiscard]] std::vector<TakenCapture> take();
  void drain();

  void set_seconds(double seconds);  // of packets from here on
  size_t expire(size_t budget = 1000) { return path_.expire(now_, budget); }

  [[nodiscard]] uint64_t count(dataplane::PathCounter name) const {
    return counters_.path.get(name);
  }
  [[nodiscard]] uint64_t drops(dataplane::DropReason reason) const {
    return counters_.drops.get(reason);
  }
  [[nodiscard]] uint32_t captures_free() const { return pool_.num_free(); }
  [[nodiscard]] uint32_t num_flows() const { return table_.num_flows(); }
  // The flow of this frame, or null.
  [[nodiscard]] const flowtable::Flow* flow_of(const ByteString& frame);
  [[nodiscard]] dataplane::PacketPath& path() { return path_; }

  // `out` borrows from `frame`.
  [[nodiscard]] bool decode(const ByteString& frame, dataplane::PacketView& out) const;

 private:
  dataplane::CoreCounters counters_;
  dataplane::PacketIntake intake_;
  flowtable::FlowTable table_;
  flowtable::CapturePool pool_;
  flowtable::CaptureExchange exchange_;
  dataplane::HandoffRing ring_;
  dataplane::PacketPath path_;
  flowtable::Tick now_ = flowtable::tick_from_ns(1'700'000'000'000'000'000);
};

// Each frame as a burst of its own.
void play(PathUnderTest& path, const std::vector<ByteString>& frames);
void append(std::vector<ByteString>& to, const std::vector<ByteString>& more);

// The capture holds the direction from its start, at least as far as it is in clear.
void expect_direction(const ByteString& captured, const ByteString& sent, size_t clear_bytes);

// One TCP connection whose frames are made in order; a test may send them in any.
class Conversation {
 public:
  Conversation(const flowtable::Endpoint& client, const flowtable::Endpoint& server,
               uint32_t client_isn = 1000, uint32_t server_isn = 5000)
      : client_(client), server_(server), client_seq_(client_isn), server_seq_(server_isn) {}

  // Three frames.
  [[nodiscard]] std::vector<ByteString> handshake();
  // `bytes` in segments of at most `segment_bytes`, each one frame.
  [[nodiscard]] std::vector<ByteString> client_sends(const ByteString& bytes,
                                                     size_t segment_bytes = 1400);
  [[nodiscard]] std::vector<ByteString> server_sends(const ByteString& bytes,
                                                     size_t segment_bytes = 1400);
  [[nodiscard]] ByteString client_flags(uint8_t flags);
  [[nodiscard]] ByteString server_flags(uint8_t flags);

  [[nodiscard]] const flowtable::Endpoint& client() const { return client_; }
  [[nodiscard]] const flowtable::Endpoint& server() const { return server_; }

 private:
  struct End {
    const flowtable::Endpoint& self;
    const flowtable::Endpoint& peer;
    uint32_t& seq;
    uint32_t ack;
  };
  [[nodiscard]] std::vector<ByteString> send(End end, const ByteString& bytes,
                                             size_t segment_bytes);
  [[nodiscard]] static ByteString flags(End end, uint8_t flags);

  flowtable::Endpoint client_;
  flowtable::Endpoint server_;
  uint32_t client_seq_;  // next to send
  uint32_t server_seq_;
};

}  // namespace tests
