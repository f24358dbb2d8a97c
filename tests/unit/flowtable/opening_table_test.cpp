// SPDX-License-Identifier: Apache-2.0
#include "flowtable/opening_table.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>
#include <set>
#include <vector>

namespace flowtable {
namespace {

Tick at_ms(int64_t ms) {
  return tick_from_ns(1'700'000'000'000'000'000 + ms * 1'000'000);
}

TEST(OpeningTable, KeepsEightFlowsOfOneHash) {
  OpeningTable table(16);
  EXPECT_EQ(table.memory_bytes(), 16 * (sizeof(OpeningNotes) + sizeof(Flow*)));
  std::array<Flow, 10> flows;
  std::array<uint32_t, 10> places{};
  bool lost = true;
  std::set<uint32_t> taken;
  for (size_t i = 0; i < 8; ++i) {
    // Higher bits say nothing of the place.
    places[i] = table.begin(flows[i], 3 + 16 * i, lost);
    EXPECT_FALSE(lost);
    taken.insert(places[i]);
  }
  EXPECT_EQ(taken.size(), 8u);
  for (size_t i = 0; i < 8; ++i)
    EXPECT_NE(table.at(places[i], flows[i]), nullptr);
  EXPECT_EQ(table.at(places[0], flows[1]), nullptr);
  EXPECT_EQ(table.at(OpeningTable::kNone, flows[0]), nullptr);
  // One of another hash has another eight.
  EXPECT_FALSE(taken.contains(table.begin(flows[8], 8 + 3, lost)));
  EXPECT_FALSE(lost);
  // The ninth takes one of the first eight, and who has lost it cannot free it.
  places[9] = table.begin(flows[9], 3, lost);
  EXPECT_TRUE(lost);
  EXPECT_EQ(places[9], places[0]);
  EXPECT_EQ(table.at(places[0], flows[0]), nullptr);
  table.release(places[0], flows[0]);
  EXPECT_NE(table.at(places[9], flows[9]), nullptr);
  table.release(places[9], flows[9]);
  EXPECT_EQ(table.begin(flows[0], 3, lost), places[0]);
  EXPECT_FALSE(lost);
  EXPECT_EQ(table.begin(flows[5], 3, lost), places[5]) << "again: its own place";
  EXPECT_FALSE(lost);
}

TEST(OpeningTable, LosesHardlyAnythingWhileItIsHalfFull) {
  constexpr uint32_t kPlaces = 16'384;
  OpeningTable table(kPlaces);
  std::vector<Flow> flows(kPlaces / 2);
  std::mt19937_64 random(20261123);
  uint32_t num_lost = 0;
  for (const Flow& flow : flows) {
    bool lost = false;
    (void)table.begin(flow, random(), lost);
    num_lost += lost ? 1 : 0;
  }
  // A place of eight overflows where nine or more of a mean of four meet: 2 %; with one place each
  // a fifth would be gone.
  EXPECT_LT(num_lost, flows.size() / 100);
}

TEST(OpeningTable, BeginsEmptyEachTime) {
  OpeningTable table(1);
  const Flow flow;
  bool lost = false;
  const uint32_t place = table.begin(flow, 0, lost);
  const std::vector<uint8_t> words(10, 'w');
  table.at(place, flow)->note_words(Side::a, 1, 1, words);
  table.at(place, flow)->note_syn(Side::a, {.tick = at_ms(0), .isn = 0});
  (void)table.begin(flow, 0, lost);
  EXPECT_FALSE(lost);
  EXPECT_FALSE(table.at(place, flow)->read().syns[0].seen);
  EXPECT_EQ(table.at(place, flow)->read().words[0].size, 0);
}

TEST(OpeningNotes, RoundsGapsAndKeepsTen) {
  OpeningNotes notes;
  int64_t ms = 0;
  for (const int gap_ms :
       {499, 500, 1499, 1500, 2000, -5000, 900'000'000, 1000, 1000, 1000, 1000, 1000, 1000, 1000})
    notes.note_syn(Side::b, {.tick = at_ms(ms += gap_ms), .isn = 9});
  const SynFacts facts = notes.read().syns[1];
  const std::array<uint8_t, 10> expected = {1, 1, 2, 2, 255, 1, 1, 1, 1, 1};
  EXPECT_EQ(facts.repeats, expected);
  EXPECT_EQ(facts.num_repeats, 10);
  EXPECT_EQ(facts.tick, at_ms(499));
}

TEST(OpeningNotes, KnowsTheAckOfASyn) {
  OpeningNotes notes;
  notes.note_ack_of_syn(Side::a, 0, at_ms(1));
  notes.note_syn(Side::a, {.tick = at_ms(0), .isn = 0xffffffff});
  notes.note_ack_of_syn(Side::a, 1, at_ms(2));
  notes.note_ack_of_syn(Side::b, 0, at_ms(3));
  EXPECT_EQ(notes.read().handshake_ack, Tick{});
  notes.note_ack_of_syn(Side::a, 0, at_ms(4));
  notes.note_ack_of_syn(Side::a, 0, at_ms(5));
  EXPECT_EQ(notes.read().handshake_ack, at_ms(4));
}

// Against a map from places to bytes: pieces in any order, overlapping, different, around the end
// of the sequence space.
TEST(OpeningNotes, PutsAnyPiecesInOrder) {
  std::mt19937 random(7);
  for (int round = 0; round < 500; ++round) {
    const uint32_t start = round % 2 == 0 ? 0xffffffd0 : static_cast<uint32_t>(random());
    OpeningNotes notes;
    std::map<int, uint8_t> model;
    for (int piece = 0; piece < 12; ++piece) {
      const int offset = static_cast<int>(random() % 130) - 15;
      std::vector<uint8_t> bytes(random() % 40);
      for (size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<uint8_t>(random());
        model.emplace(offset + static_cast<int>(i), bytes[i]);
      }
      notes.note_words(Side::a, start, start + static_cast<uint32_t>(offset), bytes);
      std::vector<uint8_t> expected;
      for (int at = 0; at < static_cast<int>(FirstWords::kBytesMax) && model.contains(at); ++at)
        expected.push_back(model[at]);
      const FirstWords words = notes.read().words[0];
      const std::vector<uint8_t> found(words.bytes.begin(), words.bytes.begin() + words.size);
      ASSERT_EQ(found, expected) << round;
    }
  }
}

}  // namespace
}  // namespace flowtable
