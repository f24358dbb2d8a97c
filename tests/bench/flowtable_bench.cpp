// SPDX-License-Identifier: Apache-2.0
// The flow table beside general hash tables: the same keys with the same hashes, the same records,
// the same pages. Usage: flowtable_bench huge|small CASES FLOWS..., where CASES is `all` or
// `lookups`, or CASES is `flood` and FLOWS the known flows and the sources.
#include "tests/bench/flowtable_cases.hpp"
#include "tests/bench/flowtable_flood.hpp"
#include "tests/bench/flowtable_maps.hpp"
#if defined(BENCH_WITH_RTE_HASH)
#include "tests/bench/flowtable_rte.hpp"
#endif

#include <charconv>
#include <cstring>
#include <string>

namespace bench {
namespace {

constexpr size_t kQuestions = 1 << 20;

std::string short_name(uint32_t count) {
  if (count % 1'000'000 == 0) return std::to_string(count / 1'000'000) + " M";
  if (count % 1'000 == 0) return std::to_string(count / 1'000) + " k";
  return std::to_string(count);
}

uint32_t number_in(std::string_view text) {
  uint32_t out = 0;
  (void)std::from_chars(text.data(), text.data() + text.size(), out);
  if (out == 0) fail("flowtable_bench", "numbers of flows are whole and above 0");
  return out;
}

// Calls `run` with a null pointer to each subject.
template <typename Run>
void for_each_subject(Run&& run) {
  run(static_cast<OurTable*>(nullptr));
#if defined(BENCH_WITH_RTE_HASH)
  run(static_cast<PeerTable<RteHash>*>(nullptr));
#endif
#if defined(BENCH_WITH_ABSL)
  run(static_cast<PeerTable<AbslMap>*>(nullptr));
#endif
  run(static_cast<PeerTable<TbbMap>*>(nullptr));
}

void compare_at(uint32_t flows, Pages pages, bool only_lookups) {
  const std::string suffix = pages == Pages::small ? ", 4 KiB pages" : "";
  const Size size{flows, short_name(flows) + " flows" + suffix, questions(flows, 1, kQuestions),
                  questions(flows, 0.5, kQuestions), questions(flows, 0, kQuestions)};
  for_each_subject(
      [&]<typename Subject>(Subject*) { run_size<Subject>(size, pages, only_lookups); });
}

void compare_in_flood(uint32_t established, uint32_t sources, Pages pages) {
  const Flood flood{established, sources,
                    short_name(established) + " flows, flood of " + short_name(sources),
                    questions(established, 1, kQuestions)};
  for_each_subject([&]<typename Subject>(Subject*) { run_flood<Subject>(flood, pages); });
}

int run(std::span<char* const> words) {
  if (words.size() < 4) fail("flowtable_bench", "huge|small all|lookups|flood FLOWS...");
  const Pages pages = std::string_view(words[1]) == "huge" ? Pages::huge : Pages::small;
  const std::string_view cases = words[2];
  choose_pages(pages);
  stay_on_cpu(0);
  if (cases == "flood") {
    compare_in_flood(number_in(words[3]), number_in(words.back()), pages);
    return 0;
  }
  for (const char* flows : words.subspan(3))
    compare_at(number_in(flows), pages, cases == "lookups");
  return 0;
}

}  // namespace
}  // namespace bench

int main(int count, char** words) {
  return bench::run(std::span(words, static_cast<size_t>(count)));
}
