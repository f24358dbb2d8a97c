// SPDX-License-Identifier: Apache-2.0
#include "control/ipc/subscription.hpp"

#include "control/ipc/frame.hpp"

namespace control {

// After a gap nothing is kept before the gap has been told: the order stays true.
bool Subscription::is_full_locked() const {
  return missed_now_ > 0 || rows_.size() >= limits_.rows_max || bytes_ >= limits_.bytes_max;
}

bool Subscription::is_full() {
  const std::lock_guard lock(mutex_);
  return is_full_locked();
}

bool Subscription::has_room() {
  const std::lock_guard lock(mutex_);
  if (!is_full_locked()) return true;
  ++missed_now_;
  num_missed_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

bool Subscription::push(std::string_view row) {
  const std::lock_guard lock(mutex_);
  const bool was_empty = rows_.empty();
  rows_.emplace_back(row);
  bytes_ += row.size();
  if (++total_ >= limits_.total_max) close();
  return was_empty;
}

Subscription::Taken Subscription::take(std::string& out) {
  const std::lock_guard lock(mutex_);
  std::string rows;
  while (!rows_.empty() && rows.size() < kTakeBytes) {
    if (!rows.empty()) rows += ',';
    rows += rows_.front();
    bytes_ -= rows_.front().size();
    rows_.pop_front();
  }
  if (!rows.empty()) append_frame(out, R"({"rows":[)" + rows + "]}");
  bool told = false;
  if (rows_.empty() && missed_now_ > 0) {
    append_frame(out, R"({"fields":{"missed":)" + std::to_string(missed_now_) + "}}");
    missed_now_ = 0;
    told = true;
  }
  if (rows_.empty() && over()) {
    append_frame(out, R"({"end":true})");
    return Taken::ended;
  }
  return rows.empty() && !told ? Taken::nothing : Taken::some;
}

}  // namespace control
