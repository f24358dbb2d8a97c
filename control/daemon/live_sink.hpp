// SPDX-License-Identifier: Apache-2.0
// The pipeline's product, to everybody who wants it.
#pragma once

#include "control/daemon/passive_follow.hpp"
#include "control/daemon/watchers.hpp"
#include "control/export/line_sink.hpp"
#include "control/storage/store_writer.hpp"
#include "tls/pipeline/service_report.hpp"

#include <memory>
#include <mutex>
#include <utility>

namespace control {

// First those who only read, then the one who keeps. Each may be absent. The tap's pipeline and the
// scanner's workers deliver at the same time: one line is written after the other.
class LiveSink final : public tls::RecordSink {
 public:
  LiveSink(std::unique_ptr<LineSink> lines, StoreWriter* store, Watchers* watchers)
      : lines_(std::move(lines)), store_(store), watchers_(watchers) {}

  void accept(tls::RecordBatch&& batch) override {
    if (watchers_ != nullptr) watchers_->show(batch);
    if (follow_ != nullptr) follow_->see(batch, PassiveFollow::Clock::now());
    write_lines(batch);
    if (store_ != nullptr) store_->accept(std::move(batch));
  }
  void accept(tls::ScanDelivery&& delivery) {
    write_lines(delivery.observations);
    if (store_ != nullptr) store_->accept(std::move(delivery));
  }

  // Before the pipeline runs. Borrowed; null: what the tap cannot read is not fetched.
  void set_follow(PassiveFollow* follow) noexcept { follow_ = follow; }
  [[nodiscard]] const LineSink* lines() const noexcept { return lines_.get(); }

 private:
  void write_lines(const tls::RecordBatch& batch) {
    if (!lines_ || batch.empty()) return;
    const std::lock_guard lock(mutex_);
    lines_->write(batch);
  }

  std::mutex mutex_;  // one writer of lines at a time
  std::unique_ptr<LineSink> lines_;
  StoreWriter* store_;  // borrowed, as the next; outlives this
  Watchers* watchers_;
  PassiveFollow* follow_ = nullptr;
};

}  // namespace control
