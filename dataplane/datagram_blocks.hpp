// SPDX-License-Identifier: Apache-2.0
// The bytes of IP datagrams that come in fragments.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "flowtable/free_numbers.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace dataplane {

// What one datagram holds of a DatagramBlocks: which block has which stretch of it.
struct BlockMap {
  static constexpr uint32_t kNone = 0xffffffff;
  static constexpr size_t kBlocks = 32;  // times DatagramBlocks::kBlockBytes: 64 KiB

  BlockMap() noexcept { blocks.fill(kNone); }

  std::array<uint32_t, kBlocks> blocks;
  uint32_t units = 0;  // of eight bytes that are there
};

// A piece of a datagram. Fragments begin at multiples of eight bytes (RFC 791 section 3.1), and all
// but the last end there, so what is there is known by units of eight.
struct DatagramPiece {
  uint32_t offset = 0;  // a multiple of 8
  flowtable::Bytes bytes;

  [[nodiscard]] uint32_t end() const noexcept {
    return offset + static_cast<uint32_t>(bytes.size());
  }
};

// A fixed number of blocks that the datagrams of one core share: most are little longer than one
// frame, few 64 KiB. Memory is laid out by the constructor; the owner core alone calls the rest.
class DatagramBlocks {
 public:
  static constexpr uint32_t kUnitBytes = 8;
  static constexpr uint32_t kBlockBytes = 2048;
  static constexpr uint32_t kDatagramBytesMax = BlockMap::kBlocks * kBlockBytes;

  // At least as many as one datagram may need.
  explicit DatagramBlocks(uint32_t blocks);

  // How a piece meets what is there already.
  struct Overlap {
    uint32_t units = 0;    // of the piece that are there
    bool differs = false;  // with other bytes
  };
  [[nodiscard]] Overlap overlap(const BlockMap& map, const DatagramPiece& piece) const noexcept;

  // Blocks that fill() will take for the piece.
  [[nodiscard]] uint32_t num_needed(const BlockMap& map, const DatagramPiece& piece) const noexcept;
  [[nodiscard]] uint32_t num_free() const noexcept { return free_.size(); }
  // Copies what is not there yet; what is there stays. The blocks needed are free.
  void fill(BlockMap& map, const DatagramPiece& piece) noexcept;
  // Copies the datagram's first out.size() bytes, all of which are there.
  void copy_to(std::span<uint8_t> out, const BlockMap& map) const noexcept;
  void release(BlockMap& map) noexcept;

  // All memory there will ever be.
  [[nodiscard]] size_t memory_bytes() const noexcept;

 private:
  static constexpr size_t kWords = kBlockBytes / kUnitBytes / 64;
  struct Block {
    std::array<uint64_t, kWords> units_there;
    std::array<uint8_t, kBlockBytes> bytes;
  };

  // The part of a piece that lies in one block.
  struct Part {
    size_t block;    // index in the map
    uint32_t begin;  // in the block
    flowtable::Bytes bytes;
  };
  // Calls on_part(Part) for every block that the piece touches.
  template <typename OnPart>
  static void for_each_part(const DatagramPiece& piece, OnPart&& on_part) noexcept;
  static void fill_part(Block& block, const Part& part, uint32_t& units) noexcept;

  uint32_t num_blocks_;
  std::unique_ptr<Block[]> blocks_;
  flowtable::FreeNumbers free_;
};

}  // namespace dataplane
