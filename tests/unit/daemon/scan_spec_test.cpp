// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/scan_spec.hpp"

#include <gtest/gtest.h>

namespace control {
namespace {

ScanDefaults defaults() {
  ScanDefaults out;
  out.rate = 1000;
  out.rate_max = 50'000;
  out.attempts = 3;
  out.seed = 99;
  out.own_name = "tap.example";
  return out;
}

ScanSpec must_read(const Json& arguments, const ScanDefaults& by = defaults()) {
  auto read = read_scan_spec(arguments, by);
  EXPECT_TRUE(read.ok()) << (read.ok() ? "" : read.error().message);
  return read.ok() ? std::move(read).value() : ScanSpec{};
}

Json everything() {
  return Json{{"target", {"192.0.2.0/24", "www.example"}},
              {"file", "198.51.100.1\nmail.example:25\n"},
              {"ports", "443,smtp"},
              {"exclude", {"192.0.2.9"}},
              {"name", {"a.example", "b.example"}},
              {"window", {"mon-fri 22:00-06:00"}},
              {"rate", 2000},
              {"attempts", 2},
              {"seed", 18'446'744'073'709'551'615u},
              {"shard", "2/4"},
              {"adapt", true},
              {"all", true},
              {"udp", true},
              {"brief", true},
              {"jarm", true},
              {"versions", true},
              {"ciphers", true},
              {"groups", true},
              {"old-ssl", true}};
}

TEST(ScanSpec, TakesWhatTheSettingsGiveWhereNothingIsSaid) {
  const ScanSpec spec = must_read(Json::object());
  EXPECT_EQ(spec.ports, "tls");
  EXPECT_EQ(spec.rate, 1000u);
  EXPECT_EQ(spec.attempts, 3u);
  EXPECT_EQ(spec.seed, 99u);
  EXPECT_EQ(spec.shard, 1u);
  EXPECT_EQ(spec.shards, 1u);
  EXPECT_EQ(spec.wish.own_name, "tap.example");
  EXPECT_TRUE(spec.wish.other_certificate && spec.wish.without_name && spec.wish.legacy);
  EXPECT_FALSE(spec.wish.jarm || spec.wish.versions || spec.wish.ciphers || spec.wish.groups);
  EXPECT_FALSE(spec.adapt || spec.all || spec.udp || spec.wish.old_ssl);
}

TEST(ScanSpec, TakesWhatIsSaid) {
  const ScanSpec spec = must_read(everything());
  EXPECT_EQ(spec.targets, (std::vector<std::string>{"192.0.2.0/24", "www.example"}));
  EXPECT_EQ(spec.list, "198.51.100.1\nmail.example:25\n");
  EXPECT_EQ(spec.ports, "443,smtp");
  EXPECT_EQ(spec.exclude, std::vector<std::string>{"192.0.2.9"});
  EXPECT_EQ(spec.names, (std::vector<std::string>{"a.example", "b.example"}));
  EXPECT_EQ(spec.windows, std::vector<std::string>{"mon-fri 22:00-06:00"});
  EXPECT_EQ(spec.rate, 2000u);
  EXPECT_EQ(spec.attempts, 2u);
  EXPECT_EQ(spec.seed, UINT64_MAX);
  EXPECT_EQ(spec.shard, 2u);
  EXPECT_EQ(spec.shards, 4u);
  EXPECT_TRUE(spec.adapt && spec.all && spec.udp && spec.wish.old_ssl);
  EXPECT_TRUE(spec.wish.jarm && spec.wish.versions && spec.wish.ciphers && spec.wish.groups);
  EXPECT_FALSE(spec.wish.other_certificate || spec.wish.without_name);
}

// By the text of a job's file, and under settings that have changed since: the job has not.
TEST(ScanSpec, ComesBackFromItsOwnArguments) {
  ScanDefaults later = defaults();
  later.rate = 1;
  later.attempts = 9;
  later.seed = 5;
  EXPECT_EQ(scan_arguments(must_read(everything())), everything());
  for (const Json& asked :
       {everything(), Json::object(), Json{{"target", {"::1"}}, {"udp", true}}}) {
    const Json filled = scan_arguments(must_read(asked));
    const Json read = Json::parse(filled.dump());
    EXPECT_EQ(scan_arguments(must_read(read, later)), filled) << filled;
  }
  EXPECT_EQ(must_read(scan_arguments(must_read(Json::object())), later).seed, 99u);
}

// One switch at a time: none stands for another.
TEST(ScanSpec, KeepsEachSwitchApart) {
  for (const char* name :
       {"adapt", "all", "udp", "brief", "jarm", "versions", "ciphers", "groups", "old-ssl"}) {
    const Json filled = scan_arguments(must_read(Json{{name, true}}));
    Json expected = scan_arguments(must_read(Json::object()));
    expected[name] = true;
    EXPECT_EQ(filled, expected) << name;
    EXPECT_EQ(scan_arguments(must_read(Json{{name, false}})).contains(name), false) << name;
  }
}

TEST(ScanSpec, NeverPassesTheHighestRate) {
  EXPECT_EQ(must_read(Json{{"rate", 50'000}}).rate, 50'000u);
  EXPECT_EQ(must_read(Json{{"rate", 90'000}}).rate, 50'000u);
  ScanDefaults narrow = defaults();
  narrow.rate_max = 10;
  EXPECT_EQ(must_read(Json::object(), narrow).rate, 10u);
}

TEST(ScanSpec, RefusesShardsThatAreNone) {
  for (const char* shard : {"", "2", "2/", "/2", "0/2", "3/2", "1/0", "a/b", "-1/2", "2/4x", "2 /4",
                            "1/65537", "1/4294967297"}) {
    const auto read = read_scan_spec(Json{{"shard", shard}, {"seed", 1}}, defaults());
    ASSERT_FALSE(read.ok()) << shard;
    EXPECT_NE(read.error().message.find("`" + std::string(shard) + "`"), std::string::npos);
  }
  EXPECT_EQ(must_read(Json{{"shard", "65536/65536"}, {"seed", 1}}).shard, 65536u);
}

TEST(ScanSpec, WantsOneOrderForAllShards) {
  const auto read = read_scan_spec(Json{{"shard", "1/2"}}, defaults());
  ASSERT_FALSE(read.ok());
  EXPECT_NE(read.error().message.find("--seed"), std::string::npos) << read.error().message;
  EXPECT_EQ(must_read(Json{{"shard", "1/1"}}).shards, 1u) << "the whole needs none";
}

TEST(ScanSpec, SaysOnOneLineWhatWasAsked) {
  EXPECT_EQ(scan_text(must_read(Json{{"target", {"a", "b", "c", "d"}}})), "a b c d -p tls");
  const Json many{{"target", {"a", "b", "c", "d", "e", "f"}}, {"ports", "443"}};
  EXPECT_EQ(scan_text(must_read(many)), "a b c d and 2 more -p 443");
  EXPECT_EQ(scan_text(must_read(Json{{"file", "a\nb\n"}})), "a list of 2 lines -p tls");
  EXPECT_EQ(scan_text(must_read(Json{{"file", "a\nb"}})), "a list of 2 lines -p tls");
}

}  // namespace
}  // namespace control
