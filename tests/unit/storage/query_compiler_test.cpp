// SPDX-License-Identifier: Apache-2.0
// What a query becomes, without a database.
#include "control/storage/query_compiler.hpp"

#include "control/ipc/command_table.hpp"
#include "control/query/query_parser.hpp"
#include "control/storage/verb_sql.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace control::tests {
namespace {

CompiledQuery must_compile(QueryVerb verb, std::string_view text, const PageWanted& page = {}) {
  const auto query = parse_query(verb, text);
  EXPECT_TRUE(query.ok()) << text << ": " << query.error().message;
  if (!query.ok()) return {};
  const auto compiled = compile_query(query.value(), page);
  EXPECT_TRUE(compiled.ok()) << text << ": " << compiled.error().message;
  return compiled.ok() ? compiled.value() : CompiledQuery{};
}

std::vector<QueryVerb> all_verbs() {
  std::vector<QueryVerb> out;
  for (size_t i = 0; i < kNumQueryVerbs; ++i)
    out.push_back(static_cast<QueryVerb>(i));
  return out;
}

std::set<std::string> tokens_of(const std::string& sql) {
  std::set<std::string> out;
  std::string token;
  for (const char c : sql) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' ||
                      (c >= '0' && c <= '9') || c == '$';
    if (word) {
      token += c;
      continue;
    }
    if (!token.empty()) out.insert(token[0] == '$' ? "$" : token);
    token.clear();
    out.insert(std::string(1, c));
  }
  if (!token.empty()) out.insert(token[0] == '$' ? "$" : token);
  return out;
}

// What the table of fields and the lists can say at all: of every field, in every form.
std::set<std::string> alphabet() {
  std::set<std::string> out;
  for (const QueryVerb verb : all_verbs()) {
    for (const VerbColumn& column : verb_sql(verb).columns) {
      for (const std::string order : {"", "-"}) {
        const std::string sort = order + std::string(column.name());
        const CompiledQuery first = must_compile(verb, "", {.sort = sort});
        const std::vector<std::string> row(20, "1");
        out.merge(tokens_of(first.sql));
        out.merge(
            tokens_of(must_compile(verb, "", {.sort = sort, .after = place_text(first, row)}).sql));
      }
    }
    for (const QueryField& field : query_fields()) {
      if (!field.verbs.holds(verb)) continue;
      const std::string name(field.name);
      out.merge(tokens_of(must_compile(verb, field.example).sql));
      if (field.name == kBareField) continue;
      for (const std::string text :
           {":-",       ":a.b",       "=a",        ":a*",     ":yes", ":no",         ":1",
            ":1..2",    "<1",         ">=1",       "<=1",     ">1",   ":2026-01-01", "<=2026-01-01",
            ":-1d",     ":1d..2d",    "<-1d",      ">-1d",    "<1d",  ">1d",         ":1d",
            ":1.2.3.4", ":1.0.0.0/8", ":12345678", ":tcp,udp"}) {
        const auto query = parse_query(verb, name + text + " -" + name + text);
        if (query.ok()) out.merge(tokens_of(compile_query(query.value(), {}).value().sql));
      }
      if (field.form == FieldForm::digest) {
        out.merge(
            tokens_of(must_compile(verb, name + ":" + std::string(field.details.digits, 'a')).sql));
      }
    }
  }
  return out;
}

// Queries whose values are as bad as they can be, made of pieces that are known to hurt.
std::string hostile_query(std::mt19937& random, QueryVerb verb) {
  const std::string pieces[] = {
      "'",      "\\'",        "--",      ";", "$1", "$$",   "%",        "/*",   "*/",
      "\\",     "::text",     "zzqdrop", ")", "(",  "\xff", "\xc3\xa9", "\x01", "||",
      "OR 1=1", "U&'\\0027'", "E'\\''",  "*", "_",  "?",    "#",        ".."};
  const auto pick = [&](size_t size) {
    return std::uniform_int_distribution<size_t>(0, size - 1)(random);
  };
  std::vector<std::string> fields;
  for (const QueryField& field : query_fields())
    if (field.verbs.holds(verb)) fields.emplace_back(field.name);
  std::string out;
  for (size_t term = 0; term <= pick(4); ++term) {
    out += pick(3) == 0 ? " -" : " ";
    if (pick(4) != 0) out += fields[pick(fields.size())] + (pick(2) == 0 ? ":" : "=");
    std::string value;
    for (size_t i = 0; i <= pick(4); ++i)
      value += pieces[pick(std::size(pieces))];
    if (pick(2) == 0) {
      std::string escaped;
      for (const char c : value) {
        if (c == '"' || c == '\\') escaped += '\\';
        escaped += c;
      }
      value = "\"" + escaped + "\"";
    }
    out += value;
  }
  return out;
}

TEST(QueryCompiler, NoByteOfAQueryReachesTheStatement) {
  const std::set<std::string> known = alphabet();
  EXPECT_FALSE(known.contains("zzqdrop"));
  EXPECT_FALSE(known.contains(";"));
  EXPECT_FALSE(known.contains("\\"));
  std::mt19937 random(20261130);
  int compiled = 0;
  for (int round = 0; round < 6'000; ++round) {
    const QueryVerb verb = all_verbs()[static_cast<size_t>(round) % kNumQueryVerbs];
    const std::string text = hostile_query(random, verb);
    const auto query = parse_query(verb, text);
    if (!query.ok()) continue;
    ++compiled;
    const auto statement = compile_query(query.value(), {});
    ASSERT_TRUE(statement.ok()) << text;
    for (const std::string& token : tokens_of(statement.value().sql))
      ASSERT_TRUE(known.contains(token)) << token << " of " << text << "\n"
                                         << statement.value().sql;
  }
  EXPECT_GT(compiled, 1'500);
}

TEST(QueryCompiler, ValuesOfOneShapeAreOneStatement) {
  for (const auto& [one, other] : std::vector<std::pair<std::string, std::string>>{
           {"issuer:a", "issuer:\"'; DROP TABLE certificate; --\""},
           {"name:a.b", "name:\"a.'||pg_sleep(9)||'\""},
           {"serial:*a", "serial:*%_\\*"},
           {"port:1 key.bits<2", "port:65535 key.bits<1048576"},
           {"not_after<30d first_seen:2026-01-01", "not_after<-1s first_seen:1999-12-31"},
           {"tag:a,b -owner:c", "tag:$1,$$ -owner:'"}}) {
    const CompiledQuery first = must_compile(QueryVerb::certs, one);
    const CompiledQuery second = must_compile(QueryVerb::certs, other);
    EXPECT_EQ(first.sql, second.sql) << other;
    EXPECT_EQ(first.parameters.size(), second.parameters.size());
  }
}

TEST(QueryCompiler, TermsAboutOneThingSpeakOfTheSameOne) {
  const std::string sql = must_compile(QueryVerb::certs, "port:443 sni:a.example -port:25").sql;
  const size_t first = sql.find("EXISTS (SELECT FROM certificate_chain k JOIN sighting s");
  ASSERT_NE(first, std::string::npos);
  EXPECT_NE(sql.find("(s.port = $1::bigint) AND (s.sni <> '' AND (reverse(lower(s.sni)) IN"),
            std::string::npos)
      << sql;
  EXPECT_NE(sql.find("(s.port = $4::bigint)))"), std::string::npos) << sql;
}

TEST(QueryCompiler, SaysWhichColumnsThereAre) {
  const auto query = parse_query(QueryVerb::hosts, "");
  const auto wrong = compile_query(query.value(), {.sort = "-prt"});
  ASSERT_FALSE(wrong.ok());
  EXPECT_TRUE(wrong.error().message.starts_with(
      "sort: `-prt` is no column of hosts; columns are server, port, transport"))
      << wrong.error().message;
}

TEST(QueryCompiler, RefusesPlacesOfAnotherOrder) {
  const auto query = parse_query(QueryVerb::hosts, "");
  for (const std::string after : {"x", "server", "port,1,1,1,1", "server,1", "server,%zz,1,tcp",
                                  "server,%00,1,tcp", "server,%1", ",,,"}) {
    const auto wrong = compile_query(query.value(), {.after = after});
    EXPECT_FALSE(wrong.ok()) << after;
  }
  EXPECT_TRUE(compile_query(query.value(), {.after = "server,10.0.0.1,443,tcp"}).ok());
}

// Every column can be named only once, and what a field of the answer asks for is there.
TEST(VerbSql, HasWhatTheFieldsSpeakOf) {
  for (const QueryVerb verb : all_verbs()) {
    std::set<std::string_view> names;
    for (const VerbColumn& column : verb_sql(verb).columns)
      EXPECT_TRUE(names.insert(column.name()).second) << column.name();
    EXPECT_TRUE(names.contains(verb_sql(verb).order));
    for (const QueryField& field : query_fields()) {
      if (field.verbs.holds(verb) && field.home == FieldHome::answer) {
        EXPECT_TRUE(names.contains(field.name)) << field.name;
      }
    }
  }
}

// The command's declaration of its answer is what the SQL answers, in the same order.
TEST(VerbSql, HasTheColumnsOfItsCommand) {
  for (const QueryVerb verb : all_verbs()) {
    const CommandSpec* const command = find_command(name_of(verb));
    ASSERT_NE(command, nullptr) << name_of(verb);
    std::vector<std::string_view> declared;
    for (const ColumnSpec& column : command->columns)
      declared.push_back(column.key);
    std::vector<std::string_view> answered;
    for (const VerbColumn& column : verb_sql(verb).columns)
      answered.push_back(column.name());
    EXPECT_EQ(declared, answered) << name_of(verb);
  }
}

}  // namespace
}  // namespace control::tests
