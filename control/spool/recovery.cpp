// SPDX-License-Identifier: Apache-2.0
#include "control/spool/recovery.hpp"

#include "control/spool/segment_scan.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace control {
namespace {

using Entry = SpoolDirectory::Entry;

class Recovery {
 public:
  Recovery(const SpoolDirectory& directory, SpoolCounters& counters, const SpoolLog& log)
      : directory_(directory), counters_(counters), log_(log) {}

  flowtable::OrError<RecoveredSpool> run() {
    auto listing = directory_.list();
    if (!listing.ok()) {
      return flowtable::Failure{
          flowtable::Error{"spool directory cannot be listed: " + listing.error().text()}};
    }
    for (const std::string& name : listing.value().foreign)
      ignore(name, "none of the spool's");
    const auto progress = directory_.read_progress();
    knows_progress_ = progress.has_value();
    if (progress) result_.progress = *progress;
    result_.epoch_last = result_.progress.run_epoch;
    std::vector<Entry>& entries = listing.value().segments;
    std::ranges::sort(entries, {}, [](const Entry& entry) {
      return std::tuple(entry.name.epoch, entry.name.first, entry.bytes);
    });
    for (const Entry& entry : entries)
      take(entry);
    for (size_t i = 0; i < result_.segments.size(); ++i)
      count_segment(i);
    return std::move(result_);
  }

 private:
  void take(const Entry& entry) {
    result_.epoch_last = std::max(result_.epoch_last, entry.name.epoch);
    auto segment = entry.name.sealed ? sealed(entry) : opened(entry);
    if (!segment) return;
    if (!result_.progress.done.is_before(segment->epoch, segment->end.seq)) {
      remove(segment->name);
      return;
    }
    if (!add(*segment)) ignore(segment->name, "contradicts the segment before it");
  }

  static std::optional<Segment> sealed(const Entry& entry) {
    Segment segment;
    segment.epoch = entry.name.epoch;
    segment.begin = entry.name.begin();
    segment.end = entry.name.end();
    segment.name = text_of(entry.name);
    segment.bytes = entry.bytes;
    segment.continues = entry.name.continues;
    segment.began = entry.written;
    return segment;
  }

  // A process ended while it wrote this one. It is completed as that would have done it.
  std::optional<Segment> opened(const Entry& entry) {
    const std::string name = text_of(entry.name);
    auto file = directory_.open_to_mend(name);
    if (!file.ok()) {
      ignore(name, file.error().text());
      return std::nullopt;
    }
    MarkFinder finder(file.value(), entry.name.epoch, entry.bytes);
    const auto scanned = scan_segment(finder, entry.name.first);
    counters_.add(SpoolCounter::read_errors, finder.failures());
    const uint64_t bytes = scanned ? scanned->bytes : 0;
    if (bytes < entry.bytes) {
      counters_.add(SpoolCounter::torn_tails);
      log_("spool: " + name + ": cut off " + std::to_string(entry.bytes - bytes) +
           " bytes of a write that was not completed");
    }
    if (!scanned) {
      remove(name);
      return std::nullopt;
    }
    Entry mended = entry;
    mended.bytes = bytes;
    mended.name.first = scanned->begin.seq + 1;
    mended.name.sealed =
        SealedExtent{scanned->end.seq, scanned->begin.sum, scanned->end.sum - scanned->begin.sum};
    Segment segment = *sealed(mended);
    // What cannot be mended on disk stays as it is, and is found again by the next process.
    if (bytes < entry.bytes && !noted(file.value().truncate(bytes))) segment.name = name;
    if (segment.name != name && !noted(directory_.rename(name, segment.name))) segment.name = name;
    return segment;
  }

  // Behind those that are there. False where it cannot be put there.
  bool add(Segment& segment) {
    segment.complete = true;
    std::deque<Segment>& segments = result_.segments;
    if (!segments.empty() && segments.back().epoch == segment.epoch) {
      if (!cut_before(segment.begin)) return false;
    }
    const SpoolPosition& done = result_.progress.done;
    segment.read = segment.begin;
    if (segment.has(done.epoch, done.point.seq)) {
      const bool lies_in =
          done.point.is_at_or_after(segment.begin) && segment.end.is_at_or_after(done.point);
      if (lies_in) segment.read = done.point;
    }
    segments.push_back(segment);
    return true;
  }

  // A record whose confirmation failed was written again, into the next segment: that one counts,
  // and the segment before it ends earlier.
  bool cut_before(const SpoolPoint& begin) {
    Segment& before = result_.segments.back();
    if (begin.is_at_or_after(before.end)) return true;
    if (!begin.is_at_or_after(before.read)) return false;
    if (begin.seq >= before.end.seq || !before.end.is_at_or_after(begin)) return false;
    before.end = begin;
    if (before.end.seq > before.begin.seq) return true;
    remove(before.name);
    result_.segments.pop_back();
    return true;
  }

  void count_segment(size_t index) {
    const Segment& segment = result_.segments[index];
    count(counters_, SpoolFate::recovered, between(segment.read, segment.end));
    const auto due = due_before(index);
    if (!due || !segment.read.is_at_or_after(*due) || segment.read == *due) return;
    const SpoolAmount lost = between(*due, segment.read);
    count(counters_, SpoolFate::recovered, lost);
    count(counters_, SpoolFate::dropped_damaged, lost);
    log_("spool: before " + segment.name + " " + std::to_string(lost.records) +
         " records are missing");
  }

  // Where this segment would begin if nothing was lost before it; nullopt where nobody knows.
  std::optional<SpoolPoint> due_before(size_t index) const {
    const Segment& segment = result_.segments[index];
    if (index > 0 && result_.segments[index - 1].epoch == segment.epoch) {
      return result_.segments[index - 1].end;
    }
    if (!knows_progress_) return std::nullopt;
    const SpoolPosition& done = result_.progress.done;
    return done.epoch == segment.epoch ? done.point : SpoolPoint{};
  }

  void remove(const std::string& name) { (void)noted(directory_.remove(name)); }

  void ignore(const std::string& name, const std::string& why) {
    counters_.add(SpoolCounter::files_ignored);
    log_("spool: " + name + " is left alone: " + why);
  }

  bool noted(const OrOsError<void>& done) {
    if (!done.ok()) counters_.add(SpoolCounter::write_errors);
    return done.ok();
  }

  const SpoolDirectory& directory_;
  SpoolCounters& counters_;
  const SpoolLog& log_;
  RecoveredSpool result_;
  bool knows_progress_ = false;
};

}  // namespace

flowtable::OrError<RecoveredSpool> recover_spool(const SpoolDirectory& directory,
                                                 SpoolCounters& counters, const SpoolLog& log) {
  return Recovery(directory, counters, log).run();
}

}  // namespace control
