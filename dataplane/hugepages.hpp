// SPDX-License-Identifier: Apache-2.0
// What this machine and this process have of hugepages.
#pragma once

#include <cstdint>

namespace dataplane {

// Megabytes in free hugepages of every size; 0 where there are none.
[[nodiscard]] uint64_t free_hugepage_mb();

// True where this process can really map one of the default size: containers and limits (cgroup
// hugetlb) may forbid what the machine has.
[[nodiscard]] bool can_map_hugepage() noexcept;

}  // namespace dataplane
