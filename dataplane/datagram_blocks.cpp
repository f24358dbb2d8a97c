// SPDX-License-Identifier: Apache-2.0
#include "dataplane/datagram_blocks.hpp"

#include "flowtable/base/check.hpp"

#include <algorithm>

namespace dataplane {
namespace {

using flowtable::Bytes;

template <typename Words>
bool is_there(const Words& words, uint32_t unit) noexcept {
  return (words[unit / 64] >> unit % 64 & 1) != 0;
}

}  // namespace

DatagramBlocks::DatagramBlocks(uint32_t blocks)
    : num_blocks_(blocks), blocks_(std::make_unique_for_overwrite<Block[]>(blocks)), free_(blocks) {
  CHECK(blocks >= BlockMap::kBlocks);
}

size_t DatagramBlocks::memory_bytes() const noexcept {
  return sizeof(*this) + num_blocks_ * (sizeof(Block) + sizeof(uint32_t));
}

template <typename OnPart>
void DatagramBlocks::for_each_part(const DatagramPiece& piece, OnPart&& on_part) noexcept {
  DCHECK(piece.offset % kUnitBytes == 0 && piece.end() <= kDatagramBytesMax);
  uint32_t at = piece.offset;
  Bytes left = piece.bytes;
  while (!left.empty()) {
    const uint32_t begin = at % kBlockBytes;
    const size_t length = std::min<size_t>(left.size(), kBlockBytes - begin);
    on_part(Part{at / kBlockBytes, begin, left.first(length)});
    left = left.subspan(length);
    at += static_cast<uint32_t>(length);
  }
}

DatagramBlocks::Overlap DatagramBlocks::overlap(const BlockMap& map,
                                                const DatagramPiece& piece) const noexcept {
  Overlap out;
  for_each_part(piece, [&](const Part& part) {
    const uint32_t number = map.blocks[part.block];
    if (number == BlockMap::kNone) return;
    const Block& block = blocks_[number];
    for (size_t at = 0; at < part.bytes.size(); at += kUnitBytes) {
      const auto begin = part.begin + static_cast<uint32_t>(at);
      if (!is_there(block.units_there, begin / kUnitBytes)) continue;
      ++out.units;
      const Bytes unit =
          part.bytes.subspan(at, std::min<size_t>(kUnitBytes, part.bytes.size() - at));
      out.differs =
          out.differs || !std::ranges::equal(unit, Bytes(block.bytes).subspan(begin, unit.size()));
    }
  });
  return out;
}

uint32_t DatagramBlocks::num_needed(const BlockMap& map,
                                    const DatagramPiece& piece) const noexcept {
  uint32_t needed = 0;
  for_each_part(piece, [&](const Part& part) {
    needed += map.blocks[part.block] == BlockMap::kNone ? 1 : 0;
  });
  return needed;
}

void DatagramBlocks::fill(BlockMap& map, const DatagramPiece& piece) noexcept {
  for_each_part(piece, [&](const Part& part) {
    uint32_t& number = map.blocks[part.block];
    if (number == BlockMap::kNone) {
      number = free_.take();
      blocks_[number].units_there.fill(0);
    }
    fill_part(blocks_[number], part, map.units);
  });
}

void DatagramBlocks::fill_part(Block& block, const Part& part, uint32_t& units) noexcept {
  for (size_t at = 0; at < part.bytes.size(); at += kUnitBytes) {
    const auto begin = part.begin + static_cast<uint32_t>(at);
    const uint32_t unit = begin / kUnitBytes;
    if (is_there(block.units_there, unit)) continue;
    const size_t length = std::min<size_t>(kUnitBytes, part.bytes.size() - at);
    std::copy_n(part.bytes.data() + at, length, block.bytes.data() + begin);
    block.units_there[unit / 64] |= uint64_t{1} << unit % 64;
    ++units;
  }
}

void DatagramBlocks::copy_to(std::span<uint8_t> out, const BlockMap& map) const noexcept {
  for (size_t index = 0; !out.empty(); ++index) {
    const size_t length = std::min<size_t>(out.size(), kBlockBytes);
    DCHECK(map.blocks[index] != BlockMap::kNone);
    std::copy_n(blocks_[map.blocks[index]].bytes.data(), length, out.data());
    out = out.subspan(length);
  }
}

void DatagramBlocks::release(BlockMap& map) noexcept {
  for (uint32_t& number : map.blocks) {
    if (number != BlockMap::kNone) free_.give_back(number);
    number = BlockMap::kNone;
  }
  map.units = 0;
}

}  // namespace dataplane
