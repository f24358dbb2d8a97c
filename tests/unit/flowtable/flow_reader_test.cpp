// SPDX-License-Identifier: Apache-2.0
#include "flowtable/flow_reader.hpp"

#include "flowtable/flow_table.hpp"
#include "tests/unit/flowtable/flow_samples.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <vector>

namespace flowtable {
namespace {

TEST(FlowReader, FindsAnEmptyTableEmpty) {
  const FlowTable table(sample_options(100));
  FlowCursor cursor;
  std::array<FlowSnapshot, 4> page;
  EXPECT_EQ(FlowReader(table).read(cursor, page), 0U);
  EXPECT_EQ(FlowReader(table).read(cursor, page), 0U) << "still at the end";
}

TEST(FlowReader, CopiesEveryField) {
  FlowTable table(sample_options(100));
  Flow* flow = insert_sample(table, 5, sample_tick(1));
  table.set_class(*flow, FlowClass::established);
  flow->last_seen_ns.set(ns_since_epoch(sample_tick(2)));
  flow->set_stage(FlowStage::capturing);
  flow->set_tcp_state(3);
  flow->set_originator(Side::b);
  for (int i = 0; i < 10; ++i)
    flow->count(0, 10, 0xff);
  for (int i = 0; i < 20; ++i)
    flow->count(1, 10, 0xff);
  FlowCursor cursor;
  std::array<FlowSnapshot, 4> page;
  ASSERT_EQ(FlowReader(table).read(cursor, page), 1U);
  EXPECT_EQ(page[0].key, sample_key(5));
  EXPECT_EQ(page[0].first_seen, sample_tick(1));
  EXPECT_EQ(page[0].last_seen, sample_tick(2));
  EXPECT_EQ(page[0].flow_class, FlowClass::established);
  EXPECT_EQ(page[0].stage, FlowStage::capturing);
  EXPECT_EQ(page[0].tcp_state, 3);
  EXPECT_EQ(page[0].originator, Side::b);
  EXPECT_EQ(page[0].bytes, (std::array<uint64_t, 2>{100, 200}));
  EXPECT_EQ(page[0].packets, (std::array<uint32_t, 2>{10, 20}));
  EXPECT_EQ(cursor.skipped, 0U);
}

TEST(FlowReader, ShowsEveryFlowOnceInPagesOfAnySize) {
  FlowTable table(sample_options(1000));
  for (uint32_t i = 0; i < 1000; ++i)
    ASSERT_NE(insert_sample(table, i, sample_tick(0)), nullptr);
  for (uint32_t i = 0; i < 1000; i += 4)
    table.erase(*table.find(sample_key(i), sample_hash(i)));
  const FlowReader reader(table);
  for (const size_t page_size : {1, 7, 100, 5000}) {
    std::vector<FlowSnapshot> page(page_size);
    std::set<std::array<uint64_t, 5>> seen;
    FlowCursor cursor;
    size_t count = page_size;
    while (count == page_size) {
      count = reader.read(cursor, page);
      for (size_t i = 0; i < count; ++i)
        EXPECT_TRUE(seen.insert(page[i].key.words).second);
    }
    EXPECT_EQ(seen.size(), 750U);
    EXPECT_TRUE(seen.contains(sample_key(1).words));
    EXPECT_FALSE(seen.contains(sample_key(4).words));
  }
}

}  // namespace
}  // namespace flowtable
