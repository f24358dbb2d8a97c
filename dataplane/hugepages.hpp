// SPDX-License-Identifier: Apache-2.0
// What this machine and this process have of hugepages.
#pragma once

#include <cstdint>

namespace dataplane {

struct HugepageCount {
  uint64_t free_mb = 0;    // in free pages of every size
  uint64_t page_kb = 0;    // the default size; 0: the kernel knows none
  uint64_t num_pages = 0;  // of that size, reserved, free or not
};
[[nodiscard]] HugepageCount count_hugepages();

// The value of vm.nr_hugepages with which `wanted_mb` would be free.
[[nodiscard]] uint64_t hugepages_to_reserve(const HugepageCount& count,
                                            uint64_t wanted_mb) noexcept;

// True where this process can really map one of the default size: containers and limits (cgroup
// hugetlb) may forbid what the machine has.
[[nodiscard]] bool can_map_hugepage(const HugepageCount& count) noexcept;

}  // namespace dataplane
