// SPDX-License-Identifier: Apache-2.0
#include "tls/inquiry/inquiry_lanes.hpp"

#include "flowtable/base/check.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_pipeline.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <utility>

namespace tls {

using flowtable::ScanConnection;
using flowtable::ScanEvent;

namespace {

uint64_t key_of(const ScanConnection& connection) noexcept {
  return uint64_t{connection.generation} << 32 | connection.slot;
}

}  // namespace

void InquiryLane::work() {
  if (syn_ack) inquiry.set_syn_ack(*std::exchange(syn_ack, std::nullopt));
  if (begins) inquiry.begin(*std::exchange(begins, std::nullopt));
  if (adopts != nullptr) inquiry.adopt(*std::exchange(adopts, nullptr));
  for (const ScanEvent* event : events)
    inquiry.hear(*event);
  events.clear();
  for (InquiryAction& each : inquiry.take_actions())
    actions.push_back(std::move(each));
}

class InquiryLanes::Arena {
 public:
  // Without `threads_` TBB would start no more threads than the machine has cores, and say so on
  // stderr. Of several such limits the least counts: the pipeline's stays what it is.
  explicit Arena(unsigned workers)
      : threads_(oneapi::tbb::global_control::max_allowed_parallelism,
                 std::max<size_t>(workers,
                                  static_cast<size_t>(oneapi::tbb::info::default_concurrency()))),
        arena_(static_cast<int>(workers)) {}

  template <typename Work>
  void for_each(size_t count, const Work& work) {
    // Waking others costs more than so little work.
    constexpr size_t kAlone = 2;
    if (count <= kAlone || arena_.max_concurrency() == 1) {
      for (size_t i = 0; i < count; ++i)
        work(i);
      return;
    }
    arena_.execute([&] { work_in_parts(count, work); });
  }

 private:
  // A pipeline of parts, not parallel_for: that one makes its tasks in headers and hands them over
  // in the library, which ThreadSanitizer takes for races of ours.
  template <typename Work>
  void work_in_parts(size_t count, const Work& work) {
    namespace tbb = oneapi::tbb;
    constexpr size_t kPart = 8;
    constexpr size_t kTokens = 64;
    next_.store(0, std::memory_order_release);
    tbb::parallel_pipeline(
        kTokens, tbb::make_filter<void, size_t>(tbb::filter_mode::serial_in_order,
                                                [this, count](tbb::flow_control& control) {
                                                  const size_t begin = next_.fetch_add(kPart);
                                                  if (begin >= count) control.stop();
                                                  left_.fetch_add(1);
                                                  return begin;
                                                }) &
                     tbb::make_filter<size_t, void>(
                         tbb::filter_mode::parallel, [this, count, &work](size_t begin) {
                           const size_t end = std::min(begin + kPart, count);
                           for (size_t i = begin; i < end; ++i)
                             work(i);
                           left_.fetch_add(1);
                         }));
    // What others did in here is over, and can be seen to be.
    (void)left_.load(std::memory_order_acquire);
  }

  oneapi::tbb::global_control threads_;
  oneapi::tbb::task_arena arena_;
  std::atomic<size_t> next_{0};    // the first lane that nobody has taken
  std::atomic<uint64_t> left_{0};  // times that a thread left a stage: an edge to who waits
};

InquiryLanes::InquiryLanes(unsigned workers, size_t exchanges)
    : arena_(std::make_unique<Arena>(workers)), adopted_(exchanges) {}

InquiryLanes::~InquiryLanes() = default;

InquiryLane& InquiryLanes::add(std::unique_ptr<InquiryLane> lane) {
  InquiryLane& out = *lane;
  CHECK(out.exchange < adopted_.size());
  if (out.adopts != nullptr) {
    out.adopted = out.adopts->connection;
    adopted_[out.exchange][key_of(*out.adopted)] = &out;
  }
  lanes_.emplace_hint(lanes_.end(), out.inquiry.id(), std::move(lane));
  touch(out);
  return out;
}

InquiryLane* InquiryLanes::find(size_t exchange, const ScanEvent& event) {
  if (event.token == 0) {
    const auto found = adopted_[exchange].find(key_of(event.connection));
    return found == adopted_[exchange].end() ? nullptr : found->second;
  }
  const auto found = lanes_.find(Inquiry::id_of(event.token));
  return found == lanes_.end() ? nullptr : found->second.get();
}

void InquiryLanes::touch(InquiryLane& lane) {
  if (!std::exchange(lane.is_touched, true)) touched_.push_back(&lane);
}

void InquiryLanes::work_round() {
  if (touched_.empty()) return;
  const uint64_t round = begun_.load(std::memory_order_relaxed) + 1;
  const uint64_t worked_before = worked_.load(std::memory_order_acquire);
  begun_.store(round, std::memory_order_release);
  arena_->for_each(touched_.size(), [&](size_t i) {
    CHECK(begun_.load(std::memory_order_acquire) == round);
    touched_[i]->work();
    worked_.fetch_add(1, std::memory_order_acq_rel);
  });
  CHECK(worked_.load(std::memory_order_acquire) == worked_before + touched_.size());
}

void InquiryLanes::end_round() {
  for (InquiryLane* lane : touched_) {
    lane->is_touched = false;
    lane->actions.clear();
    if (!lane->inquiry.finished()) continue;
    if (lane->adopted) adopted_[lane->exchange].erase(key_of(*lane->adopted));
    lanes_.erase(lane->inquiry.id());
  }
  touched_.clear();
}

std::optional<uint64_t> InquiryLanes::oldest() const noexcept {
  if (lanes_.empty()) return std::nullopt;
  return lanes_.begin()->first;
}

}  // namespace tls
