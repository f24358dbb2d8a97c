// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/memo.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tls {
namespace {

std::vector<uint8_t> key_of(size_t number) {
  return {static_cast<uint8_t>(number), static_cast<uint8_t>(number >> 8)};
}

TEST(Memo, MakesAValueOnce) {
  Memo<std::string> memo(16);
  int made = 0;
  const auto ask = [&](const std::vector<uint8_t>& key) {
    return memo.find_or_make(key, [&] { return std::to_string(++made); });
  };
  EXPECT_EQ(ask({1}), "1");
  EXPECT_EQ(ask({2}), "2");
  EXPECT_EQ(ask({1}), "1");
  EXPECT_EQ(ask({}), "3") << "an empty key is a key";
  EXPECT_EQ(ask({}), "3");
  EXPECT_EQ(made, 3);
}

TEST(Memo, GivesEachKeyItsOwnValueAlsoWhenItIsFull) {
  Memo<size_t> memo(64);
  for (int lap = 0; lap < 3; ++lap) {
    for (size_t number = 0; number < 1000; ++number)
      ASSERT_EQ(memo.find_or_make(key_of(number), [&] { return number; }), number);
  }
}

TEST(Memo, KeepsWhatIsAskedForAgain) {
  Memo<size_t> memo(64);
  int made = 0;
  for (size_t number = 0; number < 1000; ++number) {
    (void)memo.find_or_make(key_of(number), [&] { return number; });
    (void)memo.find_or_make(key_of(0xffff), [&] { return static_cast<size_t>(++made); });
  }
  EXPECT_LT(made, 20);
}

TEST(Memo, DoesNotKeepLongKeys) {
  Memo<int> memo(16);
  int made = 0;
  const std::vector<uint8_t> key(Memo<int>::kKeyBytesMax + 1);
  EXPECT_EQ(memo.find_or_make(key, [&] { return ++made; }), 1);
  EXPECT_EQ(memo.find_or_make(key, [&] { return ++made; }), 2);
}

}  // namespace
}  // namespace tls
