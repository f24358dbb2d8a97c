// SPDX-License-Identifier: Apache-2.0
#include "dataplane/hugepages.hpp"

#include <sys/mman.h>

#include <charconv>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
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

// A number of /proc/meminfo, 0 where there is none of that name.
uint64_t meminfo(std::string_view name) {
  std::ifstream file("/proc/meminfo");
  std::string word;
  while (file >> word) {
    uint64_t value = 0;
    if (word == name && file >> value) return value;
  }
  return 0;
}

}  // namespace

HugepageCount count_hugepages() {
  HugepageCount count{.page_kb = meminfo("Hugepagesize:"),
                      .num_pages = meminfo("HugePages_Total:")};
  std::error_code none;
  uint64_t free_kb = 0;
  for (const auto& folder : std::filesystem::directory_iterator("/sys/kernel/mm/hugepages", none)) {
    uint64_t pages = 0;
    if (std::ifstream(folder.path() / "free_hugepages") >> pages) {
      free_kb += pages * page_kb(folder.path().filename());
    }
  }
  count.free_mb = free_kb / 1024;
  return count;
}

uint64_t hugepages_to_reserve(const HugepageCount& count, uint64_t wanted_mb) noexcept {
  if (wanted_mb <= count.free_mb || count.page_kb == 0) return count.num_pages;
  const uint64_t missing_kb = (wanted_mb - count.free_mb) * 1024;
  return count.num_pages + (missing_kb + count.page_kb - 1) / count.page_kb;
}

bool can_map_hugepage(const HugepageCount& count) noexcept {
  const size_t length = count.page_kb * 1024;
  if (length == 0) return false;
  constexpr int kProtection = PROT_READ | PROT_WRITE;
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB;
  void* page = mmap(nullptr, length, kProtection, kFlags, -1, 0);
  if (page == MAP_FAILED) return false;
  munmap(page, length);
  return true;
}

}  // namespace dataplane
