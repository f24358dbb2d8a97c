// SPDX-License-Identifier: Apache-2.0
// TCP of our own connections: the scanner's side, from the answer to a probe to the last FIN.
#pragma once

#include "dataplane/packet_view.hpp"
#include "dataplane/scan/scan_counter.hpp"
#include "dataplane/scan/segment_writer.hpp"
#include "dataplane/scan/tcp_options.hpp"
#include "dataplane/scan/wake_wheel.hpp"
#include "flowtable/base/aligned_array.hpp"
#include "flowtable/reassembly.hpp"
#include "flowtable/scan_exchange.hpp"
#include "flowtable/spsc_ring.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace dataplane {

// Where frames go. `room` is empty while the transmit ring is full.
class FrameSink {
 public:
  virtual ~FrameSink() = default;
  [[nodiscard]] virtual std::span<uint8_t> room() noexcept = 0;
  virtual void send(size_t length) noexcept = 0;  // what was written into the room
};

struct TcpClientLimits {
  uint32_t connections_max = 4096;
  uint32_t bytes_max = 256 * 1024;  // that one peer may bring
  flowtable::TickSpan silence_max = std::chrono::seconds(5);
  flowtable::TickSpan duration_max = std::chrono::seconds(20);
};

// The connections of one poll core. Bytes that arrive in order go to the workers as they come,
// those that do not wait in a buffer of 16 KiB; what a worker says is sent, and sent again until it
// is acknowledged. Every connection ends after duration_max at the latest and gives its slot back.
// RFC 9293; RFC 5961 for segments that somebody else may have made; RFC 7323 for timestamps, which
// tell the round trip. No congestion window: a connection sends a few hundred bytes.
class TcpClient {
 public:
  using EventRing = flowtable::SpscRing<flowtable::ScanEvent>;
  static constexpr uint32_t kReceiveBytes = 16 * 1024;
  static constexpr uint16_t kMss = 1460;     // that we can take; IPv6 peers get 20 bytes less
  static constexpr size_t kWordsMax = 2048;  // not yet acknowledged

  TcpClient(const TcpClientLimits& limits, EventRing& events, FrameSink& sink, flowtable::Tick now);

  // A SYN-ACK whose cookie was found right: completes the handshake and sends `first_words` with
  // its ACK (may be empty; at most ScanEvent::kBytesMax). False where there is no slot: nothing is
  // sent, so that the peer's SYN-ACK comes again, or the target is asked again.
  [[nodiscard]] bool open(const PacketView& syn_ack, const LinkHeader& link,
                          flowtable::Bytes first_words) noexcept;
  // A segment to one of our connections; false where it belongs to none.
  [[nodiscard]] bool accept(const PacketView& packet) noexcept;
  void obey(const flowtable::ScanOrder& order, flowtable::Tick now) noexcept;
  // Once per burst: sends the ACKs that are due; and what time asks for.
  void finish_burst(flowtable::Tick now) noexcept;

  [[nodiscard]] uint32_t num_connections() const noexcept {
    return limits_.connections_max - static_cast<uint32_t>(free_.size());
  }
  [[nodiscard]] const ScanCounters& counters() const noexcept { return counters_; }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  enum class State : uint8_t {
    free,
    open,
    closing,  // our FIN is on its way, what still comes is thrown away
    over      // the workers have not been told yet how it ended
  };

  struct Connection {
    flowtable::FlowKey key;
    uint64_t hash = 0;
    flowtable::Endpoint server;
    flowtable::Endpoint ours;
    LinkHeader link;
    flowtable::StreamAssembler in;
    uint32_t delivered = 0;     // of its prefix
    uint32_t sent_seq = 0;      // of the first byte that was not acknowledged
    uint32_t next_seq = 0;      // of the first that was not sent
    uint32_t fin_seq = 0;       // the peer's, where has_fin
    uint32_t bytes_before = 0;  // that came before what `in` holds
    uint32_t peer_window = 0;
    uint32_t peer_timestamp = 0;
    uint32_t generation = 0;
    uint32_t chain_next = kNone;
    uint16_t mss = 536;  // RFC 9293 section 3.7.1
    uint16_t num_words = 0;
    uint8_t window_shift = 0;
    uint8_t resends = 0;
    State state = State::free;
    flowtable::ScanEventKind how_over = flowtable::ScanEventKind::timed_out;
    bool timestamps = false;
    bool has_fin = false;
    bool fin_sent = false;
    bool ack_due = false;
    flowtable::TickSpan timeout{};       // of the retransmission under way
    flowtable::TickSpan base_timeout{};  // of the first one
    flowtable::Tick resend_at{};
    flowtable::Tick silent_at{};
    flowtable::Tick over_at{};
    std::array<uint8_t, kWordsMax> words{};  // from sent_seq on
  };

  [[nodiscard]] uint32_t find(const PacketView& packet) const noexcept;
  [[nodiscard]] static flowtable::TickSpan first_timeout(const TcpOptions& options,
                                                         flowtable::Tick now) noexcept;
  [[nodiscard]] static uint32_t receive_next(const Connection& at) noexcept {
    return at.in.base_seq() + at.delivered;
  }
  // All up to the peer's FIN has been handed over.
  [[nodiscard]] static bool has_all(const Connection& at) noexcept {
    return at.has_fin && receive_next(at) == at.fin_seq;
  }
  void link_in(uint32_t slot) noexcept;
  void free_slot(uint32_t slot) noexcept;

  void take_reset(uint32_t slot, const PacketView& packet) noexcept;
  [[nodiscard]] bool take_ack(Connection& at, const PacketView& packet) noexcept;
  void take_payload(uint32_t slot, const PacketView& packet) noexcept;
  // Hands over what is in order, then the peer's FIN.
  void deliver(uint32_t slot, flowtable::Tick now) noexcept;
  void take_fin(uint32_t slot, flowtable::Tick now) noexcept;
  void start_over(uint32_t slot) noexcept;

  void send_words(Connection& at, flowtable::Tick now) noexcept;
  struct Part {
    uint8_t flags;
    uint32_t seq;
    flowtable::Bytes payload;
  };
  void send_segment(Connection& at, const Part& part, flowtable::Tick now) noexcept;
  void acknowledge(uint32_t slot) noexcept;
  void close(uint32_t slot, flowtable::Tick now) noexcept;
  void reset(Connection& at, flowtable::Tick now) noexcept;
  void end(uint32_t slot, flowtable::ScanEventKind kind, flowtable::Tick now) noexcept;
  bool tell(uint32_t slot, flowtable::ScanEventKind kind, flowtable::Bytes bytes,
            flowtable::Tick now) noexcept;
  void look_at(uint32_t slot, flowtable::Tick now) noexcept;
  void resend(uint32_t slot, flowtable::Tick now) noexcept;
  void schedule(uint32_t slot) noexcept;
  [[nodiscard]] std::span<uint8_t> buffer(uint32_t slot) const noexcept {
    return {buffers_.get() + size_t{slot} * kReceiveBytes, kReceiveBytes};
  }

  const TcpClientLimits limits_;
  EventRing& events_;
  FrameSink& sink_;
  ScanCounters counters_;
  std::vector<Connection> connections_;
  std::vector<uint32_t> free_;
  std::vector<uint32_t> heads_;  // of chains of equal low hash bits
  std::vector<uint32_t> acks_;   // slots with ack_due
  flowtable::AlignedArray<uint8_t> buffers_;
  WakeWheel wheel_;
};

}  // namespace dataplane
