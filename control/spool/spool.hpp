// SPDX-License-Identifier: Apache-2.0
// Records on disk between who makes them and who stores them: append-only, in order, checked.
#pragma once

#include "control/spool/spool_counter.hpp"
#include "control/spool/spool_load.hpp"
#include "flowtable/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace control {

struct SpoolRecord {
  int64_t epoch = 0;
  int64_t seq = 0;
  SpoolLoad load;
  // Shared with the spool's memory of the newest records; never changes.
  std::shared_ptr<const std::string> payload;
};

// One thread appends (next_begins_segment, append, close), one consumes (next, rewind, release);
// the rest may be called by any. A slow disk makes the producer wait, never the consumer, but for
// records that are no longer in memory.
//
// Each record comes out in order of (epoch, seq), at least once: after a restart records may come
// that were released before (the position on disk is as old as the last segment that was released
// whole, or the last close()). Whoever stores them by (epoch, seq) stores them once.
class Spool {
 public:
  static constexpr uint64_t kPayloadBytesMax = 64U << 20;

  // The cap is reached: the oldest segment goes, read or not; or append() refuses until a
  // segment's worth is free again.
  enum class WhenFull : uint8_t { drop_oldest, stop };
  // When what was written is forced to the disk. A record of which append() said on_disk survives
  // kill -9 with any of them; a power failure with `record` alone.
  enum class Sync : uint8_t { record, segment, none };

  struct Options {
    std::string directory;  // made if it is not there, 0700
    uint64_t bytes_max = 0;
    // No more than a quarter of bytes_max, whatever stands here.
    uint64_t segment_bytes = 64U << 20;
    WhenFull when_full = WhenFull::drop_oldest;
    Sync sync = Sync::record;
    // Payloads kept in memory: the newest, so that a consumer that keeps up reads no disk, and
    // those the disk would not take.
    uint64_t memory_bytes_max = 64U << 20;
    std::function<void(std::string_view)> log;  // called by either thread, also under a lock
  };

  // Takes over what earlier processes left, however they ended. A lock keeps a second one out.
  [[nodiscard]] static flowtable::OrError<std::unique_ptr<Spool>> open(Options options);
  // As close(); what is waiting on disk is the next process's.
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  // Of this run: later than any before. Records of earlier runs keep theirs.
  [[nodiscard]] int64_t epoch() const noexcept;

  // Where true, the next append() begins a new segment, and what its payload refers to must be in
  // it: a segment stands by itself, so that dropping one takes nothing else along. Also true after
  // a record was refused or taken by memory alone: nothing later may lean on it.
  [[nodiscard]] bool next_begins_segment() const noexcept;

  enum class Appended : uint8_t {
    on_disk,
    // The disk would not take it; it waits in memory and comes out in its turn all the same.
    in_memory_only,
    // Counted, and gone: it has no seq.
    refused
  };
  Appended append(const SpoolLoad& load, std::string payload);

  // The next record in order. Waits for one until `deadline`; nullopt then, or when closed and
  // nothing is left.
  [[nodiscard]] std::optional<SpoolRecord> next(std::chrono::steady_clock::time_point deadline);
  // Back to the first record that is not released. Those whose segment was dropped meanwhile are
  // counted as dropped_full here: as long as they may still be released they are not.
  void rewind();
  // All that was handed out up to and including this record is durable in the database. What was
  // not handed out by this object stays. Whole released segments are removed.
  void release(int64_t epoch, int64_t seq);

  // The producer is done: next() hands out what is left, then nullopt.
  void close();

  struct State {
    uint64_t bytes = 0;     // on disk
    uint64_t segments = 0;  // files
    uint64_t records = 0;   // waiting
    SpoolLoad waiting;      // not yet released, on disk or in memory
    bool disk_ok = true;    // the last write and its confirmation went well
    // When the segment of the oldest waiting record was begun; of an earlier run: last written.
    std::optional<std::chrono::system_clock::time_point> oldest;
  };
  [[nodiscard]] State state() const;
  [[nodiscard]] const SpoolCounters& counters() const noexcept;

 private:
  struct Parts;
  explicit Spool(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace control
