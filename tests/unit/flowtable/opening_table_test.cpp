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

TEST(OpeningTable, KeepsAsManyAsItHasPlaces) {
  constexpr uint32_t kPlaces = 16'384;
  OpeningTable table(kPlaces);
  EXPECT_EQ(table.memory_bytes(),
            kPlaces * (sizeof(OpeningNotes) + sizeof(Flow*) + sizeof(uint32_t)));
  std::vector<Flow> flows(kPlaces + 1);
  std::vector<uint32_t> places;
  for (size_t i = 0; i < kPlaces; ++i) {
    bool lost = true;
    places.push_back(table.begin(flows[i], 3, lost));
    EXPECT_FALSE(lost);
  }
  EXPECT_EQ(std::set(places.begin(), places.end()).size(), kPlaces);
  for (size_t i = 0; i < kPlaces; ++i)
    ASSERT_NE(table.at(places[i], flows[i]), nullptr);
  EXPECT_EQ(table.at(places[0], flows[1]), nullptr);
  EXPECT_EQ(table.at(OpeningTable::kNone, flows[0]), nullptr);
  // One more takes the place of its hash, and who has lost it cannot free it.
  bool lost = false;
  const uint32_t taken = table.begin(flows[kPlaces], 2 * kPlaces + 3, lost);
  EXPECT_TRUE(lost);
  EXPECT_EQ(taken, 3u);
  table.release(taken, flows[3]);
  EXPECT_NE(table.at(taken, flows[kPlaces]), nullptr);
  table.release(taken, flows[kPlaces]);
  EXPECT_EQ(table.begin(flows[3], 99, lost), taken) << "the only one that is free";
  EXPECT_FALSE(lost);
}

// Against a map of who has which place, over more flows than there are places.
TEST(OpeningTable, AgreesWithAMap) {
  constexpr uint32_t kPlaces = 64;
  OpeningTable table(kPlaces);
  std::vector<Flow> flows(100);
  std::vector<uint32_t> place_of(flows.size(), OpeningTable::kNone);
  std::map<uint32_t, size_t> owners;
  std::vector<uint32_t> given_back;
  std::mt19937_64 random(20261130);
  for (int step = 0; step < 100'000; ++step) {
    const size_t i = random() % flows.size();
    if (place_of[i] == OpeningTable::kNone) {
      bool lost = false;
      const uint64_t hash = random();
      place_of[i] = table.begin(flows[i], hash, lost);
      ASSERT_EQ(lost, owners.contains(place_of[i]));
      ASSERT_EQ(lost, owners.size() == kPlaces);
      if (lost) {
        ASSERT_EQ(place_of[i], hash % kPlaces);
      }
      if (!given_back.empty()) {
        ASSERT_EQ(place_of[i], given_back.back()) << "its lines are still near";
        given_back.pop_back();
      }
      owners[place_of[i]] = i;
    } else {
      const auto owner = owners.find(place_of[i]);
      const bool is_its = owner != owners.end() && owner->second == i;
      ASSERT_EQ(table.at(place_of[i], flows[i]) != nullptr, is_its);
      table.release(place_of[i], flows[i]);
      if (is_its) given_back.push_back(owner->first);
      if (is_its) owners.erase(owner);
      place_of[i] = OpeningTable::kNone;
    }
  }
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
