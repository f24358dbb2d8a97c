// SPDX-License-Identifier: Apache-2.0
// Who gives up a buffer when they run short.
#pragma once

#include "dataplane/waiting_list.hpp"

#include <cstddef>
#include <cstdint>

namespace dataplane {

// The captures of one core's TCP flows by what speaks for them, each in the order of its last
// progress. Whoever forges packets of connections that do not exist, from any address, makes
// unassured ones: neither does he know the number that the peer's SYN-ACK has told, nor does a peer
// answer him. Half of the buffers are out of his reach. Who opens real connections and lets their
// handshakes lie makes assured ones; these lose their buffers when hardly any are left, after a
// silence that no handshake under way has. Numbers are pool slots; all in constant time.
class CaptureQueue {
 public:
  static constexpr uint32_t kNone = WaitingList::kNone;

  // For a pool of so many captures, and large buffers.
  CaptureQueue(uint32_t captures_max, uint32_t large_max)
      : captures_max_(captures_max),
        large_max_(large_max),
        unassured_(captures_max),
        assured_(captures_max),
        large_(captures_max) {}

  enum class Standing : uint8_t { unassured, assured };
  void add(uint32_t slot, Standing standing) noexcept { list_of(standing).push(slot); }
  void remove(uint32_t slot) noexcept {
    unassured_.remove(slot);
    assured_.remove(slot);
    large_.remove(slot);
  }
  [[nodiscard]] bool is_unassured(uint32_t slot) const noexcept {
    return unassured_.contains(slot);
  }
  void assure(uint32_t slot) noexcept {
    unassured_.remove(slot);
    assured_.push(slot);
  }
  void note_large(uint32_t slot) noexcept { large_.push(slot); }
  void note_progress(uint32_t slot) noexcept {
    for (WaitingList* const list : {&unassured_, &assured_, &large_}) {
      if (!list->contains(slot)) continue;
      list->remove(slot);
      list->push(slot);
    }
  }

  // The unassured one that makes place for one more, where these hold all they may; else kNone.
  [[nodiscard]] uint32_t unassured_to_go() const noexcept {
    return unassured_.size() >= (captures_max_ + 1) / 2 ? unassured_.oldest() : kNone;
  }
  // The one without progress for longest, where flows hold nearly all; else kNone. It goes if that
  // was long enough ago.
  [[nodiscard]] uint32_t stalled(uint32_t num_held) const noexcept {
    if (num_held < captures_max_ - captures_max_ / 8) return kNone;
    return unassured_.size() > 0 ? unassured_.oldest() : assured_.oldest();
  }
  // The same for large buffers.
  [[nodiscard]] uint32_t stalled_large(uint32_t num_large_free) const noexcept {
    return num_large_free <= large_max_ / 8 ? large_.oldest() : kNone;
  }
  // Whether this capture may have one of the large buffers: unassured ones may have half of them.
  [[nodiscard]] bool may_grow(uint32_t slot, uint32_t num_large_free) const noexcept {
    return num_large_free > (is_unassured(slot) ? large_max_ / 2 : 0);
  }

 private:
  [[nodiscard]] WaitingList& list_of(Standing standing) noexcept {
    return standing == Standing::assured ? assured_ : unassured_;
  }

  uint32_t captures_max_;
  uint32_t large_max_;
  WaitingList unassured_;
  WaitingList assured_;
  WaitingList large_;  // of both, those with a large buffer
};

}  // namespace dataplane
