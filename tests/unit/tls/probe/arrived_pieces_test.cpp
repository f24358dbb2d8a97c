// SPDX-License-Identifier: Apache-2.0
// Expected: a map of bytes, filled by the same pieces.
#include "tls/probe/arrived_pieces.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace tls::probe {
namespace {

using flowtable::Bytes;

std::vector<uint8_t> make_stream(size_t size) {
  std::vector<uint8_t> out(size);
  for (size_t i = 0; i < size; ++i)
    out[i] = static_cast<uint8_t>(i * 31 + i / 256);
  return out;
}

TEST(ArrivedPieces, GrowUpToTheFirstGap) {
  const std::vector<uint8_t> whole = make_stream(2000);
  for (unsigned seed = 1; seed <= 200; ++seed) {
    std::minstd_rand random(seed);
    ArrivedPieces pieces;
    std::set<size_t> there;
    for (int i = 0; i < 60; ++i) {
      const size_t offset = random() % whole.size();
      const size_t size = std::min<size_t>(random() % 120, whole.size() - offset);
      pieces.add(offset, Bytes(whole).subspan(offset, size));
      for (size_t at = offset; at < offset + size; ++at)
        there.insert(at);
      size_t expected = 0;
      while (there.contains(expected))
        ++expected;
      ASSERT_EQ(pieces.in_order().size(), expected);
      ASSERT_TRUE(std::ranges::equal(pieces.in_order(), Bytes(whole).first(expected)));
    }
  }
}

TEST(ArrivedPieces, KeepWhatWasInOrderFirst) {
  ArrivedPieces pieces;
  pieces.add(0, std::vector<uint8_t>{1, 2, 3});
  pieces.add(1, std::vector<uint8_t>{9, 9, 4});
  EXPECT_TRUE(std::ranges::equal(pieces.in_order(), std::vector<uint8_t>{1, 2, 3, 4}));
}

TEST(ArrivedPieces, PassOverWhatIsTooMuchBehindAGap) {
  const std::vector<uint8_t> big(70 * 1024, 7);
  ArrivedPieces pieces;
  pieces.add(1, big);
  pieces.add(1 + big.size(), big);  // together above kWaitingBytesMax
  pieces.add(0, std::vector<uint8_t>{7});
  EXPECT_EQ(pieces.in_order().size(), 1 + big.size());
  pieces.add(1 + big.size(), big);
  EXPECT_EQ(pieces.in_order().size(), 1 + 2 * big.size());

  ArrivedPieces many;
  for (size_t i = 0; i < 2 * ArrivedPieces::kWaitingMax; ++i)
    many.add(1 + i, std::vector<uint8_t>{7});
  many.add(0, std::vector<uint8_t>{7});
  EXPECT_EQ(many.in_order().size(), 1 + ArrivedPieces::kWaitingMax);
}

}  // namespace
}  // namespace tls::probe
