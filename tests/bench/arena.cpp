// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/arena.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

namespace bench {
namespace {

size_t whole_pages(size_t bytes) noexcept {
  return (bytes + kHugePage - 1) / kHugePage * kHugePage;
}

}  // namespace

Arena::Arena(size_t bytes, Pages pages) : size_(whole_pages(bytes)) {
  begin_ = static_cast<std::byte*>(std::aligned_alloc(kHugePage, size_));
  if (begin_ == nullptr) {
    std::fprintf(stderr, "no memory for %zu bytes\n", size_);
    std::exit(1);
  }
  if (pages == Pages::huge) (void)madvise(begin_, size_, MADV_HUGEPAGE);
  std::memset(begin_, 0, size_);
}

Arena::~Arena() {
  std::free(begin_);
}

void* Arena::allocate(size_t bytes) {
  const size_t size = rounded(bytes);
  in_use_ += size;
  if (size <= kSmallMax && free_[size / kStep] != nullptr) {
    Free* const again = free_[size / kStep];
    free_[size / kStep] = again->next;
    return again;
  }
  if (size >= kLine) taken_ = (taken_ + kLine - 1) / kLine * kLine;
  if (size > size_ - taken_) throw std::bad_alloc();
  std::byte* const out = begin_ + taken_;
  taken_ += size;
  return out;
}

void Arena::free(void* memory, size_t bytes) noexcept {
  const size_t size = rounded(bytes);
  in_use_ -= size;
  if (size > kSmallMax) return;
  free_[size / kStep] = new (memory) Free{free_[size / kStep]};
}

void choose_pages(Pages pages) {
  (void)prctl(PR_SET_THP_DISABLE, pages == Pages::small ? 1UL : 0UL, 0UL, 0UL, 0UL);
}

size_t bytes_on_huge_pages() {
  std::ifstream rollup("/proc/self/smaps_rollup");
  for (std::string word; rollup >> word;) {
    size_t kib = 0;
    if (word == "AnonHugePages:" && rollup >> kib) return kib * 1024;
  }
  return 0;
}

}  // namespace bench
