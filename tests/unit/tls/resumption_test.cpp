// SPDX-License-Identifier: Apache-2.0
#include "tls/digest/digest.hpp"
#include "tls/pipeline/resumption_cache.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tls {
namespace {

flowtable::Endpoint endpoint(uint8_t last, uint16_t port) {
  const uint8_t bytes[] = {192, 0, 2, last};
  return {flowtable::IpAddress::from_bytes(bytes), port};
}

Observation session(int64_t at, uint16_t version = 0x0303) {
  Observation out;
  out.seen = flowtable::tick_from_ns(at);
  out.client = endpoint(1, 40000);
  out.server = endpoint(2, 443);
  out.hello.emplace();
  out.sni = "www.example.org";
  out.answer.emplace();
  out.answer.own().version = version;
  auto facts = std::make_shared<CertificateFacts>();
  facts->sha256[0] = static_cast<uint8_t>(at);
  if (version == 0x0303) out.certs = {facts};
  return out;
}
Observation resumed(int64_t at, uint16_t version = 0x0303) {
  Observation out = session(at, version);
  out.certs.clear();
  out.resumed = true;
  return out;
}
ResumptionHandles with_id(std::string_view id) {
  ResumptionHandles out;
  out.session_id.size = id.size();
  std::copy(id.begin(), id.end(), out.session_id.bytes.begin());
  return out;
}
ResumptionHandles with_tickets(std::string_view offered, std::string_view given) {
  ResumptionHandles out;
  if (!offered.empty()) out.ticket_offered = sha256(bytes_of(offered));
  if (!given.empty()) out.ticket_given = sha256(bytes_of(given));
  return out;
}

class ResumptionOf : public testing::Test {
 protected:
  Resumption note(Observation& seen, const ResumptionHandles& handles = {}) {
    return cache_.note(seen, resumption_keys(seen, handles));
  }
  ResumptionCache cache_{64};
};

TEST_F(ResumptionOf, ASessionIdIsLinkedToItsHandshake) {
  Observation full = session(5);
  EXPECT_EQ(note(full, with_id("one")), Resumption::none);
  EXPECT_EQ(full.resumed_by, ResumedBy::nothing);
  Observation again = resumed(9);
  EXPECT_EQ(note(again, with_id("one")), Resumption::linked);
  EXPECT_EQ(again.resumed_by, ResumedBy::session_id);
  ASSERT_TRUE(again.original);
  EXPECT_EQ(again.original->seen, full.seen);
  EXPECT_EQ(again.original->certs, std::vector<Sha256>{full.certs[0]->sha256});
}

// The id is the server's to choose: another server's may be the same.
TEST_F(ResumptionOf, ASessionIdBelongsToItsServer) {
  Observation full = session(5);
  note(full, with_id("one"));
  Observation elsewhere = resumed(9);
  elsewhere.server = endpoint(3, 443);
  EXPECT_EQ(note(elsewhere, with_id("one")), Resumption::unlinked);
  EXPECT_EQ(elsewhere.resumed_by, ResumedBy::session_id);
  EXPECT_FALSE(elsewhere.original);
}

// A ticket is taken by every server that has the key, and followed through its renewals.
TEST_F(ResumptionOf, ATicketIsLinkedAlsoThroughTheNextOne) {
  Observation full = session(5);
  note(full, with_tickets("", "first"));
  Observation second = resumed(9);
  second.server = endpoint(3, 443);
  EXPECT_EQ(note(second, with_tickets("first", "second")), Resumption::linked);
  EXPECT_EQ(second.resumed_by, ResumedBy::ticket);
  Observation third = resumed(12);
  EXPECT_EQ(note(third, with_tickets("second", "")), Resumption::linked);
  ASSERT_TRUE(third.original);
  EXPECT_EQ(third.original->seen, full.seen);
}

// RFC 5077 section 3.4: with a ticket a client sends a session id of its own making, to see by its
// echo that the ticket was taken.
TEST_F(ResumptionOf, WhatIsKnownHereSaysByWhatItWasResumed) {
  Observation full = session(5);
  note(full, with_id("known id"));
  ResumptionHandles both = with_tickets("unknown", "");
  both.session_id = with_id("known id").session_id;
  Observation by_id = resumed(9);
  EXPECT_EQ(note(by_id, both), Resumption::linked);
  EXPECT_EQ(by_id.resumed_by, ResumedBy::session_id);
  both.session_id = with_id("made up").session_id;
  Observation unknown = resumed(10);
  EXPECT_EQ(note(unknown, both), Resumption::unlinked);
  EXPECT_EQ(unknown.resumed_by, ResumedBy::ticket);
}

// From TLS 1.3 on tickets are encrypted: who, whom and under what name is all there is.
TEST_F(ResumptionOf, APskIsLinkedByClientServerAndName) {
  Observation full = session(5, 0x0304);
  EXPECT_EQ(note(full), Resumption::none);
  Observation again = resumed(9, 0x0304);
  again.client.port = 40001;
  EXPECT_EQ(note(again), Resumption::linked);
  EXPECT_EQ(again.resumed_by, ResumedBy::psk);
  EXPECT_EQ(again.original->seen, full.seen);
  Observation others[] = {again, again, again, again};
  others[0].client = endpoint(9, 40001);
  others[1].server.port = 8443;
  others[2].sni = "other.example.org";
  others[3].transport = Transport::quic;
  for (Observation& other : others) {
    other.original.reset();
    EXPECT_EQ(note(other), Resumption::unlinked);
    EXPECT_EQ(other.resumed_by, ResumedBy::psk);
    EXPECT_FALSE(other.original);
  }
}

// The last one is the one whose ticket a client would use.
TEST_F(ResumptionOf, TheLatestHandshakeCounts) {
  Observation first = session(5, 0x0304);
  Observation second = session(7, 0x0304);
  note(first);
  note(second);
  Observation again = resumed(9, 0x0304);
  EXPECT_EQ(note(again), Resumption::linked);
  EXPECT_EQ(again.original->seen, second.seen);
}

TEST_F(ResumptionOf, WhatIsNotWholeIsNotRemembered) {
  Observation cut = session(5);
  cut.missing = MissingReason::server_flight_cut;
  EXPECT_EQ(note(cut, with_id("one")), Resumption::none);
  Observation silent;
  EXPECT_EQ(note(silent, with_id("two")), Resumption::none);
  EXPECT_EQ(cache_.size(), 0U);
}

TEST_F(ResumptionOf, AHugeChainLeavesOnlyItsTime) {
  Observation full = session(5);
  full.certs.resize(ResumptionCache::kChainMax + 1, full.certs[0]);
  note(full, with_id("one"));
  Observation again = resumed(9);
  EXPECT_EQ(note(again, with_id("one")), Resumption::linked);
  EXPECT_TRUE(again.original->certs.empty());
}

TEST_F(ResumptionOf, TheLeastRecentlyUsedMakesRoom) {
  const auto id = [](int number) { return with_id("id" + std::to_string(number)); };
  for (int i = 0; i < 64; ++i) {
    Observation full = session(i);
    note(full, id(i));
  }
  EXPECT_EQ(cache_.num_evicted(), 0U);
  Observation used = resumed(100);
  EXPECT_EQ(note(used, id(0)), Resumption::linked);
  for (int i = 64; i < 127; ++i) {
    Observation full = session(i);
    note(full, id(i));
  }
  EXPECT_EQ(cache_.size(), 64U);
  EXPECT_EQ(cache_.num_evicted(), 63U);
  Observation again = resumed(200);
  EXPECT_EQ(note(again, id(0)), Resumption::linked) << "it was used again";
  Observation gone = resumed(201);
  EXPECT_EQ(note(gone, id(1)), Resumption::unlinked);
}

}  // namespace
}  // namespace tls
