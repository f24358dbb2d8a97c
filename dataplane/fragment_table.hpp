// SPDX-License-Identifier: Apache-2.0
// IP datagrams under way in fragments, put together: RFC 791 section 3.2, RFC 8200 section 4.5.
#pragma once

#include "dataplane/datagram_blocks.hpp"
#include "dataplane/fragment_view.hpp"
#include "dataplane/path_counters.hpp"
#include "flowtable/base/tick.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace dataplane {

// A datagram put together, as a raw IP packet without options or extension headers of its own.
struct JoinedPacket {
  flowtable::Bytes bytes;   // empty: there is none
  uint32_t wire_bytes = 0;  // of all frames that brought its fragments
};

// All datagrams of one core that are not whole yet. The constructor lays out all memory there will
// ever be; after it nothing here allocates, waits or fails, and everything that ends otherwise than
// whole is counted under a name. The owner core alone calls it.
//
// Fragments come in any order. The same bytes twice are harmless. Different ones for the same place
// end an IPv6 datagram (RFC 5722 section 4); of an IPv4 one the first count, and it is counted as
// conflicting. An IPv6 fragment that overlaps others without being a repetition ends it too. So do
// fragments of either version that disagree where the datagram ends.
class FragmentTable {
 public:
  struct Options {
    uint32_t datagrams_max = 1024;  // at one time; with those that have just ended
    uint32_t blocks_max = 2048;     // of DatagramBlocks::kBlockBytes: 4 MiB
    flowtable::TickSpan timeout = std::chrono::seconds(30);  // from its first fragment on
  };
  // The longest packet there can be: what a length of 16 bits may say, and an IPv6 header.
  static constexpr size_t kPacketBytesMax = 40 + 65535;

  FragmentTable(const Options& options, CoreCounters& counters);

  // Takes a fragment in. Where its datagram is whole by that, the packet is written into `room`, of
  // at least kPacketBytesMax, and returned; it stays as long as the room does.
  [[nodiscard]] JoinedPacket take(const FragmentView& fragment, std::span<uint8_t> room) noexcept;

  // Lets go of datagrams whose time is over, at most `budget`; returns how many. Which datagrams
  // become whole does not depend on when, or whether, it is called.
  size_t expire(flowtable::Tick now, size_t budget) noexcept;
  // Lets go of all: the end of the capture, or shutdown.
  void drain() noexcept;

  [[nodiscard]] uint32_t num_open() const noexcept { return num_open_; }
  // All memory the table will ever hold.
  [[nodiscard]] size_t memory_bytes() const noexcept;

 private:
  static constexpr uint32_t kNone = 0xffffffff;

  enum class Phase : uint8_t {
    open,    // waits for fragments
    joined,  // was whole a moment ago: what still comes of it are repetitions
    broken,  // its fragments contradict: what still comes of it is not taken
  };
  struct Datagram {
    flowtable::FlowKey key;
    uint64_t hash = 0;
    flowtable::Tick first{};   // when its first fragment came
    flowtable::Tick latest{};  // the latest one that belongs to it
    BlockMap map;
    uint32_t end = 0;         // behind the last byte that any fragment has told of
    uint32_t length = kNone;  // of the whole, once the last fragment has told
    uint32_t wire_bytes = 0;
    uint32_t chain_next = kNone;  // of the same hash bucket
    uint32_t older = kNone;       // in the list of its phase
    uint32_t newer = kNone;
    FragmentView::Version version{};
    Phase phase = Phase::open;
    uint8_t protocol = 0;
    uint32_t ttl_of_first = kNone;  // of the fragment at offset 0, once that has come
    bool conflicting = false;
  };
  // In the order in which they came there.
  struct AgeList {
    uint32_t oldest = kNone;
    uint32_t newest = kNone;
  };

  [[nodiscard]] uint32_t& bucket_of(uint64_t hash) noexcept {
    return buckets_[hash & (buckets_.size() - 1)];
  }
  [[nodiscard]] uint32_t find(const FragmentView& fragment) noexcept;
  // True where the fragment must belong to a later datagram of the same key.
  [[nodiscard]] bool is_past(const Datagram& datagram, const FragmentView& fragment) const noexcept;
  // True where the two disagree how long the datagram is.
  [[nodiscard]] static bool ends_elsewhere(const Datagram& datagram,
                                           const FragmentView& fragment) noexcept;
  [[nodiscard]] bool contradicts(const Datagram& datagram,
                                 const FragmentView& fragment) const noexcept;
  [[nodiscard]] uint32_t begin(const FragmentView& fragment) noexcept;
  void add(uint32_t number, const FragmentView& fragment) noexcept;
  // Evicts the oldest until the blocks are free; false where `number` itself had to go.
  [[nodiscard]] bool make_room(uint32_t number, uint32_t blocks) noexcept;
  [[nodiscard]] JoinedPacket join(uint32_t number, std::span<uint8_t> room) noexcept;
  // Returns its length.
  [[nodiscard]] static size_t write_header(const Datagram& datagram,
                                           std::span<uint8_t> room) noexcept;

  // Gives its blocks back and remembers it, as joined or broken.
  void settle(uint32_t number, Phase phase) noexcept;
  // Lets go of an open datagram, for that reason.
  void lose(uint32_t number, DropReason reason) noexcept;
  void forget(uint32_t number) noexcept;
  void enlist(AgeList& list, uint32_t number) noexcept;
  void unlist(AgeList& list, uint32_t number) noexcept;

  const Options options_;
  CoreCounters& counters_;
  DatagramBlocks blocks_;
  std::vector<Datagram> datagrams_;
  flowtable::FreeNumbers free_;
  std::vector<uint32_t> buckets_;  // first datagram of each; a power of two
  AgeList open_;
  AgeList settled_;
  uint32_t num_open_ = 0;
};

}  // namespace dataplane
