// SPDX-License-Identifier: Apache-2.0
// What a spool is made of; its public face is spool.hpp.
#pragma once

#include "control/spool/frame.hpp"
#include "control/spool/segment_writer.hpp"
#include "control/spool/spool.hpp"
#include "control/spool/spool_books.hpp"
#include "control/spool/spool_directory.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

namespace control {

// Members named by who uses them. What both sides use is guarded by `mutex`; no file is written or
// read under it but for names.
struct Spool::Parts {
  Parts(Options given, SpoolDirectory opened, int64_t run_epoch);

  // --- the producer's
  [[nodiscard]] bool next_begins_segment() const noexcept;
  Appended append(const SpoolLoad& load, std::string payload);
  void close();

  // --- the consumer's
  std::optional<SpoolRecord> next(std::chrono::steady_clock::time_point deadline);
  void rewind();
  void release(int64_t to_epoch, int64_t seq);
  // Removes what nothing waits in any more.
  void retire();

  void log(const std::string& line) const;
  // Writes down how far all is done with, and removes files that lie before.
  void settle(const std::vector<std::string>& names);
  bool write_progress();

  const Options options;
  const SpoolDirectory directory;
  const int64_t epoch;
  const uint64_t segment_bytes;
  SpoolCounters counters;  // under `mutex`

  mutable std::mutex mutex;
  std::condition_variable changed;
  SpoolBooks books;
  bool is_closed = false;
  bool disk_ok = true;

  // One `released` file is written at a time.
  std::mutex progress_mutex;
  SpoolProgress progress_written;

 private:
  Appended refuse(const SpoolLoad& load);
  [[nodiscard]] bool make_room(uint64_t frame_bytes);
  bool drop_oldest();
  bool write_to_disk(flowtable::Bytes frame);
  bool try_to_write(flowtable::Bytes frame, bool continues);
  OrOsError<void> begin_segment(bool continues);
  template <typename Call>
  OrOsError<void> while_room_can_be_made(Call call);
  void end_segment();
  void note_disk(bool ok, const std::string& what);
  void add(SpoolCounter counter, uint64_t amount = 1);

  std::optional<SpoolRecord> read(SpoolReadOrder& order);
  bool open_for(SpoolReadOrder& order);

  // The producer's alone.
  FrameBuilder frames_;
  SegmentWriter writer_;
  bool leans_ = false;    // the record in hand may lean on the segment written last
  bool is_full_ = false;  // refusing until a segment's worth is free
};

}  // namespace control
