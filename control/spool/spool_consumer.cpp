// SPDX-License-Identifier: Apache-2.0
// The consumer's half of a spool.
#include "control/spool/segment_reader.hpp"
#include "control/spool/spool_parts.hpp"

#include <cerrno>
#include <utility>

namespace control {
namespace {

// Out of descriptors or memory: the file is not to blame, and is tried again.
bool will_pass(const OsError& error) {
  return error.number == EMFILE || error.number == ENFILE || error.number == ENOMEM ||
         error.number == EINTR || error.number == EAGAIN;
}

constexpr std::chrono::milliseconds kPause{100};

}  // namespace

std::optional<SpoolRecord> Spool::Parts::next(std::chrono::steady_clock::time_point deadline) {
  while (true) {
    // A segment may have been completed after all in it was released.
    retire();
    SpoolBooks::Step step;
    {
      std::unique_lock lock(mutex);
      step = books.next_step();
      while (step.kind == SpoolBooks::Step::Kind::wait) {
        if (is_closed) break;
        if (changed.wait_until(lock, deadline) == std::cv_status::timeout) return std::nullopt;
        step = books.next_step();
      }
    }
    if (step.kind == SpoolBooks::Step::Kind::hand_out) return std::move(step.record);
    if (step.kind == SpoolBooks::Step::Kind::wait) return std::nullopt;
    if (auto record = read(step.order)) return record;
    if (std::chrono::steady_clock::now() >= deadline) return std::nullopt;
  }
}

// One record, or nullopt where something else has to be tried.
std::optional<SpoolRecord> Spool::Parts::read(SpoolReadOrder& order) {
  if (!open_for(order)) return std::nullopt;
  SegmentRead read;
  if (order.file != nullptr) read = read_record(*order.file, order);
  std::optional<SpoolRecord> record;
  {
    const std::lock_guard lock(mutex);
    counters.add(SpoolCounter::read_errors, read.failures);
    record = books.note_reading(order, read.record);
  }
  // A segment of which the rest is damaged is done with once all before it is released.
  if (!read.record) retire();
  return record;
}

// True: the order has its file, or will never have one. False: it has to be given anew.
bool Spool::Parts::open_for(SpoolReadOrder& order) {
  if (order.file != nullptr) return true;
  auto file = directory.open_to_read(order.name);
  std::unique_lock lock(mutex);
  // It may have been dropped or renamed since.
  if (books.name_of(order.segment) != order.name) return false;
  if (file.ok()) {
    order.file = std::make_shared<const SpoolFile>(std::move(file).value());
    books.keep_open(order);
    return true;
  }
  counters.add(SpoolCounter::read_errors);
  if (!will_pass(file.error())) return true;
  changed.wait_for(lock, kPause);
  return false;
}

void Spool::Parts::rewind() {
  {
    const std::lock_guard lock(mutex);
    books.rewind();
  }
  retire();
}

void Spool::Parts::release(int64_t to_epoch, int64_t seq) {
  {
    const std::lock_guard lock(mutex);
    books.release(to_epoch, seq);
  }
  retire();
}

void Spool::Parts::retire() {
  SpoolBooks::Retired retired;
  {
    const std::lock_guard lock(mutex);
    retired = books.retire();
  }
  if (retired.segments > 0) settle(retired.names);
}

}  // namespace control
