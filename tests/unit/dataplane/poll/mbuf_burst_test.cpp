// SPDX-License-Identifier: Apache-2.0
// Every mbuf of a burst goes back to its pool, whatever it looks like: counted by the pool.
#include "dataplane/mbuf_burst.hpp"

#include "tests/unit/dataplane/poll/poll_fixture.hpp"

#include <gtest/gtest.h>
#include <rte_mempool.h>

namespace dataplane {
namespace {

class Bursts : public testing::Test {
 protected:
  static rte_mempool* pool_of(const char* name) {
    rte_mempool* const pool = rte_pktmbuf_pool_create(name, 127, 0, 0, 2048, SOCKET_ID_ANY);
    EXPECT_NE(pool, nullptr);
    return pool;
  }
  Bursts() : pool_(pool_of("burst")), other_(pool_of("burst_other")) {}
  ~Bursts() override {
    rte_mempool_free(pool_);
    rte_mempool_free(other_);
  }

  rte_mempool* pool_;
  rte_mempool* other_;
};

TEST_F(Bursts, GoBackToTheirPools) {
  for (const int odd : {0, 1, 2, 3, 4}) {
    SCOPED_TRACE(odd);
    rte_mbuf* kept = nullptr;
    {
      MbufBurst burst;
      for (uint16_t i = 0; i < MbufBurst::kMax - 2; ++i)
        burst.add(rte_pktmbuf_alloc(pool_));
      rte_mbuf* const last = rte_pktmbuf_alloc(odd == 1 ? other_ : pool_);
      if (odd == 2) {
        ASSERT_EQ(rte_pktmbuf_chain(last, rte_pktmbuf_alloc(pool_)), 0);
      }
      if (odd == 3) rte_mbuf_refcnt_update(kept = last, 1);
      burst.add(last);
      // What shares the bytes of another goes, and lets go of that one.
      if (odd == 4) burst.add(rte_pktmbuf_clone(burst[0], other_));
      burst.free_all();
      EXPECT_EQ(burst.size(), 0);
    }
    EXPECT_EQ(rte_mempool_in_use_count(pool_), kept != nullptr ? 1U : 0U);
    EXPECT_EQ(rte_mempool_in_use_count(other_), 0U);
    if (kept != nullptr) rte_pktmbuf_free(kept);
    EXPECT_EQ(rte_mempool_in_use_count(pool_), 0U);
    // As a pool wants them back: in one piece.
    rte_mbuf* again = rte_pktmbuf_alloc(pool_);
    EXPECT_EQ(again->next, nullptr);
    EXPECT_EQ(again->nb_segs, 1);
    rte_pktmbuf_free(again);
  }
}

}  // namespace
}  // namespace dataplane
