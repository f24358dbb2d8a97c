// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/pipeline.hpp"

#include "tests/support/certificate_builder.hpp"
#include "tests/support/effort.hpp"
#include "tests/unit/tls/capture_maker.hpp"
#include "tls/fingerprint/d4_text.hpp"
#include "tls/fingerprint/tlsh.hpp"
#include "tls/pipeline/certificate_cache.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace tls {
namespace {

using tests::ByteVector;

ByteVector client_stream(const std::string& name) {
  tests::ClientHelloLists lists;
  lists.ciphers = {0x1301};
  lists.extensions = {0};
  lists.sni = name;
  return tests::records(tests::kHandshake, tests::message(1, tests::client_hello_body(lists)));
}

ByteVector server_stream(const std::vector<ByteVector>& ders) {
  return tests::records(
      tests::kHandshake,
      tests::joined({tests::message(2, tests::server_hello_body({})),
                     tests::message(11, tests::certificate_body(ders)), tests::message(14, {})}));
}

// Keeps everything; a test reads `records` after run() has returned.
class KeepingSink : public RecordSink {
 public:
  void accept(RecordBatch&& batch) override {
    for (Observation& seen : batch)
      records.push_back(std::move(seen));
    count.store(records.size(), std::memory_order_release);
  }
  std::vector<Observation> records;
  std::atomic<size_t> count{0};
};

// A poll core: hands captures off as they come home, until all sessions are sent.
class Core {
 public:
  Core(uint16_t index, int sessions, const std::vector<ByteVector>& ders)
      : maker_(index, kCaptures), index_(index), sessions_(sessions), ders_(ders) {}

  void run() {
    int sent = 0;
    while (sent < sessions_ || maker_.pool().num_free() < kCaptures) {
      std::array<flowtable::HandshakeCapture*, 8> home{};
      const size_t count = exchange.returned.pop(home);
      for (size_t i = 0; i < count; ++i)
        maker_.pool().release(*home[i]);
      if (sent < sessions_ && hand_off(sent)) {
        ++sent;
      } else {
        std::this_thread::yield();
      }
    }
  }

  flowtable::CaptureExchange exchange{kCaptures, kCaptures};

 private:
  static constexpr uint32_t kCaptures = 32;

  bool hand_off(int number) {
    const std::string name = std::to_string(index_) + "." + std::to_string(number);
    const ByteVector& der = ders_[static_cast<size_t>(number) % ders_.size()];
    flowtable::HandshakeCapture* capture =
        maker_.make(client_stream(name), server_stream({der}), static_cast<uint16_t>(number));
    return capture != nullptr && exchange.handed_off.push(capture);
  }

  tests::CaptureMaker maker_;
  const uint16_t index_;
  const int sessions_;
  const std::vector<ByteVector>& ders_;
};

class PipelineOf : public testing::TestWithParam<unsigned> {};

TEST_P(PipelineOf, DeliversEachCaptureOnceInOrderAndSendsItHome) {
  constexpr int kSessions = 500;
  const std::vector<ByteVector> ders{tests::make_certificate({}).der,
                                     tests::make_certificate({}).der,
                                     tests::make_certificate({}).der};
  Core first(0, kSessions, ders);
  Core second(1, kSessions, ders);
  KeepingSink sink;
  PipelineOptions options;
  options.workers = GetParam();
  options.batch_max = 7;
  Pipeline pipeline(options, {&first.exchange, &second.exchange}, sink);
  std::thread workers([&] { pipeline.run(); });
  std::thread second_core([&] { second.run(); });
  first.run();  // returns only when every capture is home
  second_core.join();
  pipeline.request_stop();
  workers.join();

  ASSERT_EQ(sink.records.size(), 2u * kSessions);
  std::array<int, 2> next{};
  std::set<const CertificateFacts*> certificates;
  for (const Observation& seen : sink.records) {
    const size_t core = seen.flow.core;
    ASSERT_TRUE(seen.hello);
    EXPECT_EQ(seen.sni, std::to_string(core) + "." + std::to_string(next[core]++));
    ASSERT_EQ(seen.certs.size(), 1u);
    certificates.insert(seen.certs[0].get());
  }
  EXPECT_EQ(certificates.size(), ders.size());

  const PipelineCounters& counters = pipeline.counters();
  EXPECT_EQ(counters.get(PipelineCounter::captures), 2u * kSessions);
  EXPECT_EQ(counters.get(PipelineCounter::complete), 2u * kSessions);
  EXPECT_EQ(counters.get(PipelineCounter::certificates_new) +
                counters.get(PipelineCounter::certificates_known),
            2u * kSessions);
  EXPECT_GE(counters.get(PipelineCounter::certificates_new), ders.size());
}

INSTANTIATE_TEST_SUITE_P(Workers, PipelineOf, testing::Values(1u, 4u));

TEST(Pipeline, DoesNotWaitForMoreThanItHas) {
  tests::CaptureMaker maker;
  flowtable::CaptureExchange exchange(16, 16);
  KeepingSink sink;
  Pipeline pipeline({}, {&exchange}, sink);
  std::thread workers([&] { pipeline.run(); });
  ASSERT_TRUE(exchange.handed_off.push(maker.make(client_stream("one"), {})));
  // No stop, no second capture: the first must come through on its own.
  while (sink.count.load(std::memory_order_acquire) == 0)
    std::this_thread::yield();
  pipeline.request_stop();
  workers.join();
  EXPECT_EQ(sink.records[0].missing, MissingReason::server_hello_missing);
  EXPECT_EQ(pipeline.counters().get(PipelineCounter::server_hello_missing), 1u);
}

TEST(Pipeline, EmptiesTheRingsBeforeItStops) {
  tests::CaptureMaker maker;
  flowtable::CaptureExchange exchange(16, 16);
  for (uint16_t i = 0; i < 9; ++i)
    ASSERT_TRUE(exchange.handed_off.push(maker.make(client_stream("x"), {}, i)));
  ASSERT_TRUE(exchange.handed_off.push(maker.make(ByteVector{'S', 'S', 'H'}, {}, 9)));
  KeepingSink sink;
  Pipeline pipeline({}, {&exchange}, sink);
  pipeline.request_stop();
  pipeline.run();
  EXPECT_EQ(sink.records.size(), 9u);
  EXPECT_EQ(exchange.returned.size(), 10u);
  EXPECT_EQ(pipeline.counters().get(PipelineCounter::not_tls), 1u);
  EXPECT_EQ(pipeline.counters().get(PipelineCounter::sessions), 9u);
}

// A chain upside down, with a certificate twice and garbage between: a row each, as sent.
TEST(Pipeline, KeepsEveryCertificateInTheOrderOfTheWire) {
  tests::CertificateRecipe root;
  root.common_name = "root";
  const ByteVector leaf = tests::make_certificate({}).der;
  const std::vector<ByteVector> chain = {
      tests::make_certificate(root).der, {0x30}, leaf, leaf, ByteVector(5000, 0xff)};
  tests::CaptureMaker maker;
  flowtable::CaptureExchange exchange(16, 16);
  ASSERT_TRUE(exchange.handed_off.push(maker.make(client_stream("x"), server_stream(chain))));
  KeepingSink sink;
  Pipeline pipeline({}, {&exchange}, sink);
  pipeline.request_stop();
  pipeline.run();
  ASSERT_EQ(sink.records.size(), 1u);
  const Observation& seen = sink.records[0];
  EXPECT_TRUE(seen.complete());
  ASSERT_EQ(seen.certs.size(), chain.size());
  for (size_t i = 0; i < chain.size(); ++i) {
    EXPECT_EQ(seen.certs[i]->der, chain[i]) << i;
    EXPECT_EQ(seen.certs[i]->malformed, i == 1 || i == 4) << i;
  }
  EXPECT_EQ(seen.certs[0]->subject_cn, "root");
  EXPECT_EQ(pipeline.counters().get(PipelineCounter::certificates_new), 4u);
  EXPECT_EQ(pipeline.counters().get(PipelineCounter::certificates_known), 1u);
}

ByteVector resumed_stream(const ByteVector& session_id) {
  tests::ServerHelloLists lists;
  lists.session_id = session_id;
  return tests::joined(
      {tests::records(tests::kHandshake, tests::message(2, tests::server_hello_body(lists))),
       tests::records(tests::kChangeCipherSpec, ByteVector{1})});
}

ByteVector full_stream(const ByteVector& session_id) {
  tests::ServerHelloLists lists;
  lists.session_id = session_id;
  return tests::records(
      tests::kHandshake,
      tests::joined({tests::message(2, tests::server_hello_body(lists)),
                     tests::message(11, tests::certificate_body({tests::make_certificate({}).der})),
                     tests::message(14, {})}));
}

// Twenty handshakes with room for sixteen; then each is resumed, the latest first.
TEST(Pipeline, LinksResumptionsAndCountsThem) {
  tests::CaptureMaker maker(0, 64);
  flowtable::CaptureExchange exchange(64, 64);
  for (uint8_t i = 0; i < 20; ++i)
    ASSERT_TRUE(exchange.handed_off.push(maker.make(client_stream("x"), full_stream({i}), i)));
  for (uint8_t i = 20; i-- > 0;)
    ASSERT_TRUE(exchange.handed_off.push(maker.make(client_stream("x"), resumed_stream({i}), i)));
  KeepingSink sink;
  PipelineOptions options;
  options.resumable_sessions_max = 16;
  options.workers = 4;
  options.batch_max = 3;
  Pipeline pipeline(options, {&exchange}, sink);
  pipeline.request_stop();
  pipeline.run();
  ASSERT_EQ(sink.records.size(), 40u);
  for (size_t i = 0; i < 20; ++i) {
    const Observation& again = sink.records[39 - i];
    EXPECT_EQ(again.resumed_by, ResumedBy::session_id);
    ASSERT_EQ(again.original.has_value(), i >= 4) << i;
    if (!again.original) continue;
    EXPECT_EQ(again.original->certs, std::vector<Sha256>{sink.records[i].certs[0]->sha256});
  }
  EXPECT_EQ(pipeline.counters().get(PipelineCounter::resumptions_linked), 16u);
  EXPECT_EQ(pipeline.counters().get(PipelineCounter::resumptions_unlinked), 4u);
  EXPECT_EQ(pipeline.counters().get(PipelineCounter::resumable_evicted), 4u);
}

// The text is that of d4_text_test: JA3 and JA3S, then issuer and subject.
TEST(Pipeline, MakesTheTlshOfWhatD4Looks) {
  tests::CaptureMaker maker;
  flowtable::CaptureExchange exchange(16, 16);
  ASSERT_TRUE(exchange.handed_off.push(maker.make(client_stream("x"), full_stream({}), 1)));
  ASSERT_TRUE(exchange.handed_off.push(maker.make(client_stream("x"), resumed_stream({1}), 2)));
  KeepingSink sink;
  Pipeline pipeline({}, {&exchange}, sink);
  pipeline.request_stop();
  pipeline.run();
  ASSERT_EQ(sink.records.size(), 2u);
  const std::string name = "CN=www.example.orgO=Gr\u00f6\u00dfe";
  EXPECT_EQ(sink.records[0].tlsh, d4_tlsh("77148650771"
                                          "49199" +
                                          name + name));
  EXPECT_EQ(sink.records[1].tlsh, "") << "no certificate";
  const CertificateFacts& facts = *sink.records[0].certs[0];
  EXPECT_EQ(facts.tlsh, t1_text(*tlsh_of(facts.der)));
}

TEST(CertificateCache, ParsesACertificateOnceAndForgetsTheOldest) {
  CertificateCache cache(0);  // one for each shard
  const ByteVector der = tests::make_certificate({}).der;
  const CertificateCache::Found first = cache.find_or_parse(der);
  const CertificateCache::Found again = cache.find_or_parse(der);
  EXPECT_TRUE(first.is_new);
  EXPECT_FALSE(again.is_new);
  EXPECT_EQ(first.certificate, again.certificate);
  EXPECT_EQ(first.certificate->subject_cn, "www.example.org");
  for (int i = 0; i < 1000; ++i)
    static_cast<void>(
        cache.find_or_parse(ByteVector{static_cast<uint8_t>(i >> 8), static_cast<uint8_t>(i)}));
  EXPECT_LE(cache.size(), 64u);
  EXPECT_TRUE(cache.find_or_parse(der).is_new);
}

TEST(CertificateCache, BoundsTheBytesOfHugeCertificates) {
  CertificateCache cache(64 * 4);  // five for each shard: 40 KiB
  for (int i = 0; i < tests::effort(2000); ++i) {
    ByteVector huge(30000, 0x30);
    huge[0] = static_cast<uint8_t>(i >> 8);
    huge[1] = static_cast<uint8_t>(i);
    static_cast<void>(cache.find_or_parse(huge));
  }
  EXPECT_LE(cache.size(), 64u);
}

TEST(PipelineCounter, NamesEachReasonLikeTheRecord) {
  for (int i = 1; i < static_cast<int>(MissingReason::count_); ++i) {
    const auto reason = static_cast<MissingReason>(i);
    EXPECT_EQ(name_of(counter_of(reason)), name_of(reason));
  }
  EXPECT_EQ(counter_of(MissingReason::none), PipelineCounter::complete);
}

}  // namespace
}  // namespace tls
