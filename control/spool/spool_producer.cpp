// SPDX-License-Identifier: Apache-2.0
// The producer's half of a spool, and what both share.
#include "control/spool/spool_parts.hpp"

#include <algorithm>
#include <utility>

namespace control {

using flowtable::Bytes;

namespace {

// So that dropping or filling one is a step, not the whole spool.
constexpr uint64_t kSegmentsMin = 4;

SpoolAmount one(const SpoolLoad& load) {
  return {1, load};
}

}  // namespace

Spool::Parts::Parts(Options given, SpoolDirectory opened, int64_t run_epoch)
    : options(std::move(given)),
      directory(std::move(opened)),
      epoch(run_epoch),
      segment_bytes(
          std::max<uint64_t>(1, std::min(options.segment_bytes, options.bytes_max / kSegmentsMin))),
      books(epoch, options.memory_bytes_max, counters),
      writer_(directory) {}

bool Spool::Parts::next_begins_segment() const noexcept {
  return !writer_.is_open();
}

Spool::Appended Spool::Parts::append(const SpoolLoad& load, std::string payload) {
  if (is_closed || payload.size() > kPayloadBytesMax) return refuse(load);
  leans_ = writer_.is_open();
  FrameMark mark;
  mark.epoch = epoch;
  mark.seq = books.last().seq + 1;
  mark.before = books.last().sum;
  mark.load = load;
  const Bytes frame = frames_.build(mark, payload);
  if (!make_room(frame.size())) return refuse(load);
  const bool is_on_disk = write_to_disk(frame);
  auto shared = std::make_shared<const std::string>(std::move(payload));
  if (!is_on_disk) {
    const std::lock_guard lock(mutex);
    count(counters, SpoolFate::appended, one(load));
    if (!books.has_room_in_memory(shared->size())) {
      count(counters, SpoolFate::refused, one(load));
      return Appended::refused;
    }
    books.add_in_memory(load, std::move(shared), leans_);
    changed.notify_one();
    return Appended::in_memory_only;
  }
  {
    const std::lock_guard lock(mutex);
    count(counters, SpoolFate::appended, one(load));
    books.add_on_disk(load, std::move(shared), writer_.bytes());
    counters.add(SpoolCounter::bytes_written, frame.size());
    changed.notify_one();
  }
  if (writer_.bytes() >= segment_bytes || writer_.name().continues) end_segment();
  return Appended::on_disk;
}

Spool::Appended Spool::Parts::refuse(const SpoolLoad& load) {
  {
    const std::lock_guard lock(mutex);
    count(counters, SpoolFate::appended, one(load));
    count(counters, SpoolFate::refused, one(load));
  }
  // Nothing later may lean on it.
  end_segment();
  return Appended::refused;
}

bool Spool::Parts::make_room(uint64_t frame_bytes) {
  if (frame_bytes > options.bytes_max) return false;
  const auto bytes = [this] {
    const std::lock_guard lock(mutex);
    return books.bytes();
  };
  if (options.when_full == WhenFull::stop) {
    const uint64_t needed = is_full_ ? std::max(frame_bytes, segment_bytes) : frame_bytes;
    is_full_ = bytes() + needed > options.bytes_max;
    return !is_full_;
  }
  while (bytes() + frame_bytes > options.bytes_max) {
    if (!drop_oldest()) return false;
  }
  return true;
}

bool Spool::Parts::drop_oldest() {
  std::vector<std::string> names;
  {
    const std::lock_guard lock(mutex);
    names = books.drop_oldest(leans_);
  }
  settle(names);
  return !names.empty();
}

// True: the record is on disk, in the segment that is open. False: no segment is open.
bool Spool::Parts::write_to_disk(Bytes frame) {
  if (try_to_write(frame, false)) return true;
  end_segment();
  if (try_to_write(frame, leans_)) return true;
  end_segment();
  return false;
}

bool Spool::Parts::try_to_write(Bytes frame, bool continues) {
  if (!writer_.is_open()) {
    if (auto begun = begin_segment(continues); !begun.ok()) {
      note_disk(false, "begin a segment: " + begun.error().text());
      return false;
    }
  }
  const auto written = while_room_can_be_made([&] { return writer_.write(frame); });
  if (!written.ok()) {
    note_disk(false, "write: " + written.error().text());
    return false;
  }
  if (options.sync == Sync::record) {
    if (auto done = writer_.sync(); !done.ok()) {
      add(SpoolCounter::sync_errors);
      note_disk(false, "confirm what was written: " + done.error().text());
      writer_.take_back();
      return false;
    }
  }
  writer_.keep();
  note_disk(true, {});
  return true;
}

OrOsError<void> Spool::Parts::begin_segment(bool continues) {
  const SegmentName name{epoch, books.last().seq + 1, continues, std::nullopt};
  auto begun = while_room_can_be_made([&] { return writer_.begin(name); });
  if (!begun.ok()) return begun;
  if (options.sync != Sync::none) {
    if (auto done = directory.sync(); !done.ok()) {
      add(SpoolCounter::sync_errors);
      if (!writer_.discard().ok()) add(SpoolCounter::write_errors);
      return done;
    }
  }
  const std::lock_guard lock(mutex);
  books.begin_segment(text_of(name), continues);
  counters.add(SpoolCounter::segments_begun);
  return {};
}

template <typename Call>
OrOsError<void> Spool::Parts::while_room_can_be_made(Call call) {
  while (true) {
    auto done = call();
    if (done.ok()) return done;
    add(SpoolCounter::write_errors);
    if (options.when_full != WhenFull::drop_oldest || !done.error().is_disk_full()) return done;
    if (writer_.is_open() && writer_.is_broken()) return done;
    if (!drop_oldest()) return done;
  }
}

void Spool::Parts::end_segment() {
  if (!writer_.is_open()) return;
  if (options.sync == Sync::segment && writer_.bytes() > 0) {
    if (auto done = writer_.sync(); !done.ok()) {
      add(SpoolCounter::sync_errors);
      note_disk(false, "confirm a segment: " + done.error().text());
    }
  }
  SegmentName name = writer_.name();
  SpoolPoint begin;
  SpoolPoint end;
  {
    const std::lock_guard lock(mutex);
    begin = books.current_begin();
    end = books.last();
    if (begin == end) books.undo_segment();
  }
  if (begin == end) {
    if (!writer_.discard().ok()) add(SpoolCounter::write_errors);
    return;
  }
  name.sealed = SealedExtent{end.seq, begin.sum, end.sum - begin.sum};
  bool renamed = false;
  {
    // Under the lock: the consumer opens files by their names.
    const std::lock_guard lock(mutex);
    const auto ended = writer_.seal(name);
    renamed = ended.ok;
    books.complete_segment(ended.name);
    counters.add(renamed ? SpoolCounter::segments_sealed : SpoolCounter::write_errors);
    changed.notify_one();
  }
  if (renamed && options.sync != Sync::none && !directory.sync().ok()) {
    add(SpoolCounter::sync_errors);
  }
}

void Spool::Parts::close() {
  if (is_closed) return;
  end_segment();
  {
    const std::lock_guard lock(mutex);
    is_closed = true;
    changed.notify_one();
  }
  write_progress();
}

void Spool::Parts::note_disk(bool ok, const std::string& what) {
  bool turned = false;
  {
    const std::lock_guard lock(mutex);
    turned = std::exchange(disk_ok, ok) != ok;
  }
  if (!turned) return;
  log(ok ? "spool: the disk takes records again" : "spool: cannot " + what);
}

void Spool::Parts::add(SpoolCounter counter, uint64_t amount) {
  const std::lock_guard lock(mutex);
  counters.add(counter, amount);
}

void Spool::Parts::log(const std::string& line) const {
  options.log(line);
}

void Spool::Parts::settle(const std::vector<std::string>& names) {
  const bool written = write_progress();
  for (const std::string& name : names) {
    if (!directory.remove(name).ok()) add(SpoolCounter::write_errors);
  }
  // On a full disk there was no room for it before the files went.
  if (!written && !names.empty()) write_progress();
}

bool Spool::Parts::write_progress() {
  const std::lock_guard one_at_a_time(progress_mutex);
  SpoolProgress progress{epoch, {}};
  {
    const std::lock_guard lock(mutex);
    progress.done = books.done();
  }
  if (progress == progress_written) return true;
  const auto durable =
      options.sync == Sync::none ? SpoolDirectory::Durable::no : SpoolDirectory::Durable::yes;
  if (directory.write_progress(progress, durable).ok()) {
    progress_written = progress;
    return true;
  }
  add(SpoolCounter::write_errors);
  return false;
}

}  // namespace control
