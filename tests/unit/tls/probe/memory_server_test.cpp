// SPDX-License-Identifier: Apache-2.0
// Conversations with OpenSSL's server in memory: cookies, and what a conversation costs.
#include "tests/unit/tls/probe/memory_server.hpp"

#include "tests/unit/tls/probe/made_certificates.hpp"
#include "tests/unit/tls/probe/shared_keys.hpp"
#include "tls/probe/tls_conversation.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <string_view>

namespace tls::probe {
namespace {

using tests::Der;
using tests::made_certificates;
using tests::MemoryServer;
using tests::MemoryServerWish;
using Clock = std::chrono::steady_clock;

struct Talk {
  TlsResult result;
  Clock::duration ours{};  // time spent in the conversation
};

Talk talk(MemoryServer& server, Probe probe) {
  Talk out;
  auto begin = Clock::now();
  TlsConversation conversation({probe, "www.example.org"}, shares());
  std::vector<uint8_t> said = conversation.first_flight();
  out.ours += Clock::now() - begin;
  while (!conversation.finished()) {
    const std::vector<uint8_t> answer = server.answer(said);
    begin = Clock::now();
    const Step step = conversation.heard(answer);
    if (step.kind == Step::Kind::wait) conversation.ended(PeerEnd::timed_out);
    out.ours += Clock::now() - begin;
    said = step.bytes;
  }
  out.result = conversation.take_result();
  return out;
}

MemoryServerWish server_of(const std::string& name) {
  return {made_certificates().certificate(name), made_certificates().key(name)};
}

TEST(MemoryServer, GetsItsCookieBack) {
  for (const char* const groups : {"", "P-256", "P-384"}) {
    MemoryServerWish wish = server_of("ec");
    wish.cookie = true;
    wish.groups = groups;
    MemoryServer server(wish);
    const TlsResult result = talk(server, Probe::b).result;
    EXPECT_EQ(name_of(result.refusal), "none") << groups;
    EXPECT_TRUE(result.hello_retry);
    EXPECT_EQ(result.certs, std::vector<Der>{made_certificates().der("ec")});
  }
}

// HelloRetryRequest is one of them, and all can be read.
TEST(MemoryServer, ItsMessagesAreAllThereInClear) {
  MemoryServerWish wish = server_of("rsa");
  wish.groups = "P-256";
  MemoryServer server(wish);
  const TlsResult result = talk(server, Probe::b).result;
  std::vector<int> types;
  flowtable::ByteReader reader(result.messages);
  while (!reader.empty()) {
    uint8_t type = 0;
    flowtable::ByteReader body;
    ASSERT_TRUE(reader.u8(type) && reader.u24_prefixed(body));
    types.push_back(type);
  }
  EXPECT_EQ(types, (std::vector<int>{2, 2, 8, 11}));
}

// Prints figures; fails only where they are absurd.
TEST(MemoryServer, CostOfAConversation) {
  struct Row {
    const char* name;
    Probe probe;
    int version;
    const char* groups;
  };
  for (const Row& row : {Row{"TLS 1.3, X25519", Probe::b, TLS1_3_VERSION, ""},
                         Row{"TLS 1.3, retry with P-256", Probe::b, TLS1_3_VERSION, "P-256"},
                         Row{"TLS 1.3, retry with P-384", Probe::b, TLS1_3_VERSION, "P-384"},
                         Row{"TLS 1.2", Probe::a, TLS1_2_VERSION, ""}}) {
    MemoryServerWish wish = server_of("ec");
    wish.version = row.version;
    wish.groups = row.groups;
    constexpr int kRuns = 200;
    Clock::duration total{};
    for (int i = -1; i < kRuns; ++i) {  // the first one fetches algorithms and is not counted
      MemoryServer server(wish);
      const Talk one = talk(server, row.probe);
      ASSERT_EQ(name_of(one.result.refusal), "none");
      if (i >= 0) total += one.ours;
    }
    const double us = std::chrono::duration<double, std::micro>(total).count() / kRuns;
    std::printf("%-26s %7.1f us\n", row.name, us);
    EXPECT_LT(us, 50000);
  }
}

}  // namespace
}  // namespace tls::probe
