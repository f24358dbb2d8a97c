// SPDX-License-Identifier: Apache-2.0
#include "flowtable/datagram_log.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace {

using flowtable::append_datagram;
using flowtable::Bytes;
using flowtable::DatagramReader;
using flowtable::StreamAssembler;

std::vector<std::vector<uint8_t>> datagrams_of(Bytes log) {
  std::vector<std::vector<uint8_t>> out;
  DatagramReader reader(log);
  for (Bytes datagram; reader.next(datagram);)
    out.emplace_back(datagram.begin(), datagram.end());
  return out;
}

TEST(DatagramLog, YieldsWhatWasAppendedInItsOrder) {
  std::vector<uint8_t> buffer(64);
  StreamAssembler log;
  log.start(buffer, 0);
  const std::vector<uint8_t> first = {1, 2, 3}, empty, last = {4};
  EXPECT_TRUE(append_datagram(log, first));
  EXPECT_TRUE(append_datagram(log, empty));
  EXPECT_TRUE(append_datagram(log, last));
  EXPECT_EQ(datagrams_of(log.prefix()), (std::vector{first, empty, last}));
}

TEST(DatagramLog, TakesOnlyWhatFitsWhole) {
  std::vector<uint8_t> buffer(8);
  StreamAssembler log;
  log.start(buffer, 0);
  EXPECT_FALSE(append_datagram(log, std::vector<uint8_t>(7)));
  EXPECT_TRUE(log.prefix().empty());
  EXPECT_TRUE(append_datagram(log, std::vector<uint8_t>(6)));
  EXPECT_FALSE(append_datagram(log, {}));
}

TEST(DatagramLog, ACutLogEndsBeforeTheCut) {
  const std::vector<uint8_t> log = {0, 1, 7, 0, 5, 9};
  EXPECT_EQ(datagrams_of(log), (std::vector<std::vector<uint8_t>>{{7}}));
}

}  // namespace
