// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/offline_tap.hpp"

#include "dataplane/packet_view.hpp"

#include <array>
#include <chrono>
#include <thread>

namespace control {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;
using dataplane::CaptureFile;

constexpr uint32_t kCapturesMax = 4096;
constexpr uint32_t kLargeMax = 128;
constexpr size_t kBurst = 64;

flowtable::FlowTable::Options table_options(uint32_t flows_max) {
  // A file's silence costs nothing, so flows may be silent for longer than on a live tap.
  // Few files fill the table, so its pages are touched when they are needed.
  return {.flows_max = flows_max, .timeout = {60s, 60s, 60min, 10s}, .touch_memory = false};
}

}  // namespace

OfflineTap::OfflineTap(const Options& options)
    : hash_seed_(options.hash_seed),
      intake_({}, counters_),
      table_(table_options(options.flows_max)),
      pool_({.captures_max = kCapturesMax, .large_max = kLargeMax}),
      exchange_(kCapturesMax, kCapturesMax),
      handoff_(pool_, exchange_, counters_),
      path_({.ssh = options.ssh}, table_, handoff_, counters_) {}

dataplane::CaptureStep OfflineTap::read(CaptureFile& file) {
  std::array<dataplane::CaptureFrame, kBurst> frames;
  dataplane::FrameBurst burst;
  do {
    burst = file.next_burst(frames);
    accept({frames.data(), burst.num_frames});
  } while (burst.step == dataplane::CaptureStep::frame);
  intake_.drain();
  path_.drain();
  return burst.step;
}

void OfflineTap::accept(std::span<const dataplane::CaptureFrame> frames) {
  if (frames.empty()) return;
  wait_for_room();
  std::array<dataplane::PacketView, kBurst> views;
  size_t num_views = 0;
  const auto finish = [&] {
    path_.accept({views.data(), num_views});
    intake_.end_burst();
    num_views = 0;
  };
  for (const dataplane::CaptureFrame& frame : frames) {
    if (!intake_.has_room()) finish();
    dataplane::IntakeFrame taken{
        .link = frame.link,
        .bytes = frame.bytes,
        .meta = {frame.tick, frame.wire_bytes, hash_seed_},
    };
    const dataplane::PacketIntake::Result result = intake_.take(taken, views[num_views]);
    if (result.fate == dataplane::PacketIntake::Fate::view) ++num_views;
  }
  finish();
  const flowtable::Tick now = frames.back().tick;
  (void)path_.expire(now, 2 * kBurst);
  intake_.expire(now, kBurst);
}

// One burst hands off at most one capture per packet and what expires. Waiting helps only where
// captures are with the workers: those still open here cannot come home by it.
void OfflineTap::wait_for_room() {
  constexpr size_t kRoom = 4 * kBurst;
  handoff_.recycle();
  while (pool_.num_free() < kRoom && captures_away() > 0) {
    std::this_thread::sleep_for(std::chrono::microseconds(50));
    handoff_.recycle();
  }
}

uint64_t OfflineTap::captures_away() const noexcept {
  return counters_.path.get(dataplane::PathCounter::captures_handed_off) - handoff_.num_recycled();
}

}  // namespace control
