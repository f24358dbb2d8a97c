// SPDX-License-Identifier: Apache-2.0
#include "tls/digest/keyed_hash.hpp"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace tls {
namespace {

TEST(KeyedHash, TellsEveryByteAndEveryLengthApart) {
  std::set<uint64_t> seen;
  size_t asked = 0;
  for (size_t length = 0; length < 100; ++length) {
    std::vector<uint8_t> bytes(length);
    seen.insert(keyed_hash(bytes, 7));
    ++asked;
    for (size_t at = 0; at < length; ++at) {
      bytes[at] = 1;
      seen.insert(keyed_hash(bytes, 7));
      bytes[at] = 0;
      ++asked;
    }
  }
  EXPECT_EQ(seen.size(), asked);
  EXPECT_NE(keyed_hash({}, 7), keyed_hash({}, 8));
}

}  // namespace
}  // namespace tls
