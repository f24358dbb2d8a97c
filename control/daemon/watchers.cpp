// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/watchers.hpp"

#include "control/export/native_record.hpp"
#include "control/export/session_table.hpp"
#include "control/ipc/watch_command.hpp"

#include <algorithm>
#include <utility>

namespace control {
namespace {

static_assert(std::size(watch_command::kColumns) == std::tuple_size_v<SessionCells>);

void append_row(std::string& out, const tls::Observation& seen) {
  const SessionCells cells = session_cells(seen);
  JsonLine line(out);
  line.begin_object();
  for (size_t i = 0; i < cells.size(); ++i) {
    line.key(watch_command::kColumns[i].key);
    line.text(cells[i]);
  }
  line.end_object();
}

}  // namespace

class Watchers::Texts {
 public:
  Texts(const tls::Observation& seen, std::string_view sensor) : seen_(seen), sensor_(sensor) {}

  [[nodiscard]] std::string_view text(WatchFormat format) {
    std::string& text = texts_[static_cast<size_t>(format)];
    if (!text.empty()) return text;
    if (format == WatchFormat::rows) {
      append_row(text, seen_);
    } else {
      append_native_record(text, {seen_, sensor_});
      text.pop_back();  // its line feed
    }
    return text;
  }

 private:
  const tls::Observation& seen_;
  std::string_view sensor_;
  std::array<std::string, 2> texts_;  // by WatchFormat
};

Watchers::Watchers(std::string sensor, std::function<void()> wake)
    : sensor_(std::move(sensor)), wake_(std::move(wake)) {}

std::shared_ptr<Subscription> Watchers::add(SessionFilter filter, WatchFormat format,
                                            const Subscription::Limits& limits) {
  const std::lock_guard lock(mutex_);
  forget_gone();
  if (watchers_.size() == kWatchersMax) return nullptr;
  auto made = std::make_shared<Subscription>(limits);
  watchers_.push_back({std::move(filter), format, made});
  num_.store(watchers_.size(), std::memory_order_relaxed);
  counters_.add(WatchCounter::watches);
  return made;
}

void Watchers::forget_gone() {
  std::erase_if(watchers_, [](const Watcher& watcher) { return watcher.to->over(); });
  num_.store(watchers_.size(), std::memory_order_relaxed);
}

void Watchers::show_to_all(const tls::RecordBatch& batch) {
  const std::lock_guard lock(mutex_);
  bool is_new = false;
  for (const tls::Observation& seen : batch) {
    Texts texts(seen, sensor_);
    for (const Watcher& watcher : watchers_) {
      if (watcher.to->over() || !watcher.filter.passes(seen)) continue;
      if (watcher.to->has_room()) {
        counters_.add(WatchCounter::sessions_shown);
        is_new = watcher.to->push(texts.text(watcher.format)) || is_new;
      } else {
        counters_.add(WatchCounter::sessions_missed);
      }
    }
  }
  forget_gone();
  if (is_new) wake_();
}

}  // namespace control
