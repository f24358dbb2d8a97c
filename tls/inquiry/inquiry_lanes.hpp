// SPDX-License-Identifier: Apache-2.0
// All inquiries that are under way, each worked on by one thread at a time.
#pragma once

#include "flowtable/scan_exchange.hpp"
#include "tls/inquiry/inquiry.hpp"
#include "tls/inquiry/scan_jobs.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace tls {

// An inquiry, and what it is told in this round. All its connections are of one exchange.
struct InquiryLane {
  InquiryLane(uint64_t id, const InquiryTools& tools, InquiryWishPtr wish,
              const ServiceQuestion& question)
      : inquiry(id, tools, std::move(wish), question) {}

  // Once a round, on any thread.
  void work();

  Inquiry inquiry;
  size_t exchange = 0;
  std::optional<flowtable::Tick> begins;         // with a dial of its own
  std::optional<flowtable::SynFacts> syn_ack;    // of the service, where it begins so
  const flowtable::ScanEvent* adopts = nullptr;  // or with this connection of the core's
  std::optional<flowtable::ScanConnection> adopted;
  std::vector<const flowtable::ScanEvent*> events;
  std::vector<InquiryAction> actions;  // what it wants after the round
  bool is_touched = false;
};

// One thread, but for the work of a round.
class InquiryLanes {
 public:
  InquiryLanes(unsigned workers, size_t exchanges);
  ~InquiryLanes();
  InquiryLanes(const InquiryLanes&) = delete;
  InquiryLanes& operator=(const InquiryLanes&) = delete;

  // Touched, and to be told how it begins.
  InquiryLane& add(std::unique_ptr<InquiryLane> lane);
  // Whose event it is; null: nobody's.
  [[nodiscard]] InquiryLane* find(size_t exchange, const flowtable::ScanEvent& event);
  void touch(InquiryLane& lane);
  // Works on the touched ones, in parallel.
  void work_round();
  [[nodiscard]] const std::vector<InquiryLane*>& touched() const noexcept { return touched_; }
  // Ends the round: none is touched, and those that are finished are gone.
  void end_round();

  [[nodiscard]] size_t size() const noexcept { return lanes_.size(); }
  // The id of the oldest; nullopt: there is none.
  [[nodiscard]] std::optional<uint64_t> oldest() const noexcept;
  // By id.
  [[nodiscard]] const std::map<uint64_t, std::unique_ptr<InquiryLane>>& all() const noexcept {
    return lanes_;
  }

 private:
  class Arena;
  // Of the connections that the cores opened by themselves, by slot and generation.
  using Adopted = std::unordered_map<uint64_t, InquiryLane*>;

  std::unique_ptr<Arena> arena_;
  std::map<uint64_t, std::unique_ptr<InquiryLane>> lanes_;
  std::vector<Adopted> adopted_;  // by exchange
  std::vector<InquiryLane*> touched_;
  // Edges between the threads of a round that TBB keeps inside its library, where readers and
  // ThreadSanitizer cannot see them.
  std::atomic<uint64_t> begun_{0};   // rounds
  std::atomic<uint64_t> worked_{0};  // lanes, in all rounds
};

}  // namespace tls
