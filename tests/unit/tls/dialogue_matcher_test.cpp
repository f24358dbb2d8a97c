// SPDX-License-Identifier: Apache-2.0
#include "tls/match/dialogue_matcher.hpp"

#include "tests/unit/tls/dialogue_samples.hpp"
#include "tls/match/dialogue.hpp"
#include "tls/match/proxy_head.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace tls {
namespace {

using flowtable::Bytes;

Bytes bytes_of(std::string_view text) {
  return {static_cast<const uint8_t*>(static_cast<const void*>(text.data())), text.size()};
}

SaidBefore said(std::string_view text) {
  return {bytes_of(text), static_cast<uint32_t>(text.size())};
}

const DialogueMatcher& matcher() {
  static const auto made = DialogueMatcher::make();
  return *made.value();
}

TEST(DialogueMatcher, NamesWhatRealProgramsSay) {
  DialogueMatcher::Scratch scratch;
  for (const tests::DialogueSample& sample : tests::kDialogueSamples) {
    EXPECT_EQ(matcher().name({said(sample.client), said(sample.server), sample.port}, scratch),
              sample.name)
        << "client: " << sample.client << "\nserver: " << sample.server;
  }
}

TEST(DialogueMatcher, EveryDialogueHasASample) {
  std::set<std::string_view> shown;
  for (const tests::DialogueSample& sample : tests::kDialogueSamples)
    shown.insert(sample.name);
  for (const Dialogue& dialogue : dialogues())
    EXPECT_TRUE(shown.contains(dialogue.name)) << dialogue.name;
}

// An expression that no sample contains would be one that nobody has tried.
TEST(DialogueMatcher, EveryExpressionIsSaidBySomeone) {
  for (const Dialogue& dialogue : dialogues()) {
    for (const Words& words : dialogue.words) {
      const char* const one[] = {words.expression};
      const auto set = PatternSet::compile(one);
      ASSERT_TRUE(set.ok()) << set.error().message;
      PatternScratch scratch;
      set.value().prepare(scratch);
      const bool said_by_someone =
          std::ranges::any_of(tests::kDialogueSamples, [&](const tests::DialogueSample& sample) {
            const bool is_clients = words.talker == Talker::client;
            std::vector<uint32_t> found;
            set.value().search(bytes_of(is_clients ? sample.client : sample.server), scratch,
                               found);
            return !found.empty() && sample.name.ends_with(dialogue.name);
          });
      EXPECT_TRUE(said_by_someone) << dialogue.name << ": " << words.expression;
    }
  }
}

TEST(DialogueMatcher, WithoutWordsThePortDecides) {
  DialogueMatcher::Scratch scratch;
  const auto by_port = [&](uint16_t port) {
    return matcher().name({{{}, 30}, {{}, 200}, port}, scratch);
  };
  EXPECT_EQ(by_port(25), "smtp");
  EXPECT_EQ(by_port(4190), "sieve");
  EXPECT_EQ(by_port(3128), "http-connect");
  EXPECT_EQ(by_port(4433), "unknown");
}

// What was kept may go on into TLS: bytes that were not said before it are not read.
TEST(DialogueMatcher, WordsBehindTheStartOfTlsDoNotCount) {
  DialogueMatcher::Scratch scratch;
  SaidBefore client = said("STLS\r\nEHLO ");
  client.bytes = 6;
  EXPECT_EQ(matcher().name({client, said("+OK\r\n"), 9999}, scratch), "pop3");
  client.bytes = 0;
  EXPECT_EQ(matcher().name({client, {}, 9999}, scratch), "");
}

// The request of a proxy's client is often longer than what is kept of it. What the server said
// behind its answer still tells, with the port that was asked for.
TEST(DialogueMatcher, ReadsBehindAProxyWhoseRequestWasCut) {
  DialogueMatcher::Scratch scratch;
  const SaidBefore client{
      bytes_of("CONNECT a.test:25 HTTP/1.1\r\nHost: a.test:25\r\nUser-Agent: c"), 180};
  const std::string answer = "HTTP/1.1 200 Connection established\r\n\r\n";
  EXPECT_EQ(matcher().name({client, said(answer), 3128}, scratch), "http-connect");
  const std::string greeted = answer + "220 ready\r\n";
  EXPECT_EQ(matcher().name({client, said(greeted), 3128}, scratch), "http-connect+smtp");
  const std::string odd = answer + "what?\r\n";
  EXPECT_EQ(matcher().name({client, said(odd), 3128}, scratch), "http-connect+unknown");
}

TEST(DialogueMatcher, OneMatcherServesManyThreadsFromItsFirstUseOn) {
  const auto fresh = DialogueMatcher::make();
  std::vector<std::thread> threads;
  std::array<size_t, 4> wrong{};
  for (size_t& count : wrong) {
    threads.emplace_back([&count, &fresh] {
      DialogueMatcher::Scratch scratch;
      for (int round = 0; round < 20; ++round) {
        for (const tests::DialogueSample& sample : tests::kDialogueSamples) {
          const Preamble preamble{said(sample.client), said(sample.server), sample.port};
          if (fresh.value()->name(preamble, scratch) != sample.name) ++count;
        }
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(wrong, (std::array<size_t, 4>{}));
}

TEST(PatternSet, SaysWhatCannotBeCompiled) {
  const char* const expressions[] = {"fine", "(unclosed"};
  const auto set = PatternSet::compile(expressions);
  ASSERT_FALSE(set.ok());
  EXPECT_NE(set.error().message.find("(unclosed"), std::string::npos) << set.error().message;
}

TEST(PatternSet, FindsEachExpressionOnceAndZeroBytes) {
  const char* const expressions[] = {"ab", R"(\x00.)", "^x", R"(y\z)"};
  const auto set = PatternSet::compile(expressions);
  ASSERT_TRUE(set.ok());
  PatternScratch scratch;
  set.value().prepare(scratch);
  std::vector<uint32_t> found{7};
  set.value().search(bytes_of(tests::raw("xabab\x00\ny")), scratch, found);
  std::ranges::sort(found);
  EXPECT_EQ(found, (std::vector<uint32_t>{0, 1, 2, 3}));
  set.value().search({}, scratch, found);
  EXPECT_TRUE(found.empty());
}

// Words may lie at the very end of memory: a page behind them that must not be touched. (Found by
// fuzzing; Hyperscan itself reads on where the CPU has AVX512-VBMI.)
TEST(PatternSet, ReadsNothingBeyondTheBytesItIsGiven) {
  std::vector<const char*> expressions;
  for (const Dialogue& dialogue : dialogues())
    for (const Words& words : dialogue.words)
      expressions.push_back(words.expression);
  const auto set = PatternSet::compile(expressions);
  ASSERT_TRUE(set.ok());
  PatternScratch scratch;
  set.value().prepare(scratch);
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  void* const pages = mmap(nullptr, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(pages, MAP_FAILED);
  uint8_t* const middle = static_cast<uint8_t*>(pages) + page;
  ASSERT_EQ(mprotect(middle, page, PROT_READ | PROT_WRITE), 0);
  std::vector<uint32_t> found;
  for (const tests::DialogueSample& sample : tests::kDialogueSamples) {
    const std::string both = std::string(sample.client) + std::string(sample.server);
    for (size_t size = 1; size <= both.size(); ++size) {
      const Bytes words = bytes_of(both).first(size);
      for (uint8_t* const at : {middle, middle + page - size}) {
        std::ranges::copy(words, at);
        set.value().search({at, size}, scratch, found);
      }
    }
  }
  munmap(pages, 3 * page);
}

TEST(ProxyHead, StopsAtWhatIsMissing) {
  const std::string_view socks = tests::raw(
      "\x05\x01\x02\x01\x01"
      "u\x01p\x05\x01\x00\x03\x01"
      "h\x01\xbb");
  for (size_t size = 0; size < socks.size(); ++size) {
    EXPECT_FALSE(read_proxy_head("socks5", bytes_of(socks.substr(0, size)), {}).client_bytes)
        << size;
  }
  const ProxyHead whole = read_proxy_head("socks5", bytes_of(socks), {});
  EXPECT_EQ(whole.client_bytes, socks.size());
  EXPECT_EQ(whole.port, 443);
  EXPECT_FALSE(whole.server_bytes);
}

TEST(ProxyHead, ReadsThePortOfARequest) {
  const auto port = [](std::string_view line) {
    return read_proxy_head("http-connect", bytes_of(line), {}).port;
  };
  EXPECT_EQ(port("CONNECT host:8443 HTTP/1.1\r\n"), 8443);
  EXPECT_EQ(port("CONNECT [2001:db8::1]:443 HTTP/1.1\r\n"), 443);
  EXPECT_EQ(port("CONNECT host:99999 HTTP/1.1\r\n"), 0);
  EXPECT_EQ(port("CONNECT host:4a3 HTTP/1.1\r\n"), 0);
  EXPECT_EQ(port("CONNECT host HTTP/1.1\r\n"), 0);
  EXPECT_EQ(port("CONNECT host:44"), 0);  // the rest was not kept
  EXPECT_EQ(port("CONN"), 0);
}

}  // namespace
}  // namespace tls
