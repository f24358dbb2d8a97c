// SPDX-License-Identifier: Apache-2.0
// UDP that workers ask for.
#pragma once

#include "dataplane/packet_view.hpp"
#include "dataplane/scan/dial_queue.hpp"
#include "dataplane/scan/frame_sink.hpp"
#include "dataplane/scan/scan_counter.hpp"
#include "dataplane/scan/scan_frame.hpp"
#include "dataplane/scan/wake_wheel.hpp"
#include "flowtable/free_numbers.hpp"
#include "flowtable/scan_exchange.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace dataplane {

// Conversations of one poll core, each begun by a dial with UDP (flowtable/scan_exchange.hpp says
// what workers see). Its slots are numbered behind those of TCP, so that orders and the queue of
// dials tell them apart. Allocates in the constructor only.
class UdpClient {
 public:
  using EventRing = flowtable::SpscRing<flowtable::ScanEvent>;

  struct Limits {
    uint32_t first_slot = 0;
    uint32_t conversations_max = 1024;
    uint8_t dial_attempts = 3;
    uint32_t bytes_max = 256 * 1024;  // that one peer may bring
    flowtable::TickSpan silence_max = std::chrono::seconds(5);
    flowtable::TickSpan duration_max = std::chrono::seconds(20);
    uint64_t hash_seed = 0;  // that of the packets that are shown
  };
  struct Parts {
    EventRing& events;
    FrameSink& sink;
    DialQueue& queue;
    ScanCounters& counters;
  };
  UdpClient(const Limits& limits, const Parts& parts, flowtable::Tick now);

  // From a port that no conversation with there is_using(). False where there is no slot.
  [[nodiscard]] bool dial(const flowtable::ScanDial& dial, const flowtable::Endpoint& ours,
                          flowtable::Tick now) noexcept;
  [[nodiscard]] bool is_using(const flowtable::Endpoint& ours,
                              const flowtable::Endpoint& server) const noexcept;
  // The queue's answers, as in TcpClient.
  void start(uint32_t slot, const LinkHeader& link, flowtable::Tick now) noexcept;
  void cannot_start(uint32_t slot, flowtable::Tick now) noexcept;
  void set_sending(bool sending) noexcept { sending_ = sending; }
  void end_jobs_before(uint32_t job, flowtable::Tick now) noexcept;

  // False where it belongs to no conversation.
  bool accept(const PacketView& packet) noexcept;
  bool take_icmp(const IcmpError& error, flowtable::Tick now) noexcept;
  void obey(const flowtable::ScanOrder& order, flowtable::Tick now) noexcept;
  void work(flowtable::Tick now) noexcept;

  [[nodiscard]] uint32_t num_conversations() const noexcept {
    return limits_.conversations_max - free_.size();
  }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  enum class State : uint8_t { free, asking, open, over };

  struct Conversation {
    flowtable::FlowKey key;
    uint64_t hash = 0;
    flowtable::Endpoint server;
    flowtable::Endpoint ours;
    LinkHeader link;
    uint64_t token = 0;
    uint32_t job = 0;
    uint32_t generation = 0;
    uint32_t chain_next = kNone;
    uint32_t bytes_heard = 0;
    uint16_t num_words = 0;
    uint8_t times_sent = 0;
    State state = State::free;
    bool queued = false;
    flowtable::ScanEventKind how_over = flowtable::ScanEventKind::timed_out;
    std::array<uint8_t, 2> icmp{};
    flowtable::TickSpan timeout{};
    flowtable::Tick resend_at{};
    flowtable::Tick silent_at{};
    flowtable::Tick over_at{};
    flowtable::Tick sent_at{};
    std::array<uint8_t, flowtable::ScanDial::kBytesMax> words{};
  };

  [[nodiscard]] uint32_t find(const flowtable::FlowKey& key, uint64_t hash) const noexcept;
  void free_place(uint32_t place) noexcept;
  void withdraw(uint32_t place) noexcept;
  void ask_to_start(uint32_t place, flowtable::Tick now) noexcept;
  void give_up(uint32_t place, flowtable::Tick now) noexcept;
  void end(uint32_t place, flowtable::ScanEventKind kind, flowtable::Tick now) noexcept;
  [[nodiscard]] bool tell(uint32_t place, flowtable::ScanEventKind kind, flowtable::Bytes bytes,
                          flowtable::Tick now) noexcept;
  [[nodiscard]] bool tell_end(uint32_t place, flowtable::Tick now) noexcept;
  void send(Conversation& at, flowtable::Bytes words) noexcept;
  void look_at(uint32_t place, flowtable::Tick now) noexcept;
  void look_at_asking(uint32_t place, flowtable::Tick now) noexcept;
  void schedule(uint32_t place) noexcept;

  const Limits limits_;
  EventRing& events_;
  FrameSink& sink_;
  DialQueue& queue_;
  ScanCounters& counters_;
  std::vector<Conversation> conversations_;
  flowtable::FreeNumbers free_;
  std::vector<uint32_t> heads_;  // of chains of equal low hash bits
  WakeWheel wheel_;
  bool sending_ = true;
};

}  // namespace dataplane
