// SPDX-License-Identifier: Apache-2.0
// The pipeline's product, to everybody who wants it.
#pragma once

#include "control/daemon/watchers.hpp"
#include "control/export/line_sink.hpp"
#include "tls/pipeline/record_sink.hpp"

#include <memory>
#include <utility>

namespace control {

// First those who only read, then the one who keeps. Each may be absent.
class LiveSink final : public tls::RecordSink {
 public:
  LiveSink(std::unique_ptr<LineSink> lines, tls::RecordSink* store, Watchers* watchers)
      : lines_(std::move(lines)), store_(store), watchers_(watchers) {}

  void accept(tls::RecordBatch&& batch) override {
    if (watchers_ != nullptr) watchers_->show(batch);
    if (lines_) lines_->write(batch);
    if (store_ != nullptr) store_->accept(std::move(batch));
  }

  [[nodiscard]] const LineSink* lines() const noexcept { return lines_.get(); }

 private:
  std::unique_ptr<LineSink> lines_;
  tls::RecordSink* store_;  // borrowed, as the next; outlives this
  Watchers* watchers_;
};

}  // namespace control
