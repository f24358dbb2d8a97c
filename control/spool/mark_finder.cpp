// SPDX-License-Identifier: Apache-2.0
#include "control/spool/mark_finder.hpp"

#include <algorithm>

namespace control {

using flowtable::Bytes;

namespace {

// How much is read at a time where something has to be looked for.
constexpr size_t kWindowBytes = 64U << 10;

}  // namespace

MarkFinder::MarkFinder(const SpoolFile& file, int64_t epoch, uint64_t limit)
    : file_(file), epoch_(epoch), limit_(limit) {}

uint64_t MarkFinder::Found::next() const noexcept {
  const bool is_head = mark.part == FrameMark::Part::head;
  return at + kMarkBytes + (is_head ? mark.stored_bytes : 0);
}

std::optional<MarkFinder::Found> MarkFinder::at_or_after(uint64_t offset) {
  if (offset >= limit_) return std::nullopt;
  // Nearly always it is where it is due.
  if (auto found = mark_in(window_at(offset, kMarkBytes), offset)) return found;
  return search(offset + 1);
}

std::optional<MarkFinder::Found> MarkFinder::search(uint64_t from) {
  while (from < limit_ && limit_ - from >= kMarkBytes) {
    const Bytes window = window_at(from, kWindowBytes);
    auto at = window.begin();
    while (true) {
      at = std::search(at, window.end(), kMarkBegins.begin(), kMarkBegins.end());
      if (at == window.end()) break;
      const auto distance = static_cast<size_t>(at - window.begin());
      if (auto found = mark_in(window.subspan(distance), from + distance)) return found;
      ++at;
    }
    // A mark may begin in this window and end in the next one. A window that cannot be read is
    // passed over.
    from += kWindowBytes - kMarkBytes + 1;
  }
  return std::nullopt;
}

std::optional<MarkFinder::Found> MarkFinder::mark_in(Bytes bytes, uint64_t at) const {
  const auto mark = decode_mark(bytes);
  if (!mark || mark->epoch != epoch_) return std::nullopt;
  const Found found{*mark, at};
  if (found.next() > limit_) return std::nullopt;
  return found;
}

std::optional<std::string> MarkFinder::payload_of(const Found& head) {
  return control::payload_of(head.mark, window_at(head.at + kMarkBytes, head.mark.stored_bytes));
}

Bytes MarkFinder::window_at(uint64_t offset, size_t size) {
  const size_t wanted = static_cast<size_t>(std::min<uint64_t>(size, limit_ - offset));
  if (window_.size() < wanted) window_.resize(wanted);
  const auto got = file_.read_at(offset, std::span(window_).first(wanted));
  if (got.ok()) return Bytes(window_).first(got.value());
  ++failures_;
  return {};
}

}  // namespace control
