// SPDX-License-Identifier: Apache-2.0
// Rows on their way to a caller who watches.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>

namespace control {

// A bounded queue between whoever produces rows (any thread) and the server's thread. It never
// makes either wait for the caller at the other end of the socket: rows that find it full are
// missed, and the caller is told how many, in the place where they would have stood.
class Subscription {
 public:
  struct Limits {
    size_t rows_max = 4096;              // that wait
    size_t bytes_max = size_t{1} << 20;  // of these
    uint64_t total_max = UINT64_MAX;     // rows after which the subscription has ended by itself
  };
  explicit Subscription(const Limits& limits) : limits_(limits) {}

  // Producer. Whether one more row would be kept; where not, it is counted as missed, so that a row
  // need not be made to be thrown away.
  [[nodiscard]] bool has_room();
  // Producer. The same without counting: for one who can wait a moment.
  [[nodiscard]] bool is_full();
  // Producer, after has_room() said so. `row` is the text of one JSON object. True where the queue
  // was empty: the server has to be woken.
  [[nodiscard]] bool push(std::string_view row);
  // Producer: takes nothing more, because the caller is gone or has all it wanted.
  [[nodiscard]] bool over() const noexcept { return over_.load(std::memory_order_relaxed); }

  // Server's thread. Moves what waits into frames at the end of `out`, at most about
  // kTakeBytes of it. `ended` where the last one was the end of the reply.
  enum class Taken : uint8_t { nothing, some, ended };
  [[nodiscard]] Taken take(std::string& out);
  // Server's thread: the caller is gone, or the daemon ends. What waits can still be taken.
  void close() noexcept { over_.store(true, std::memory_order_relaxed); }

  // Rows missed in all; any thread.
  [[nodiscard]] uint64_t num_missed() const noexcept {
    return num_missed_.load(std::memory_order_relaxed);
  }

 private:
  static constexpr size_t kTakeBytes = size_t{64} << 10;

  [[nodiscard]] bool is_full_locked() const;

  const Limits limits_;
  std::mutex mutex_;  // held for a few moves of strings, never while anything waits
  std::deque<std::string> rows_;
  size_t bytes_ = 0;         // of rows_
  uint64_t total_ = 0;       // rows pushed
  uint64_t missed_now_ = 0;  // behind rows_, not told yet
  std::atomic<uint64_t> num_missed_{0};
  std::atomic<bool> over_{false};
};

}  // namespace control
