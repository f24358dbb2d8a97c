// SPDX-License-Identifier: Apache-2.0
#include "dataplane/hugepages.hpp"

#include <sys/mman.h>

#include <charconv>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace dataplane {
namespace {

// "hugepages-2048kB" -> 2048
uint64_t page_kb(const std::string& folder_name) {
  constexpr std::string_view kPrefix = "hugepages-";
  if (!folder_name.starts_with(kPrefix)) return 0;
  uint64_t kb = 0;
  const char* end = folder_name.data() + folder_name.size();
  std::from_chars(folder_name.data() + kPrefix.size(), end, kb);
  return kb;
}

uint64_t default_page_bytes() {
  std::ifstream meminfo("/proc/meminfo");
  std::string word;
  while (meminfo >> word) {
    uint64_t kb = 0;
    if (word == "Hugepagesize:" && meminfo >> kb) return kb * 1024;
  }
  return 0;
}

}  // namespace

uint64_t free_hugepage_mb() {
  std::error_code none;
  uint64_t kb = 0;
  for (const auto& folder : std::filesystem::directory_iterator("/sys/kernel/mm/hugepages", none)) {
    uint64_t pages = 0;
    if (std::ifstream(folder.path() / "free_hugepages") >> pages) {
      kb += pages * page_kb(folder.path().filename());
    }
  }
  return kb / 1024;
}

bool can_map_hugepage() noexcept {
  const size_t length = default_page_bytes();
  if (length == 0) return false;
  constexpr int kProtection = PROT_READ | PROT_WRITE;
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB;
  void* page = mmap(nullptr, length, kProtection, kFlags, -1, 0);
  if (page == MAP_FAILED) return false;
  munmap(page, length);
  return true;
}

}  // namespace dataplane
