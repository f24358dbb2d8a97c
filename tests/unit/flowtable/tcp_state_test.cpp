// SPDX-License-Identifier: Apache-2.0
#include "flowtable/tcp_state.hpp"

#include <gtest/gtest.h>

#include <set>
#include <utility>
#include <vector>

namespace flowtable {
namespace {

using Segment = std::pair<TcpRole, uint8_t>;

constexpr TcpRole kOrig = TcpRole::originator;
constexpr TcpRole kResp = TcpRole::responder;
constexpr uint8_t kSyn = TcpFlags::kSyn;
constexpr uint8_t kAck = TcpFlags::kAck;
constexpr uint8_t kFin = TcpFlags::kFin;
constexpr uint8_t kRst = TcpFlags::kRst;

TcpState after(const std::vector<Segment>& segments) {
  TcpState state = TcpState::fresh;
  for (const auto& [role, flags] : segments)
    state = next_tcp_state(state, role, tcp_event_of(flags));
  return state;
}

TEST(TcpState, FollowsAnOrdinaryConnection) {
  std::vector<Segment> segments = {{kOrig, kSyn}};
  EXPECT_EQ(after(segments), TcpState::syn_sent);
  segments.emplace_back(kResp, kSyn | kAck);
  EXPECT_EQ(after(segments), TcpState::syn_received);
  segments.emplace_back(kOrig, kAck);
  EXPECT_EQ(after(segments), TcpState::established);
  segments.emplace_back(kResp, kAck);
  EXPECT_EQ(after(segments), TcpState::established);
  segments.emplace_back(kOrig, kFin | kAck);
  EXPECT_EQ(after(segments), TcpState::fin_originator);
  segments.emplace_back(kResp, kAck);
  EXPECT_EQ(after(segments), TcpState::fin_originator);
  segments.emplace_back(kResp, kFin | kAck);
  EXPECT_EQ(after(segments), TcpState::closing);
  segments.emplace_back(kOrig, kAck);
  EXPECT_EQ(after(segments), TcpState::closing);
  segments.emplace_back(kOrig, kRst);
  EXPECT_EQ(after(segments), TcpState::closing);
}

TEST(TcpState, FollowsOneDirectionAlone) {
  EXPECT_EQ(after({{kOrig, kSyn}, {kOrig, kAck}}), TcpState::established);
  EXPECT_EQ(after({{kResp, kSyn | kAck}, {kResp, kAck}}), TcpState::established);
  EXPECT_EQ(after({{kOrig, kSyn}, {kOrig, kAck}, {kOrig, kFin | kAck}, {kOrig, kAck}}),
            TcpState::fin_originator);
}

TEST(TcpState, JoinsOnTheWay) {
  EXPECT_EQ(after({{kOrig, kAck}}), TcpState::midstream);
  EXPECT_EQ(after({{kOrig, kAck}, {kResp, kAck}}), TcpState::midstream);
  EXPECT_EQ(after({{kOrig, kAck}, {kResp, kSyn | kAck}}), TcpState::established);
  EXPECT_EQ(after({{kResp, kFin | kAck}}), TcpState::fin_responder);
}

TEST(TcpState, RefusedOriginatorMayAskAgain) {
  EXPECT_EQ(after({{kOrig, kSyn}, {kResp, kRst | kAck}}), TcpState::reset);
  EXPECT_EQ(after({{kOrig, kSyn}, {kResp, kRst | kAck}, {kOrig, kSyn}}), TcpState::syn_sent);
}

TEST(TcpState, StaysResetWhateverTheOthersStillSend) {
  EXPECT_EQ(after({{kOrig, kSyn}, {kOrig, kRst}, {kResp, kAck}, {kResp, kFin}}), TcpState::reset);
}

TEST(TcpState, StrongestFlagCounts) {
  EXPECT_EQ(tcp_event_of(kSyn | kFin | kRst | kAck), TcpEvent::rst);
  EXPECT_EQ(tcp_event_of(kSyn | kFin | kAck), TcpEvent::syn_ack);
  EXPECT_EQ(tcp_event_of(kSyn | kFin), TcpEvent::syn);
  EXPECT_EQ(tcp_event_of(kFin | kAck | TcpFlags::kPsh), TcpEvent::fin);
  EXPECT_EQ(tcp_event_of(0), TcpEvent::segment);
}

TEST(TcpState, EndingMeansFinOrReset) {
  for (const TcpStateText& row : kTcpStateTable) {
    const bool ending = row.state == TcpState::fin_originator ||
                        row.state == TcpState::fin_responder || row.state == TcpState::closing ||
                        row.state == TcpState::reset;
    EXPECT_EQ(is_ending(row.state), ending) << row.name;
  }
}

// Whichever way the roles are named, the same segments must lead to mirrored states.
TEST(TcpState, TreatsTheEndsAlikeAfterTheHandshake) {
  const auto mirror = [](TcpState state) {
    if (state == TcpState::fin_originator) return TcpState::fin_responder;
    if (state == TcpState::fin_responder) return TcpState::fin_originator;
    return state;
  };
  for (const TcpState state : {TcpState::established, TcpState::midstream, TcpState::fin_originator,
                               TcpState::fin_responder, TcpState::closing}) {
    for (size_t event = 0; event < static_cast<size_t>(TcpEvent::count_); ++event) {
      const auto named = static_cast<TcpEvent>(event);
      EXPECT_EQ(mirror(next_tcp_state(state, kOrig, named)),
                next_tcp_state(mirror(state), kResp, named))
          << name_of(state) << " event " << event;
    }
  }
}

TEST(TcpState, NamesAreDistinct) {
  std::set<std::string_view> names;
  for (const TcpStateText& row : kTcpStateTable)
    EXPECT_TRUE(names.insert(name_of(row.state)).second);
  EXPECT_EQ(names.size(), static_cast<size_t>(TcpState::count_));
}

}  // namespace
}  // namespace flowtable
