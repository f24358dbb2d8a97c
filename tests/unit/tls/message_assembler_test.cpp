// SPDX-License-Identifier: Apache-2.0
#include "tls/wire/message_assembler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace tls {
namespace {

using flowtable::Bytes;

class Assembled : public testing::Test {
 protected:
  PieceFate insert(uint64_t offset, std::string_view text) {
    return assembler_.insert(offset, std::vector<uint8_t>(text.begin(), text.end()));
  }
  std::string prefix() const {
    const Bytes bytes = assembler_.prefix();
    return {bytes.begin(), bytes.end()};
  }

  std::vector<uint8_t> buffer_ = std::vector<uint8_t>(10);
  MessageAssembler assembler_{buffer_};
};

TEST_F(Assembled, PutsPiecesInTheirPlaces) {
  EXPECT_EQ(insert(4, "EF"), PieceFate::added);
  EXPECT_EQ(prefix(), "");
  EXPECT_TRUE(assembler_.has_gap());
  EXPECT_EQ(insert(0, "AB"), PieceFate::added);
  EXPECT_EQ(prefix(), "AB");
  EXPECT_EQ(insert(2, "CD"), PieceFate::added);
  EXPECT_EQ(prefix(), "ABCDEF");
  EXPECT_FALSE(assembler_.has_gap());
  EXPECT_FALSE(assembler_.full());
  EXPECT_EQ(insert(6, "GHIJ"), PieceFate::added);
  EXPECT_TRUE(assembler_.full());
  EXPECT_FALSE(assembler_.truncated());
  EXPECT_FALSE(assembler_.conflict());
}

TEST_F(Assembled, KeepsWhatCameFirst) {
  EXPECT_EQ(insert(2, "CD"), PieceFate::added);
  EXPECT_EQ(insert(2, "CD"), PieceFate::duplicate);
  EXPECT_FALSE(assembler_.conflict());
  EXPECT_EQ(insert(0, "ABxDE"), PieceFate::added);
  EXPECT_EQ(prefix(), "ABCDE");
  EXPECT_TRUE(assembler_.conflict());
}

TEST_F(Assembled, CutsAtTheEndOfItsBuffer) {
  EXPECT_EQ(insert(8, "IJK"), PieceFate::added);
  EXPECT_TRUE(assembler_.truncated());
  EXPECT_EQ(insert(10, "K"), PieceFate::outside);
  EXPECT_EQ(insert(~uint64_t{0}, "Z"), PieceFate::outside);
  EXPECT_EQ(insert(0, "ABCDEFGH"), PieceFate::added);
  EXPECT_EQ(prefix(), "ABCDEFGHIJ");
}

TEST(MessageAssembler, OfNothingIsFull) {
  MessageAssembler assembler;
  EXPECT_TRUE(assembler.full());
  EXPECT_EQ(assembler.insert(0, std::vector<uint8_t>{1}), PieceFate::outside);
}

TEST(MessageAssembler, RefusesOneGapTooManyButNeverTheStart) {
  std::vector<uint8_t> buffer(4 * MessageAssembler::kGapsMax);
  MessageAssembler assembler(buffer);
  const std::vector<uint8_t> byte{7};
  for (size_t i = 1; i <= MessageAssembler::kGapsMax; ++i)
    EXPECT_EQ(assembler.insert(2 * i, byte), PieceFate::added);
  EXPECT_EQ(assembler.insert(2 * MessageAssembler::kGapsMax + 2, byte), PieceFate::gaps_full);
  EXPECT_TRUE(assembler.truncated());
  EXPECT_EQ(assembler.insert(0, byte), PieceFate::added);
  EXPECT_EQ(assembler.insert(1, byte), PieceFate::added);
  EXPECT_EQ(assembler.prefix().size(), 3u);
}

// The same said byte by byte: a map from place to byte, first to come wins.
class Model {
 public:
  explicit Model(size_t capacity) : capacity_(capacity) {}

  void insert(size_t offset, const std::vector<uint8_t>& piece) {
    for (size_t i = 0; i < piece.size() && offset + i < capacity_; ++i) {
      const auto [at, is_new] = bytes_.emplace(offset + i, piece[i]);
      conflict_ = conflict_ || at->second != piece[i];
    }
  }
  std::vector<uint8_t> prefix() const {
    std::vector<uint8_t> out;
    for (const auto& [place, byte] : bytes_) {
      if (place != out.size()) break;
      out.push_back(byte);
    }
    return out;
  }
  size_t size() const { return bytes_.size(); }
  bool conflict() const { return conflict_; }

 private:
  size_t capacity_;
  std::map<size_t, uint8_t> bytes_;
  bool conflict_ = false;
};

TEST(MessageAssembler, AgreesWithItsModel) {
  std::mt19937 random(3);
  const auto below = [&](size_t limit) {
    return std::uniform_int_distribution<size_t>(0, limit - 1)(random);
  };
  for (int round = 0; round < 3000; ++round) {
    const size_t capacity = 1 + below(100);
    std::vector<uint8_t> buffer(capacity);
    MessageAssembler assembler(buffer);
    Model model(capacity);
    for (int i = 0; i < 40; ++i) {
      const size_t offset = below(capacity + 4);
      std::vector<uint8_t> piece(below(12));
      // Mostly what belongs there, so that conflicts are not the rule.
      for (size_t j = 0; j < piece.size(); ++j)
        piece[j] = static_cast<uint8_t>(offset + j + (below(200) == 0 ? 1 : 0));
      const size_t before = model.size();
      const PieceFate fate = assembler.insert(offset, piece);
      model.insert(offset, piece);
      ASSERT_EQ(fate == PieceFate::added, model.size() > before);
      ASSERT_TRUE(std::ranges::equal(assembler.prefix(), model.prefix()));
      ASSERT_EQ(assembler.has_gap(), model.size() > model.prefix().size());
      ASSERT_EQ(assembler.conflict(), model.conflict());
    }
  }
}

}  // namespace
}  // namespace tls
