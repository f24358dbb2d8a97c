// SPDX-License-Identifier: Apache-2.0
// Which records there are, where each lies, and what became of it. Touches no file.
#pragma once

#include "control/spool/record_memory.hpp"
#include "control/spool/segment.hpp"
#include "control/spool/spool.hpp"
#include "control/spool/spool_counter.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace control {

// A record that was read.
struct SpoolReading {
  SpoolPoint begin;
  SpoolPoint end;
  std::shared_ptr<const std::string> payload;
  uint64_t next_offset = 0;
};

// What to read in a file: the first whole record of `epoch` with at least `seq_min`, up to `end`.
struct SpoolReadOrder {
  uint64_t segment = 0;
  int64_t epoch = 0;
  int64_t seq_min = 0;
  SpoolPoint end;
  uint64_t offset = 0;
  uint64_t limit = 0;
  std::string name;
  std::shared_ptr<const SpoolFile> file;  // empty: to be opened
};

// Not for several threads at a time: the spool calls it under its lock.
//
// Every record is in one place: not read (above `read` of its segment), handed out (`handed_`), or
// to be handed out again (`again_`, after a rewind). Each change of place is one line in the
// counters, so that the book of spool_counter.hpp balances after every call.
class SpoolBooks {
 public:
  SpoolBooks(int64_t epoch, uint64_t memory_bytes_max, SpoolCounters& counters)
      : epoch_(epoch), memory_(memory_bytes_max), counters_(counters) {}

  // At the start, in their order.
  void take_over(Segment segment, const SpoolPosition& done);

  // --- the producer's
  [[nodiscard]] const SpoolPoint& last() const noexcept { return last_; }
  [[nodiscard]] const SpoolPoint& current_begin() const noexcept { return segments_.back().begin; }
  void begin_segment(std::string name, bool continues);
  // `bytes`: the segment's, with this record.
  void add_on_disk(const SpoolLoad& load, std::shared_ptr<const std::string> payload,
                   uint64_t bytes);
  [[nodiscard]] bool has_room_in_memory(uint64_t payload_bytes) const noexcept;
  // A segment by itself, which leans on the one before it where `continues`.
  void add_in_memory(const SpoolLoad& load, std::shared_ptr<const std::string> payload,
                     bool continues);
  // The segment begun last; under its name from now on.
  void complete_segment(std::string name);
  // The segment begun last got no record.
  void undo_segment();
  // The oldest complete file and what leans on it: the names of the files. Empty: there is none,
  // or only what the next record leans on.
  [[nodiscard]] std::vector<std::string> drop_oldest(bool next_leans);

  // --- the consumer's
  struct Step {
    enum class Kind : uint8_t { hand_out, read, wait } kind = Kind::wait;
    SpoolRecord record;
    SpoolReadOrder order;
  };
  [[nodiscard]] Step next_step();
  // Of its file; empty where the segment is gone.
  [[nodiscard]] std::string name_of(uint64_t segment) const;
  // The order's file, for the next orders of its segment.
  void keep_open(const SpoolReadOrder& order);
  // What the order brought: a record, to be handed out where it is returned, or the end. A segment
  // that was dropped meanwhile brings nothing.
  [[nodiscard]] std::optional<SpoolRecord> note_reading(const SpoolReadOrder& order,
                                                        const std::optional<SpoolReading>& reading);
  void rewind();
  void release(int64_t epoch, int64_t seq);
  // Segments that nothing waits in any more: how many, and the names of their files.
  struct Retired {
    size_t segments = 0;
    std::vector<std::string> names;
  };
  [[nodiscard]] Retired retire();

  // --- anybody's
  [[nodiscard]] const SpoolPosition& done() const noexcept { return done_; }
  [[nodiscard]] uint64_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] Spool::State state() const;

 private:
  // Handed out at least once, and neither released nor lost.
  struct Waiting {
    int64_t epoch = 0;
    SpoolPoint begin;
    SpoolPoint end;
  };
  using WaitingList = std::deque<Waiting>;

  [[nodiscard]] const Segment* find(uint64_t id) const noexcept;
  [[nodiscard]] Segment* find(uint64_t id) noexcept;
  [[nodiscard]] Segment* segment_of(int64_t epoch, int64_t seq) noexcept;
  [[nodiscard]] Segment* current_segment() noexcept;
  [[nodiscard]] int64_t wanted_in(const Segment& segment) const noexcept;
  [[nodiscard]] SpoolReadOrder order_for(const Segment& segment, int64_t seq_min) const;
  std::optional<SpoolRecord> hand_out(Segment& segment, const SpoolReading& reading);
  void lose_again_before(const Segment& segment, int64_t seq);
  void read_up_to(Segment& segment, const SpoolPoint& point);
  void drop(const Segment& segment, bool is_front);
  void end_waiting(SpoolFate fate, const SpoolAmount& amount);
  void release_from(WaitingList& list, const SpoolPosition& up_to);
  void advance_done(const SpoolPosition& to) noexcept;
  void append(const SpoolLoad& load, std::shared_ptr<const std::string> payload,
              uint64_t segment_offset);

  int64_t epoch_;
  SpoolPoint last_;  // appended
  std::deque<Segment> segments_;
  uint64_t ids_ = 0;
  WaitingList handed_;
  WaitingList again_;
  RecordMemory memory_;
  SpoolPosition done_;
  SpoolAmount waiting_;
  uint64_t bytes_ = 0;
  struct {
    uint64_t segment = 0;
    uint64_t offset = 0;
  } cursor_;  // where the consumer reads on
  SpoolCounters& counters_;
};

}  // namespace control
