// SPDX-License-Identifier: Apache-2.0
// Who watches sessions as they are seen (`tapseal watch`).
#pragma once

#include "control/filter/session_filter.hpp"
#include "control/ipc/subscription.hpp"
#include "flowtable/base/counters.hpp"
#include "tls/pipeline/record_sink.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace control {

// One value is one counter, one metric and one row of `tapseal status`.
enum class WatchCounter : uint8_t { watches, sessions_shown, sessions_missed, count_ };

inline constexpr flowtable::CounterTable<WatchCounter> kWatchCounterTable = {{
    {WatchCounter::watches, "watches", "times that somebody began to watch"},
    {WatchCounter::sessions_shown, "sessions_shown", "sessions queued for somebody who watches"},
    {WatchCounter::sessions_missed, "sessions_missed",
     "sessions left out because who watches reads too slowly"},
}};
static_assert(flowtable::is_in_order(kWatchCounterTable));

using WatchCounters = flowtable::Counters<WatchCounter>;

enum class WatchFormat : uint8_t {
  rows,    // the columns of `tapseal watch`
  records  // native records
};

// Between the pipeline's last stage, which shows sessions, and the server's thread, which adds who
// wants to see them. Nobody waits for a reader: rows go into bounded queues.
class Watchers {
 public:
  static constexpr size_t kWatchersMax = 16;

  // `sensor` is the name in native records. `wake` is called by the pipeline when there is
  // something new for a reader; it must not wait.
  Watchers(std::string sensor, std::function<void()> wake);

  // Server's thread. Null where there are kWatchersMax already. It ends when its caller closes it,
  // or after its total.
  [[nodiscard]] std::shared_ptr<Subscription> add(SessionFilter filter, WatchFormat format,
                                                  const Subscription::Limits& limits);
  // By the pipeline's last stage. Costs one atomic load where nobody watches; a session that passes
  // no filter costs its comparisons, and is made a row only where there is room for it.
  void show(const tls::RecordBatch& batch) {
    if (num_.load(std::memory_order_relaxed) > 0) show_to_all(batch);
  }

  // Any thread.
  [[nodiscard]] size_t size() const noexcept { return num_.load(std::memory_order_relaxed); }
  [[nodiscard]] const WatchCounters& counters() const noexcept { return counters_; }

 private:
  struct Watcher {
    SessionFilter filter;
    WatchFormat format;
    std::shared_ptr<Subscription> to;
  };
  // A session's text, made when the first watcher wants it.
  class Texts;

  void show_to_all(const tls::RecordBatch& batch);
  void forget_gone();

  const std::string sensor_;
  const std::function<void()> wake_;
  std::mutex mutex_;  // guards watchers_; the server's thread takes it only to add
  std::vector<Watcher> watchers_;
  std::atomic<size_t> num_{0};
  WatchCounters counters_;  // watches: server's thread; the others: the pipeline
};

}  // namespace control
