// SPDX-License-Identifier: Apache-2.0
// How long the memory takes to answer, asked for values that it has not been asked for before.
//
//   memory_bench SOCKET_DIR DATABASE CERTIFICATES SERVICES VALUES
//   memory_bench SOCKET_DIR DATABASE CERTIFICATES SERVICES plans
//
// The database is what tools/benches/memory_fill.py made: what stands in a row follows from its
// number. Prints a line per question, as the others here; with `plans` what Postgres says of it.
#include "control/query/query_parser.hpp"
#include "control/storage/queries.hpp"
#include "tests/bench/measure.hpp"
#include "tls/digest/digest.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace bench {
namespace {

using control::PlanDetail;
using control::Queries;
using control::QueryPlan;
using control::QueryVerb;

constexpr int kRowsMax = 100;

[[noreturn]] void fail(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::exit(1);
}

// A row of the generated memory, by number.
std::string digest_of(uint32_t number) {
  const std::array<uint8_t, 4> bytes{
      static_cast<uint8_t>(number >> 24), static_cast<uint8_t>(number >> 16),
      static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number)};
  return tls::to_hex(tls::sha256(bytes));
}
std::string name_of_certificate(uint64_t number) {
  return "host" + std::to_string(number) + ".site" + std::to_string(number % 50021) + ".example";
}
std::string address_of(uint64_t service) {
  const uint64_t host = service * 11400713 % 16777216;
  return "10." + std::to_string(host >> 16) + "." + std::to_string(host >> 8 & 255) + "." +
         std::to_string(host & 255);
}
std::string network_of(uint64_t service, int bits) {
  const std::string address = address_of(service);
  const size_t last = address.rfind('.');
  if (bits == 24) return address.substr(0, last) + ".0/24";
  return address.substr(0, address.rfind('.', last - 1)) + ".0.0/16";
}

class Values {
 public:
  // The first hundred certificates are everywhere; those are asked for apart.
  Values(uint64_t certificates, uint64_t services)
      : certificate_(100, certificates - 1), service_(0, services - 1) {}
  uint32_t certificate() { return static_cast<uint32_t>(certificate_(random_)); }
  uint64_t service() { return service_(random_); }
  uint32_t below(uint32_t bound) { return static_cast<uint32_t>(random_() % bound); }

 private:
  std::mt19937_64 random_{20260304};
  std::uniform_int_distribution<uint64_t> certificate_;
  std::uniform_int_distribution<uint64_t> service_;
};

struct Question {
  std::string_view name;
  bool is_list;
  QueryVerb verb;
  std::function<std::string(Values&)> text;
};

Question show(std::string_view name, std::function<std::string(Values&)> text) {
  return {name, false, QueryVerb::certs, std::move(text)};
}
Question list(std::string_view name, QueryVerb verb, std::function<std::string(Values&)> text) {
  return {name, true, verb, std::move(text)};
}

std::vector<Question> shown() {
  return {
      show("show ADDRESS", [](Values& of) { return address_of(of.service()); }),
      show("show CIDR/24", [](Values& of) { return network_of(of.service(), 24); }),
      show("show CIDR/16", [](Values& of) { return network_of(of.service(), 16); }),
      show("show NAME", [](Values& of) { return name_of_certificate(of.certificate()); }),
      show("show *.NAME",
           [](Values& of) { return "*.site" + std::to_string(of.below(50021)) + ".example"; }),
      show("show SHA-256", [](Values& of) { return digest_of(of.certificate()); }),
      show("show SHA-256 that is everywhere", [](Values& of) { return digest_of(of.below(100)); }),
      show("show SHA-1",
           [](Values& of) { return digest_of(of.certificate() + 100'000'000).substr(0, 40); }),
      show("show SPKI", [](Values& of) { return digest_of(of.certificate() / 2 + 200'000'000); }),
      show("show SERIAL",
           [](Values& of) {
             std::array<char, 20> hex{};
             std::snprintf(hex.data(), hex.size(), "%llx", 0x1000000000000ULL + of.certificate());
             return std::string(hex.data());
           }),
  };
}

std::vector<Question> listed() {
  using enum QueryVerb;
  const auto words = [](Values& of) {
    return "issuer:\"CA" + std::to_string(of.below(499)) + " Unit\"";
  };
  const auto days = [](Values& of) { return std::to_string(1 + of.below(60)) + "d"; };
  return {
      list("certs --expiring TIME", certs, [=](Values& of) { return "not_after:" + days(of); }),
      list("certs issuer:WORDS", certs, words),
      list("certs issuer:WORDS not_after<TIME key.bits<N", certs,
           [=](Values& of) { return words(of) + " not_after<" + days(of) + " key.bits<3000"; }),
      list("certs server:CIDR/24", certs,
           [](Values& of) { return "server:" + network_of(of.service(), 24); }),
      list("certs name:NAME", certs,
           [](Values& of) { return "name:" + name_of_certificate(of.certificate()); }),
      list("certs first_seen>TIME", certs,
           [](Values& of) { return "first_seen>-" + std::to_string(1 + of.below(30)) + "d"; }),
      list("hosts CIDR/24", hosts, [](Values& of) { return network_of(of.service(), 24); }),
      list("hosts CIDR/16", hosts, [](Values& of) { return network_of(of.service(), 16); }),
      list("hosts CIDR/16 port:N", hosts,
           [](Values& of) { return network_of(of.service(), 16) + " port:8443"; }),
      list("hosts sni:NAME", hosts,
           [](Values& of) { return "sni:" + name_of_certificate(of.certificate()); }),
      list("hosts sha256:DIGEST", hosts,
           [](Values& of) { return "sha256:" + digest_of(of.certificate()); }),
      list("hosts client:ADDRESS", hosts,
           [](Values& of) {
             return "client:172." + std::to_string(16 + of.below(3)) + "." +
                    std::to_string(of.below(256)) + "." + std::to_string(of.below(256));
           }),
      list("names name:*.NAME", names,
           [](Values& of) { return "name:*.site" + std::to_string(of.below(50021)) + ".example"; }),
      list("changes server:ADDRESS", changes,
           [](Values& of) { return "server:" + address_of(of.service()); }),
      list("changes first_seen>TIME", changes,
           [](Values& of) { return "first_seen>-" + std::to_string(1 + of.below(59)) + "m"; }),
  };
}

// The rows that came.
size_t answer(Queries& queries, const Question& question, const std::string& text) {
  if (!question.is_list) {
    const auto sections = queries.show(text, kRowsMax);
    if (!sections) fail(std::string(question.name) + ": " + text + ": " + sections.error().message);
    size_t rows = 0;
    for (const auto& section : sections.value())
      rows += section.rows.size();
    return rows;
  }
  const auto query = control::parse_query(question.verb, text);
  if (!query) fail(text + ": " + query.error().message);
  const auto page = queries.list(query.value(), {.limit = kRowsMax});
  if (!page) fail(std::string(question.name) + ": " + text + ": " + page.error().message);
  return page.value().section.rows.size();
}

double median_of(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

struct Times {
  std::vector<double> first;
  std::vector<double> again;
};

// Milliseconds of the first time that a value is asked for, when its rows have to come from the
// disk where the memory is larger than the machine's, and of the second.
Times measure(Queries& queries, const Question& question, Values& values, size_t how_often) {
  Times out;
  size_t rows = 0;
  for (size_t i = 0; i < how_often; ++i) {
    const std::string text = question.text(values);
    for (std::vector<double>* const taken : {&out.first, &out.again}) {
      const Stopwatch watch;
      rows += answer(queries, question, text);
      taken->push_back(watch.taken().seconds * 1000);
    }
  }
  if (rows == 0) fail(std::string(question.name) + ": nothing was ever found");
  return out;
}

void print_case(const Question& question, Times& cold, Times& in_use) {
  print({question.name, "tapseal", "ms", median_of(in_use.first), 0, true});
  print(
      {question.name, "slowest 5 %", "ms", in_use.first[in_use.first.size() * 95 / 100], 0, true});
  print({question.name, "asked again", "ms", median_of(in_use.again), 0, true});
  print({question.name, "nothing in a cache", "ms", median_of(cold.first), 0, true});
}

void print_plan(std::string_view name, const QueryPlan& plan) {
  std::printf("-- %.*s: %s\n%s\n", static_cast<int>(name.size()), name.data(), plan.heading.c_str(),
              plan.sql.c_str());
  for (size_t i = 0; i < plan.parameters.size(); ++i)
    std::printf("-- $%zu = %s\n", i + 1, plan.parameters[i].c_str());
  std::printf("%s\n\n", plan.plan.c_str());
}

void explain(Queries& queries, const Question& question, Values& values) {
  const std::string text = question.text(values);
  if (!question.is_list) {
    const auto plans = queries.explain_show(text, kRowsMax, PlanDetail::plan);
    if (!plans) fail(plans.error().message);
    for (const QueryPlan& plan : plans.value())
      print_plan(question.name, plan);
    return;
  }
  const auto query = control::parse_query(question.verb, text);
  if (!query) fail(text + ": " + query.error().message);
  const auto plan = queries.explain_list(query.value(), {.limit = kRowsMax}, PlanDetail::plan);
  if (!plan) fail(plan.error().message);
  print_plan(question.name, plan.value());
}

int run(int argc, char** argv) {
  if (argc != 6) {
    fail("usage: memory_bench SOCKET_DIR DATABASE CERTIFICATES SERVICES VALUES|plans");
  }
  Queries queries(
      {.address = {{}, argv[1], argv[2]}, .statement_timeout = std::chrono::minutes(2)});
  Values values(std::strtoull(argv[3], nullptr, 10), std::strtoull(argv[4], nullptr, 10));
  if (const auto connected = queries.owners(); !connected) fail(connected.error().message);
  const size_t how_often = std::strtoull(argv[5], nullptr, 10);
  std::vector<Question> questions = shown();
  for (Question& question : listed())
    questions.push_back(std::move(question));
  if (how_often == 0) {
    for (const Question& question : questions)
      explain(queries, question, values);
    return 0;
  }
  // Every question for some values, then every question for others: by then the memory is in use,
  // and what leads to all rows, of the indexes, is near.
  std::vector<Times> cold;
  for (const Question& question : questions)
    cold.push_back(measure(queries, question, values, how_often));
  for (size_t i = 0; i < questions.size(); ++i) {
    Times in_use = measure(queries, questions[i], values, how_often);
    print_case(questions[i], cold[i], in_use);
  }
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  return bench::run(argc, argv);
}
