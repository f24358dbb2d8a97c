// SPDX-License-Identifier: Apache-2.0
// Captures that go round through a pipeline, so that nobody but its workers works.
#pragma once

#include "flowtable/capture_exchange.hpp"
#include "tests/bench/pipeline_recorded.hpp"
#include "tls/pipeline/pipeline.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

namespace bench {

enum class Leaves : uint8_t { known, fresh };

// The sink and the poll core in one: what the last stage gives back it hands off again, with
// another client, session id and, where asked, leaf certificate. Both ends of both rings are then
// in serial stages, which the rings allow.
class CaptureWheel final : public tls::RecordSink {
 public:
  CaptureWheel(const std::vector<Recorded>& recorded, Leaves leaves)
      : recorded_(recorded), leaves_(leaves), pool_({.captures_max = kCaptures}) {
    for (uint32_t i = 0; i < kCaptures; ++i) {
      flowtable::HandshakeCapture* const capture = put(pool_, recorded_[i % recorded_.size()]);
      of_slot_[capture->pool_slot] = i % recorded_.size();
      hand_off(*capture);
    }
  }

  void accept(tls::RecordBatch&& batch) override {
    const tls::RecordBatch mine = std::move(batch);  // freed here, as a sink of the product does
    if (on_batch) on_batch(mine);
    std::array<flowtable::HandshakeCapture*, kCaptures> home;
    const size_t num_home = exchange.returned.pop(home);
    for (flowtable::HandshakeCapture* capture : std::span(home).first(num_home))
      hand_off(*capture);
    num_sessions_ += mine.size();
    if (num_sessions_ >= sessions_max && on_enough) on_enough();
  }

  // Set before the run.
  uint64_t sessions_max = 0;
  std::function<void()> on_enough;
  std::function<void(const tls::RecordBatch&)> on_batch;
  flowtable::CaptureExchange exchange{kCaptures, kCaptures};

  [[nodiscard]] uint64_t num_sessions() const noexcept { return num_sessions_; }

 private:
  static constexpr uint32_t kCaptures = 1024;

  void hand_off(flowtable::HandshakeCapture& capture) {
    if (num_sessions_ >= sessions_max && sessions_max > 0) return;
    const Recorded& recorded = recorded_[of_slot_[capture.pool_slot]];
    ++num_handed_off_;
    set_client(capture, recorded.client, num_handed_off_);
    set_session_id(capture, recorded, num_handed_off_);
    if (leaves_ == Leaves::fresh) set_serial(capture, recorded, num_handed_off_);
    (void)exchange.handed_off.push(&capture);
  }

  const std::vector<Recorded>& recorded_;
  const Leaves leaves_;
  flowtable::CapturePool pool_;
  std::array<size_t, kCaptures> of_slot_{};  // which recorded session a slot holds
  uint64_t num_sessions_ = 0;
  uint32_t num_handed_off_ = 0;
};

}  // namespace bench
