// SPDX-License-Identifier: Apache-2.0
// One piece of memory for everything a peer allocates: touched before anything is measured, on the
// pages that were chosen, and counted.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>

namespace bench {

enum class Pages : uint8_t {
  small,  // 4 KiB, and nothing else
  huge,   // 2 MiB, on request: what madvise() gives
};

inline constexpr size_t kHugePage = size_t{2} << 20;

class Arena {
 public:
  // Ends the program where there is no such memory.
  Arena(size_t bytes, Pages pages);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // What is small and was freed is used again; throws std::bad_alloc where the arena is full.
  [[nodiscard]] void* allocate(size_t bytes);
  void free(void* memory, size_t bytes) noexcept;
  [[nodiscard]] size_t bytes_in_use() const noexcept { return in_use_; }

  [[nodiscard]] std::byte* begin() const noexcept { return begin_; }
  [[nodiscard]] size_t size() const noexcept { return size_; }

 private:
  struct Free {
    Free* next;
  };
  static constexpr size_t kStep = 16;
  static constexpr size_t kLine = 64;
  static constexpr size_t kSmallMax = 256;

  static size_t rounded(size_t bytes) noexcept { return (bytes + kStep - 1) / kStep * kStep; }

  std::byte* begin_ = nullptr;
  size_t size_;
  size_t taken_ = 0;
  size_t in_use_ = 0;
  std::array<Free*, kSmallMax / kStep + 1> free_{};
};

// The same as a standard allocator.
template <typename T>
class ArenaAllocator {
 public:
  using value_type = T;

  explicit ArenaAllocator(Arena& arena) noexcept : arena_(&arena) {}
  template <typename U>
  ArenaAllocator(const ArenaAllocator<U>& other) noexcept : arena_(other.arena()) {}

  [[nodiscard]] T* allocate(size_t count) {
    return static_cast<T*>(arena_->allocate(count * sizeof(T)));
  }
  void deallocate(T* memory, size_t count) noexcept { arena_->free(memory, count * sizeof(T)); }
  [[nodiscard]] Arena* arena() const noexcept { return arena_; }
  bool operator==(const ArenaAllocator&) const = default;

 private:
  Arena* arena_;
};

// Of this process and every page it will ask for from now on.
void choose_pages(Pages pages);
// How much of this process's memory is on huge pages.
[[nodiscard]] size_t bytes_on_huge_pages();

}  // namespace bench
