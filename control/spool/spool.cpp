// SPDX-License-Identifier: Apache-2.0
#include "control/spool/spool.hpp"

#include "control/spool/recovery.hpp"
#include "control/spool/spool_parts.hpp"

#include <algorithm>
#include <random>
#include <utility>

namespace control {
namespace {

// Later than any before, also where the clock was set back; and not to be guessed by who would
// plant a frame in a payload for the day when the head before it is damaged.
int64_t new_epoch(int64_t last) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  std::random_device random;
  const int64_t epoch = seconds << 24 | static_cast<int64_t>(random() & 0xffffff);
  return std::max(epoch, last + 1);
}

flowtable::Failure<flowtable::Error> refusal(std::string why) {
  return flowtable::Failure{flowtable::Error{"spool: " + std::move(why)}};
}

}  // namespace

flowtable::OrError<std::unique_ptr<Spool>> Spool::open(Options options) {
  if (options.bytes_max == 0 || options.segment_bytes == 0) {
    return refusal("needs room on disk: give it a size above 0");
  }
  if (!options.log) options.log = [](std::string_view) {};
  auto directory = SpoolDirectory::open(options.directory);
  if (!directory.ok()) return flowtable::Failure{directory.error()};
  SpoolCounters found;
  auto recovered = recover_spool(directory.value(), found, options.log);
  if (!recovered.ok()) return flowtable::Failure{recovered.error()};
  const SpoolProgress progress = recovered.value().progress;
  auto parts = std::make_unique<Parts>(std::move(options), std::move(directory).value(),
                                       new_epoch(recovered.value().epoch_last));
  for (const auto& row : spool_counter_table()) {
    parts->counters.add(row.counter, found.get(row.counter));
  }
  for (Segment& segment : recovered.value().segments) {
    parts->books.take_over(std::move(segment), progress.done);
  }
  // The epoch is taken from now on, whatever becomes of this process.
  // A full disk is no reason not to read what is on it.
  if (!parts->write_progress()) parts->log("spool: cannot write to its directory");
  (void)parts->directory.sync();
  return std::unique_ptr<Spool>(new Spool(std::move(parts)));
}

Spool::Spool(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Spool::~Spool() {
  parts_->close();
  parts_->retire();
  parts_->write_progress();
}

int64_t Spool::epoch() const noexcept {
  return parts_->epoch;
}

bool Spool::next_begins_segment() const noexcept {
  return parts_->next_begins_segment();
}

Spool::Appended Spool::append(const SpoolLoad& load, std::string payload) {
  return parts_->append(load, std::move(payload));
}

std::optional<SpoolRecord> Spool::next(std::chrono::steady_clock::time_point deadline) {
  return parts_->next(deadline);
}

void Spool::rewind() {
  parts_->rewind();
}

void Spool::release(int64_t epoch, int64_t seq) {
  parts_->release(epoch, seq);
}

void Spool::close() {
  parts_->close();
}

Spool::State Spool::state() const {
  const std::lock_guard lock(parts_->mutex);
  State state = parts_->books.state();
  state.disk_ok = parts_->disk_ok;
  return state;
}

const SpoolCounters& Spool::counters() const noexcept {
  return parts_->counters;
}

}  // namespace control
