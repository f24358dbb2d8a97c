// SPDX-License-Identifier: Apache-2.0
// A poll core with little room and the real pipeline behind it, so that every way to lose something
// is taken, and a book that is read while it runs.
#pragma once

#include "control/daemon/book.hpp"
#include "dataplane/packet_decode.hpp"
#include "dataplane/packet_path.hpp"
#include "flowtable/capture_exchange.hpp"
#include "flowtable/capture_pool.hpp"
#include "flowtable/flow_table.hpp"
#include "tests/support/packet_builder.hpp"
#include "tls/pipeline/pipeline.hpp"

#include <chrono>
#include <span>
#include <thread>
#include <vector>

namespace tests {

struct SmallTapOptions {
  uint32_t flows_max = 64;
  uint32_t captures_max = 8;
  size_t handoff_capacity = 2;
  std::chrono::microseconds sink_takes{0};  // per batch: how slow who keeps the records is
};

class SmallTap {
 public:
  explicit SmallTap(const SmallTapOptions& options)
      : table_({.flows_max = options.flows_max}),
        pool_({.captures_max = options.captures_max,
               .large_max = 1,
               .small_client_bytes = 512,
               .small_server_bytes = 1024,
               .large_bytes = 4096}),
        exchange_(options.handoff_capacity, options.captures_max),
        sink_(options.sink_takes),
        pipeline_({.workers = 2, .tokens = 2, .batch_max = 4}, {&exchange_}, sink_),
        worker_([this] { pipeline_.run(); }) {}
  ~SmallTap() { end(); }

  void accept(std::span<const ByteString> frames) {
    std::vector<dataplane::PacketView> views;
    for (const ByteString& frame : frames) {
      dataplane::PacketView& view = views.emplace_back();
      const dataplane::FrameMeta meta{now_, static_cast<uint32_t>(frame.size()), 1};
      const auto reason =
          dataplane::decode_packet(dataplane::LinkType::ethernet, frame, meta, view);
      if (reason == dataplane::DropReason::none) continue;
      views.pop_back();
      counters_.drops.add(reason);
    }
    path_.accept(views);
  }
  void pass_time(std::chrono::milliseconds span) {
    now_ += span;
    path_.expire(now_, 8);
  }
  // Ends every flow and waits for the last record.
  void end() {
    if (!worker_.joinable()) return;
    path_.drain();
    pipeline_.request_stop();
    worker_.join();
  }

  // Any thread.
  [[nodiscard]] control::BookCounts counts() const {
    const dataplane::CoreCounters* const core = &counters_;
    return control::BookCounts::read({&core, 1}, pipeline_.counters());
  }
  [[nodiscard]] uint32_t num_flows() const { return table_.num_flows(); }
  // After end().
  [[nodiscard]] size_t num_records() const { return sink_.num_records; }

 private:
  struct SlowSink final : tls::RecordSink {
    explicit SlowSink(std::chrono::microseconds each) : takes(each) {}
    void accept(tls::RecordBatch&& batch) override {
      std::this_thread::sleep_for(takes);
      num_records += batch.size();
    }
    std::chrono::microseconds takes;
    size_t num_records = 0;
  };

  dataplane::CoreCounters counters_;
  flowtable::FlowTable table_;
  flowtable::CapturePool pool_;
  flowtable::CaptureExchange exchange_;
  dataplane::HandoffRing ring_{pool_, exchange_, counters_};
  dataplane::PacketPath path_{
      {.handshake_timeout = std::chrono::seconds(5)}, table_, ring_, counters_};
  SlowSink sink_;
  tls::Pipeline pipeline_;
  std::thread worker_;
  flowtable::Tick now_ = flowtable::tick_from_ns(1'700'000'000'000'000'000);
};

}  // namespace tests
