// SPDX-License-Identifier: Apache-2.0
#include "control/spool/spool_books.hpp"

#include "flowtable/base/check.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace control {
namespace {

// Nothing but records lies between the two: the sums agree with the numbers.
bool follows(const SpoolPoint& earlier, const SpoolPoint& later) {
  return earlier.seq == later.seq ? earlier.sum == later.sum : later.is_at_or_after(earlier);
}

}  // namespace

void SpoolBooks::take_over(Segment segment, const SpoolPosition& done) {
  CHECK(segment.complete && segment.is_on_disk());
  segment.id = ++ids_;
  bytes_ += segment.bytes;
  waiting_ += between(segment.read, segment.end);
  done_ = done;
  segments_.push_back(std::move(segment));
}

void SpoolBooks::begin_segment(std::string name, bool continues) {
  Segment segment;
  segment.id = ++ids_;
  segment.epoch = epoch_;
  segment.begin = segment.end = segment.read = last_;
  segment.name = std::move(name);
  segment.continues = continues;
  segment.began = std::chrono::system_clock::now();
  segments_.push_back(std::move(segment));
}

void SpoolBooks::add_on_disk(const SpoolLoad& load, std::shared_ptr<const std::string> payload,
                             uint64_t bytes) {
  Segment& segment = segments_.back();
  CHECK(segment.is_on_disk() && !segment.complete);
  bytes_ += bytes - segment.bytes;
  segment.bytes = bytes;
  append(load, std::move(payload), bytes);
}

bool SpoolBooks::has_room_in_memory(uint64_t payload_bytes) const noexcept {
  return memory_.has_room_for_only_copy(payload_bytes);
}

void SpoolBooks::add_in_memory(const SpoolLoad& load, std::shared_ptr<const std::string> payload,
                               bool continues) {
  begin_segment({}, continues);
  append(load, std::move(payload), 0);
  segments_.back().complete = true;
  counters_.add(SpoolCounter::records_in_memory_only);
}

void SpoolBooks::append(const SpoolLoad& load, std::shared_ptr<const std::string> payload,
                        uint64_t segment_offset) {
  Segment& segment = segments_.back();
  const SpoolPoint end{last_.seq + 1, last_.sum + load};
  memory_.add(
      {end.seq, last_.sum, load, std::move(payload), segment_offset, !segment.is_on_disk()});
  waiting_ += between(last_, end);
  segment.end = last_ = end;
}

void SpoolBooks::complete_segment(std::string name) {
  Segment& segment = segments_.back();
  segment.name = std::move(name);
  segment.complete = true;
}

void SpoolBooks::undo_segment() {
  CHECK(segments_.back().begin == segments_.back().end);
  segments_.pop_back();
}

std::vector<std::string> SpoolBooks::drop_oldest(bool next_leans) {
  auto end = segments_.end();
  if (next_leans) {
    while (end != segments_.begin() && std::prev(end)->continues)
      --end;
    if (end != segments_.begin()) --end;
  }
  const auto is_complete_file = [](const Segment& each) {
    return each.is_on_disk() && each.complete;
  };
  const auto first = std::find_if(segments_.begin(), end, is_complete_file);
  if (first == end) return {};
  const auto last = std::find_if(
      std::next(first), end, [](const Segment& each) { return !each.continues || !each.complete; });
  std::vector<std::string> names;
  for (auto at = first; at != last; ++at) {
    if (at->is_on_disk()) names.push_back(at->name);
  }
  // Not past what waits in memory before it.
  const bool is_front = first == segments_.begin();
  std::for_each(first, last, [&](const Segment& segment) { drop(segment, is_front); });
  segments_.erase(first, last);
  counters_.add(SpoolCounter::segments_dropped, names.size());
  return names;
}

void SpoolBooks::drop(const Segment& segment, bool is_front) {
  // What was handed out may still be released; rewind() counts what is not.
  const auto lies_in = [&](const Waiting& record) {
    return segment.has(record.epoch, record.end.seq);
  };
  const auto from = std::ranges::find_if(again_, lies_in);
  const auto to = std::find_if_not(from, again_.end(), lies_in);
  std::for_each(from, to, [this](const Waiting& record) {
    end_waiting(SpoolFate::dropped_full, between(record.begin, record.end));
  });
  again_.erase(from, to);
  end_waiting(SpoolFate::dropped_full, between(segment.read, segment.end));
  if (segment.epoch == epoch_) memory_.remove(segment.begin.seq, segment.end.seq);
  bytes_ -= segment.bytes;
  if (is_front) advance_done({segment.epoch, segment.end});
}

void SpoolBooks::end_waiting(SpoolFate fate, const SpoolAmount& amount) {
  count(counters_, fate, amount);
  waiting_ -= amount;
}

SpoolBooks::Step SpoolBooks::next_step() {
  Step step;
  while (Segment* const segment = current_segment()) {
    const int64_t wanted = wanted_in(*segment);
    if (wanted > segment->end.seq) {
      if (!segment->complete) return step;
      cursor_ = {segment->id + 1, 0};
      continue;
    }
    if (segment->epoch == epoch_) {
      if (const RecordMemory::Kept* kept = memory_.find(wanted)) {
        const SpoolReading reading{{kept->seq - 1, kept->before},
                                   {kept->seq, kept->before + kept->load},
                                   kept->payload,
                                   kept->segment_offset};
        auto record = hand_out(*segment, reading);
        CHECK(record.has_value());
        step.kind = Step::Kind::hand_out;
        step.record = std::move(*record);
        return step;
      }
    }
    CHECK(segment->is_on_disk());
    step.kind = Step::Kind::read;
    step.order = order_for(*segment, wanted);
    return step;
  }
  return step;
}

Segment* SpoolBooks::current_segment() noexcept {
  const auto found = std::ranges::lower_bound(segments_, cursor_.segment, {}, &Segment::id);
  if (found == segments_.end()) return nullptr;
  if (found->id != cursor_.segment) cursor_ = {found->id, 0};
  return &*found;
}

int64_t SpoolBooks::wanted_in(const Segment& segment) const noexcept {
  if (!again_.empty() && segment.has(again_.front().epoch, again_.front().end.seq)) {
    return again_.front().end.seq;
  }
  return segment.read.seq + 1;
}

SpoolReadOrder SpoolBooks::order_for(const Segment& segment, int64_t seq_min) const {
  SpoolReadOrder order;
  order.segment = segment.id;
  order.epoch = segment.epoch;
  order.seq_min = seq_min;
  order.end = segment.end;
  order.offset = cursor_.offset;
  order.limit = segment.bytes;
  order.name = segment.name;
  order.file = segment.file;
  return order;
}

std::string SpoolBooks::name_of(uint64_t segment) const {
  const Segment* const found = find(segment);
  return found == nullptr ? std::string() : found->name;
}

void SpoolBooks::keep_open(const SpoolReadOrder& order) {
  // One file is open at a time.
  for (Segment& each : segments_)
    each.file.reset();
  if (Segment* const segment = find(order.segment)) segment->file = order.file;
}

std::optional<SpoolRecord> SpoolBooks::note_reading(const SpoolReadOrder& order,
                                                    const std::optional<SpoolReading>& reading) {
  Segment* const segment = find(order.segment);
  if (segment == nullptr) return std::nullopt;
  if (reading) return hand_out(*segment, *reading);
  // What is left up to there cannot be read.
  lose_again_before(*segment, order.end.seq + 1);
  read_up_to(*segment, order.end);
  cursor_.offset = order.limit;
  return std::nullopt;
}

std::optional<SpoolRecord> SpoolBooks::hand_out(Segment& segment, const SpoolReading& reading) {
  const int64_t seq = reading.end.seq;
  cursor_ = {segment.id, reading.next_offset};
  lose_again_before(segment, seq);
  if (!again_.empty() && again_.front().epoch == segment.epoch && again_.front().end.seq == seq) {
    const Waiting known = again_.front();
    again_.pop_front();
    if (known.begin == reading.begin && known.end == reading.end) {
      handed_.push_back(known);
    } else {
      end_waiting(SpoolFate::dropped_damaged, between(known.begin, known.end));
      return std::nullopt;
    }
  } else {
    // Not what could not be read the first time, and is counted so; nor what contradicts.
    if (!follows(segment.read, reading.begin) || !follows(reading.end, segment.end)) {
      return std::nullopt;
    }
    read_up_to(segment, reading.begin);
    segment.read = reading.end;
    handed_.push_back({segment.epoch, reading.begin, reading.end});
  }
  return SpoolRecord{segment.epoch, seq, reading.end.sum - reading.begin.sum, reading.payload};
}

void SpoolBooks::lose_again_before(const Segment& segment, int64_t seq) {
  while (!again_.empty() && segment.has(again_.front().epoch, again_.front().end.seq) &&
         again_.front().end.seq < seq) {
    end_waiting(SpoolFate::dropped_damaged, between(again_.front().begin, again_.front().end));
    again_.pop_front();
  }
}

void SpoolBooks::read_up_to(Segment& segment, const SpoolPoint& point) {
  if (point.seq <= segment.read.seq) return;
  end_waiting(SpoolFate::dropped_damaged, between(segment.read, point));
  segment.read = point;
}

void SpoolBooks::rewind() {
  again_.insert(again_.begin(), handed_.begin(), handed_.end());
  handed_.clear();
  std::erase_if(again_, [this](const Waiting& record) {
    if (segment_of(record.epoch, record.end.seq) != nullptr) return false;
    end_waiting(SpoolFate::dropped_full, between(record.begin, record.end));
    return true;
  });
  cursor_ = {};
}

void SpoolBooks::release(int64_t epoch, int64_t seq) {
  const SpoolPosition up_to{epoch, {seq, {}}};
  release_from(handed_, up_to);
  // After a rewind: the database had it although the connection died.
  if (handed_.empty()) release_from(again_, up_to);
  if (done_.epoch == epoch_) memory_.remove(0, done_.point.seq);
}

void SpoolBooks::release_from(WaitingList& list, const SpoolPosition& up_to) {
  while (!list.empty() && !up_to.is_before(list.front().epoch, list.front().end.seq)) {
    const Waiting& record = list.front();
    end_waiting(SpoolFate::released, between(record.begin, record.end));
    advance_done({record.epoch, record.end});
    list.pop_front();
  }
}

void SpoolBooks::advance_done(const SpoolPosition& to) noexcept {
  if (done_.is_before(to.epoch, to.point.seq)) done_ = to;
}

SpoolBooks::Retired SpoolBooks::retire() {
  Retired retired;
  const auto is_past = [](const WaitingList& list, const Segment& segment) {
    return list.empty() || SpoolPosition{segment.epoch, segment.end}.is_before(
                               list.front().epoch, list.front().end.seq);
  };
  while (!segments_.empty()) {
    const Segment& segment = segments_.front();
    const bool is_read = segment.complete && segment.read == segment.end;
    if (!is_read || !is_past(handed_, segment) || !is_past(again_, segment)) break;
    ++retired.segments;
    if (segment.is_on_disk()) retired.names.push_back(segment.name);
    bytes_ -= segment.bytes;
    advance_done({segment.epoch, segment.end});
    if (segment.epoch == epoch_) memory_.remove(0, segment.end.seq);
    segments_.pop_front();
  }
  counters_.add(SpoolCounter::segments_released, retired.names.size());
  return retired;
}

Spool::State SpoolBooks::state() const {
  Spool::State state;
  state.bytes = bytes_;
  state.segments = static_cast<uint64_t>(std::ranges::count_if(segments_, &Segment::is_on_disk));
  state.records = waiting_.records;
  state.waiting = waiting_.load;
  if (waiting_.records > 0 && !segments_.empty()) state.oldest = segments_.front().began;
  return state;
}

const Segment* SpoolBooks::find(uint64_t id) const noexcept {
  const auto found = std::ranges::lower_bound(segments_, id, {}, &Segment::id);
  return found != segments_.end() && found->id == id ? &*found : nullptr;
}

Segment* SpoolBooks::find(uint64_t id) noexcept {
  return const_cast<Segment*>(std::as_const(*this).find(id));
}

Segment* SpoolBooks::segment_of(int64_t epoch, int64_t seq) noexcept {
  const auto found = std::ranges::find_if(
      segments_, [&](const Segment& segment) { return segment.has(epoch, seq); });
  return found == segments_.end() ? nullptr : &*found;
}

}  // namespace control
