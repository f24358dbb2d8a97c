// SPDX-License-Identifier: Apache-2.0
#include "flowtable/base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace flowtable {

void check_failed(const char* statement, const char* file, int line) noexcept {
  std::fprintf(stderr, "tapseal: broken invariant at %s:%d: %s\n", file, line, statement);
  std::abort();
}

}  // namespace flowtable
