// SPDX-License-Identifier: Apache-2.0
// Memory for many equal objects, laid out once.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>

namespace flowtable {

// Room for `count` objects of T that are not constructed yet: the owner calls std::construct_at on
// each before it is used, so that pages nobody needs are never touched. Large arrays begin on a
// 2 MiB boundary, where the kernel can back them with huge pages. Allocates in the constructor
// only; throws std::bad_alloc there.
template <typename T>
class AlignedArray {
  static_assert(std::is_trivially_destructible_v<T>);

 public:
  explicit AlignedArray(size_t count)
      : count_(count),
        memory_(static_cast<T*>(::operator new(count * sizeof(T), alignment(count))),
                Free{alignment(count)}) {}

  [[nodiscard]] T* get() const noexcept { return memory_.get(); }
  [[nodiscard]] T& operator[](size_t index) const noexcept { return memory_.get()[index]; }
  [[nodiscard]] size_t size() const noexcept { return count_; }
  [[nodiscard]] size_t memory_bytes() const noexcept { return count_ * sizeof(T); }

 private:
  struct Free {
    std::align_val_t alignment;
    void operator()(T* memory) const noexcept { ::operator delete(memory, alignment); }
  };

  static std::align_val_t alignment(size_t count) noexcept {
    constexpr size_t kHugePage = size_t{2} << 20;
    constexpr size_t kLeast = alignof(T) > 64 ? alignof(T) : 64;
    return std::align_val_t{count * sizeof(T) >= kHugePage ? kHugePage : kLeast};
  }

  size_t count_;
  std::unique_ptr<T[], Free> memory_;
};

}  // namespace flowtable
