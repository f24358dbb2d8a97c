// SPDX-License-Identifier: Apache-2.0
// TCP of our own connections: the scanner's side, from the answer to a probe to the last FIN.
#pragma once

#include "dataplane/packet_view.hpp"
#include "dataplane/scan/dial_queue.hpp"
#include "dataplane/scan/frame_sink.hpp"
#include "dataplane/scan/scan_counter.hpp"
#include "dataplane/scan/scan_frame.hpp"
#include "dataplane/scan/tcp_connection.hpp"
#include "dataplane/scan/tcp_options.hpp"
#include "dataplane/scan/wake_wheel.hpp"
#include "flowtable/base/aligned_array.hpp"
#include "flowtable/free_numbers.hpp"
#include "flowtable/scan_exchange.hpp"
#include "flowtable/spsc_ring.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace dataplane {

struct TcpClientLimits {
  uint32_t connections_max = 4096;
  uint32_t bytes_max = 256 * 1024;  // that one peer may bring
  flowtable::TickSpan silence_max = std::chrono::seconds(5);
  flowtable::TickSpan duration_max = std::chrono::seconds(20);
};

// The connections of one poll core: those that answers to its probes begin, and those that workers
// dial. Bytes that arrive in order go to the workers as they come,
// those that do not wait in a buffer of 16 KiB; what a worker says is sent, and sent again until it
// is acknowledged. Every connection ends after duration_max at the latest and gives its slot back.
// RFC 9293; RFC 5961 for segments that somebody else may have made; RFC 7323 for timestamps, which
// tell the round trip. No congestion window: a connection sends a few hundred bytes.
class TcpClient {
 public:
  using EventRing = flowtable::SpscRing<flowtable::ScanEvent>;
  static constexpr uint32_t kReceiveBytes = 16 * 1024;
  static constexpr uint16_t kMss = 1460;  // that we can take; IPv6 peers get 20 bytes less
  static constexpr size_t kWordsMax = TcpConnection::kWordsMax;  // not yet acknowledged

  struct Parts {
    EventRing& events;
    FrameSink& sink;
    DialQueue& queue;
    ScanCounters& counters;
    uint16_t mss = kMss;  // of our SYNs
    uint8_t dial_attempts = 3;
    uint64_t hash_seed = 0;  // that of the packets that are shown
  };
  TcpClient(const TcpClientLimits& limits, const Parts& parts, flowtable::Tick now);

  // A SYN-ACK whose cookie was found right: completes the handshake and sends `first_words` with
  // its ACK (may be empty; at most ScanEvent::kBytesMax). False where there is no slot: nothing is
  // sent, so that the peer's SYN-ACK comes again, or the target is asked again.
  [[nodiscard]] bool open(const PacketView& syn_ack, const LinkHeader& link,
                          flowtable::Bytes first_words, uint32_t job = 0) noexcept;

  // What a worker dials, not with UDP, from a port that no connection to there is_using(); its SYN
  // waits in the queue, then is sent with `sequence`. False where there is no slot.
  struct DialFrom {
    flowtable::Endpoint ours;
    uint32_t sequence = 0;
  };
  [[nodiscard]] bool dial(const flowtable::ScanDial& dial, const DialFrom& from,
                          flowtable::Tick now) noexcept;
  [[nodiscard]] bool is_using(const flowtable::Endpoint& ours,
                              const flowtable::Endpoint& server) const noexcept;
  // The queue's answers: the sink has room; it never will (no way to there).
  void start(uint32_t slot, const LinkHeader& link, flowtable::Tick now) noexcept;
  void cannot_start(uint32_t slot, flowtable::Tick now) noexcept;
  // While nothing may be sent dials do not run out of time.
  void set_sending(bool sending) noexcept { sending_ = sending; }
  // Ends all that belongs to jobs before this one.
  void end_jobs_before(uint32_t job, flowtable::Tick now) noexcept;
  // True where it speaks of one of our connections.
  bool take_icmp(const IcmpError& error, flowtable::Tick now) noexcept;
  // A segment to one of our connections; false where it belongs to none.
  [[nodiscard]] bool accept(const PacketView& packet) noexcept;
  void obey(const flowtable::ScanOrder& order, flowtable::Tick now) noexcept;
  // Once per burst: sends the ACKs that are due; and what time asks for.
  void finish_burst(flowtable::Tick now) noexcept;

  [[nodiscard]] uint32_t num_connections() const noexcept {
    return limits_.connections_max - free_.size();
  }
  [[nodiscard]] uint32_t num_free() const noexcept { return free_.size(); }
  [[nodiscard]] const ScanCounters& counters() const noexcept { return counters_; }

 private:
  static constexpr uint32_t kNone = TcpConnection::kNone;
  using State = TcpClientState;
  using Connection = TcpConnection;

  [[nodiscard]] uint32_t find(const flowtable::FlowKey& key, uint64_t hash) const noexcept;
  [[nodiscard]] uint32_t take_slot() noexcept;
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

  [[nodiscard]] bool begin(uint32_t slot, const PacketView& syn_ack) noexcept;
  void take_answer(uint32_t slot, const PacketView& packet) noexcept;
  void look_at_dial(uint32_t slot, flowtable::Tick now) noexcept;
  void give_up_dial(uint32_t slot, flowtable::Tick now) noexcept;
  void withdraw(Connection& at) noexcept;
  void ask_to_start(uint32_t slot, flowtable::Tick now) noexcept;
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
  [[nodiscard]] bool tell_end(uint32_t slot, flowtable::Tick now) noexcept;
  void look_at(uint32_t slot, flowtable::Tick now) noexcept;
  void resend(uint32_t slot, flowtable::Tick now) noexcept;
  void schedule(uint32_t slot) noexcept;
  [[nodiscard]] std::span<uint8_t> buffer(uint32_t slot) const noexcept {
    return {buffers_.get() + size_t{slot} * kReceiveBytes, kReceiveBytes};
  }

  const TcpClientLimits limits_;
  const uint16_t syn_mss_;
  const uint8_t dial_attempts_;
  const uint64_t hash_seed_;
  EventRing& events_;
  FrameSink& sink_;
  DialQueue& queue_;
  ScanCounters& counters_;
  std::vector<Connection> connections_;
  flowtable::FreeNumbers free_;
  std::vector<uint32_t> heads_;  // of chains of equal low hash bits
  std::vector<uint32_t> acks_;   // slots with ack_listed
  uint32_t num_acks_ = 0;
  flowtable::AlignedArray<uint8_t> buffers_;
  WakeWheel wheel_;
  bool sending_ = true;
};

}  // namespace dataplane
