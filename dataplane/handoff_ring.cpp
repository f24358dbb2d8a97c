// SPDX-License-Identifier: Apache-2.0
#include "dataplane/handoff_ring.hpp"

#include "flowtable/base/check.hpp"

#include <array>
#include <span>

namespace dataplane {

using flowtable::CaptureEnd;
using flowtable::HandshakeCapture;

HandshakeCapture* HandoffRing::acquire() noexcept {
  HandshakeCapture* capture = pool_.acquire();
  if (capture == nullptr && recycle() > 0) capture = pool_.acquire();
  if (capture == nullptr) {
    counters_.drops.add(DropReason::capture_pool_empty);
  } else {
    ++num_held_;
  }
  return capture;
}

void HandoffRing::hand_off(HandshakeCapture& capture, CaptureEnd end) noexcept {
  capture.end = end;
  --num_held_;
  // Counted before the workers can see it: who reads the counters never finds more taken than
  // given.
  if (exchange_.handed_off.size() == exchange_.handed_off.capacity()) {
    counters_.drops.add(DropReason::handoff_full);
    pool_.release(capture);
    return;
  }
  counters_.path.add(PathCounter::captures_handed_off);
  counters_.path.add(counter_of(end));
  // The workers only make more room.
  CHECK(exchange_.handed_off.push(&capture));
}

size_t HandoffRing::recycle() noexcept {
  // As many as a burst can have used up; the rest waits for the next one.
  std::array<HandshakeCapture*, 64> returned;
  const size_t count = exchange_.returned.pop(returned);
  for (HandshakeCapture* capture : std::span(returned).first(count))
    pool_.release(*capture);
  num_recycled_ += count;
  return count;
}

}  // namespace dataplane
