// SPDX-License-Identifier: Apache-2.0
#include "dataplane/fragment_table.hpp"

#include "flowtable/base/big_endian.hpp"
#include "flowtable/base/check.hpp"

#include <algorithm>
#include <bit>

namespace dataplane {
namespace {

using flowtable::store_be16;
using flowtable::store_be32;
using flowtable::store_be64;
using flowtable::Tick;
using flowtable::TickSpan;
using Version = FragmentView::Version;

constexpr uint32_t kIpv4HeaderBytes = 20;
constexpr uint32_t kIpv6HeaderBytes = 40;
constexpr uint32_t kLengthMax = 65535;

// Fragments of one datagram are sent one right after the other. A repetition, as of a mirror that
// shows a frame twice, comes within this, and so does whatever belongs to a datagram; what
// contradicts it later is another one with the same number: of IPv4, whose 16 bits a tunnel at 10
// Gbit/s has used up within 100 ms (RFC 4963).
constexpr TickSpan kTogether = std::chrono::milliseconds(10);

// Ticks of a file may hold anything: defined for every pair of them, whichever is later.
bool is_further_than(Tick one, Tick other, TickSpan span) noexcept {
  const auto a = static_cast<uint64_t>(flowtable::ns_since_epoch(one));
  const auto b = static_cast<uint64_t>(flowtable::ns_since_epoch(other));
  return (one > other ? a - b : b - a) > static_cast<uint64_t>(span.count());
}

// What could be part of some datagram. RFC 791 section 3.1 and RFC 8200 section 4.5: all fragments
// but the last are multiples of eight bytes long, and no packet becomes longer than its length
// field can say.
bool is_possible(const FragmentView& fragment) noexcept {
  const uint32_t header_bytes = fragment.version == Version::v4 ? kIpv4HeaderBytes : 0;
  if (fragment.payload.empty() || fragment.end() > kLengthMax - header_bytes) return false;
  return !fragment.more_follow || fragment.payload.size() % DatagramBlocks::kUnitBytes == 0;
}

uint32_t units_of(uint32_t bytes) noexcept {
  return (bytes + DatagramBlocks::kUnitBytes - 1) / DatagramBlocks::kUnitBytes;
}

DatagramPiece piece_of(const FragmentView& fragment) noexcept {
  return {fragment.offset, fragment.payload};
}

}  // namespace

FragmentTable::FragmentTable(const Options& options, CoreCounters& counters)
    : options_(options),
      counters_(counters),
      blocks_(options.blocks_max),
      datagrams_(options.datagrams_max),
      free_(options.datagrams_max),
      buckets_(std::bit_ceil(options.datagrams_max), kNone) {
  CHECK(options.datagrams_max > 0 && options.timeout.count() >= 0);
}

size_t FragmentTable::memory_bytes() const noexcept {
  return sizeof(*this) + blocks_.memory_bytes() +
         datagrams_.size() * (sizeof(Datagram) + sizeof(uint32_t)) +
         buckets_.size() * sizeof(uint32_t);
}

JoinedPacket FragmentTable::take(const FragmentView& fragment, std::span<uint8_t> room) noexcept {
  if (!is_possible(fragment)) {
    counters_.drops.add(DropReason::fragment_bad);
    return {};
  }
  counters_.path.add(PathCounter::fragments_taken);
  uint32_t number = find(fragment);
  if (number == kNone) number = begin(fragment);
  const Datagram& datagram = datagrams_[number];
  if (datagram.phase == Phase::open) {
    add(number, fragment);
    // One that had to go meanwhile has no units left.
    const bool whole = datagram.map.units > 0 && datagram.length != kNone &&
                       datagram.map.units == units_of(datagram.length);
    return whole ? join(number, room) : JoinedPacket{};
  }
  if (datagram.phase == Phase::joined) counters_.path.add(PathCounter::fragments_duplicate);
  return {};
}

uint32_t FragmentTable::find(const FragmentView& fragment) noexcept {
  uint32_t number = bucket_of(fragment.hash);
  while (number != kNone && datagrams_[number].key != fragment.key)
    number = datagrams_[number].chain_next;
  if (number == kNone || !is_past(datagrams_[number], fragment)) return number;
  if (datagrams_[number].phase == Phase::open) {
    lose(number, DropReason::fragment_timeout);
  } else {
    forget(number);
  }
  return kNone;
}

bool FragmentTable::is_past(const Datagram& datagram, const FragmentView& fragment) const noexcept {
  const bool silent = is_further_than(fragment.tick, datagram.latest, kTogether);
  const bool over = is_further_than(fragment.tick, datagram.first, options_.timeout);
  const bool v4 = datagram.version == Version::v4;
  switch (datagram.phase) {
    case Phase::open:
      return over || (v4 && silent && contradicts(datagram, fragment));
    case Phase::joined:
      return silent;
    case Phase::broken:
      return v4 ? silent : over;
  }
  return true;
}

bool FragmentTable::ends_elsewhere(const Datagram& datagram,
                                   const FragmentView& fragment) noexcept {
  const uint32_t end = fragment.end();
  const bool length_known = datagram.length != kNone;
  if (length_known && end > datagram.length) return true;
  if (fragment.more_follow) return false;
  return datagram.end > end || (length_known && datagram.length != end);
}

bool FragmentTable::contradicts(const Datagram& datagram,
                                const FragmentView& fragment) const noexcept {
  return ends_elsewhere(datagram, fragment) ||
         blocks_.overlap(datagram.map, piece_of(fragment)).differs;
}

uint32_t FragmentTable::begin(const FragmentView& fragment) noexcept {
  if (free_.empty()) {
    // What has ended is only remembered; the oldest that has not is the least likely to go on.
    if (settled_.oldest != kNone) {
      forget(settled_.oldest);
    } else {
      lose(open_.oldest, DropReason::fragment_table_full);
    }
  }
  const uint32_t number = free_.take();
  Datagram& datagram = datagrams_[number];
  datagram = Datagram{};
  datagram.key = fragment.key;
  datagram.hash = fragment.hash;
  datagram.version = fragment.version;
  datagram.first = fragment.tick;
  uint32_t& bucket = bucket_of(fragment.hash);
  datagram.chain_next = bucket;
  bucket = number;
  enlist(open_, number);
  ++num_open_;
  counters_.path.add(PathCounter::datagrams_fragmented);
  return number;
}

void FragmentTable::add(uint32_t number, const FragmentView& fragment) noexcept {
  Datagram& datagram = datagrams_[number];
  const DatagramPiece piece = piece_of(fragment);
  const DatagramBlocks::Overlap overlap = blocks_.overlap(datagram.map, piece);
  const uint32_t units = units_of(static_cast<uint32_t>(piece.bytes.size()));
  const bool repeats = overlap.units == units && !overlap.differs;
  const bool forbidden = datagram.version == Version::v6 && overlap.units > 0 && !repeats;
  if (forbidden || ends_elsewhere(datagram, fragment)) {
    counters_.drops.add(DropReason::fragment_overlap);
    settle(number, Phase::broken);
    return;
  }
  if (overlap.differs && !datagram.conflicting) {
    datagram.conflicting = true;
    counters_.path.add(PathCounter::datagrams_conflicting);
  }
  datagram.latest = fragment.tick;
  datagram.wire_bytes += fragment.wire_bytes;
  datagram.end = std::max(datagram.end, piece.end());
  if (!fragment.more_follow) datagram.length = piece.end();
  if (overlap.units == units) {
    counters_.path.add(PathCounter::fragments_duplicate);
    return;
  }
  if (fragment.offset == 0 && datagram.ttl_of_first == kNone) {
    datagram.protocol = fragment.protocol;
    datagram.ttl_of_first = fragment.ttl;
  }
  if (make_room(number, blocks_.num_needed(datagram.map, piece))) blocks_.fill(datagram.map, piece);
}

bool FragmentTable::make_room(uint32_t number, uint32_t blocks) noexcept {
  while (blocks_.num_free() < blocks) {
    const uint32_t oldest = open_.oldest;
    lose(oldest, DropReason::fragment_table_full);
    if (oldest == number) return false;
  }
  return true;
}

JoinedPacket FragmentTable::join(uint32_t number, std::span<uint8_t> room) noexcept {
  DCHECK(room.size() >= kPacketBytesMax);
  const Datagram& datagram = datagrams_[number];
  const size_t header_bytes = write_header(datagram, room);
  const size_t packet_bytes = header_bytes + datagram.length;
  blocks_.copy_to(room.subspan(header_bytes, datagram.length), datagram.map);
  const JoinedPacket out{room.first(packet_bytes), datagram.wire_bytes};
  counters_.path.add(PathCounter::datagrams_reassembled);
  settle(number, Phase::joined);
  return out;
}

size_t FragmentTable::write_header(const Datagram& datagram, std::span<uint8_t> room) noexcept {
  const auto ttl = static_cast<uint8_t>(datagram.ttl_of_first);
  const std::array<uint64_t, 5>& words = datagram.key.words;
  uint8_t* const to = room.data();
  if (datagram.version == Version::v4) {
    // Of an address in its mapped form the last four bytes are the IPv4 one.
    store_be16(to, 0x4500);
    store_be16(to + 2, static_cast<uint16_t>(kIpv4HeaderBytes + datagram.length));
    store_be32(to + 4, 0);
    store_be16(to + 8, static_cast<uint16_t>(ttl << 8 | datagram.protocol));
    store_be16(to + 10, 0);
    store_be32(to + 12, static_cast<uint32_t>(words[1]));
    store_be32(to + 16, static_cast<uint32_t>(words[3]));
    return kIpv4HeaderBytes;
  }
  store_be32(to, 0x60000000);
  store_be16(to + 4, static_cast<uint16_t>(datagram.length));
  store_be16(to + 6, static_cast<uint16_t>(datagram.protocol << 8 | ttl));
  for (size_t word = 0; word < 4; ++word)
    store_be64(to + 8 + 8 * word, words[word]);
  return kIpv6HeaderBytes;
}

void FragmentTable::settle(uint32_t number, Phase phase) noexcept {
  Datagram& datagram = datagrams_[number];
  blocks_.release(datagram.map);
  unlist(open_, number);
  --num_open_;
  datagram.phase = phase;
  enlist(settled_, number);
}

void FragmentTable::lose(uint32_t number, DropReason reason) noexcept {
  counters_.drops.add(reason);
  forget(number);
}

void FragmentTable::forget(uint32_t number) noexcept {
  Datagram& datagram = datagrams_[number];
  uint32_t* link = &bucket_of(datagram.hash);
  while (*link != number)
    link = &datagrams_[*link].chain_next;
  *link = datagram.chain_next;
  blocks_.release(datagram.map);
  const bool open = datagram.phase == Phase::open;
  unlist(open ? open_ : settled_, number);
  if (open) --num_open_;
  free_.give_back(number);
}

void FragmentTable::enlist(AgeList& list, uint32_t number) noexcept {
  Datagram& datagram = datagrams_[number];
  datagram.older = list.newest;
  datagram.newer = kNone;
  (list.newest == kNone ? list.oldest : datagrams_[list.newest].newer) = number;
  list.newest = number;
}

void FragmentTable::unlist(AgeList& list, uint32_t number) noexcept {
  const Datagram& datagram = datagrams_[number];
  (datagram.older == kNone ? list.oldest : datagrams_[datagram.older].newer) = datagram.newer;
  (datagram.newer == kNone ? list.newest : datagrams_[datagram.newer].older) = datagram.older;
}

size_t FragmentTable::expire(Tick now, size_t budget) noexcept {
  size_t expired = 0;
  while (expired < budget && open_.oldest != kNone &&
         is_further_than(now, datagrams_[open_.oldest].first, options_.timeout)) {
    lose(open_.oldest, DropReason::fragment_timeout);
    ++expired;
  }
  return expired;
}

void FragmentTable::drain() noexcept {
  while (open_.oldest != kNone)
    lose(open_.oldest, DropReason::fragment_timeout);
  while (settled_.oldest != kNone)
    forget(settled_.oldest);
}

}  // namespace dataplane
