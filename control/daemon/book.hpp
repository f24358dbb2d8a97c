// SPDX-License-Identifier: Apache-2.0
// The book: everything that began like TLS has exactly one outcome.
//
//   began    = flows_tls             TLS, DTLS and QUIC, once a capture knows it (kShown)
//            + capture_pool_empty    no buffer was free to look closer
//            + hellos_refused        no place in the flow table
//   outcomes = complete + each MissingReason                       reported, one session each
//            + not_tls + capture_pool_empty + hellos_refused       not reported
//            + handoff_full + unanswered_displaced + captures_disputed   let go (kLetGo,
//            kGivenBack)
//   began    = outcomes + under way
//
// A new kind of capture counts flows_tls when it has begun, or has its own counter in kShown; a new
// way to lose one is a DropReason in kLetGo or a PathCounter in kGivenBack. Whoever forgets is told
// by the tests, for the book is then off by just that.
//
// Under way is what the cores capture, what waits in the rings, and what the workers have. It is
// bounded by the buffers of the capture pools, and 0 once all flows have ended: after a file, after
// a drain. The way between is held to account as well, each step with what may be under way in it:
// see kEquations in book.cpp, which is where a new counter of the way has to be entered.
#pragma once

#include "dataplane/path_counters.hpp"
#include "tls/pipeline/pipeline_counter.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace control {

// A copy of the counters that the book is made of, summed over the poll cores.
class BookCounts {
 public:
  // Takes the copy from the end of the way to its beginning: whatever arrives meanwhile is then
  // missing at the end, where it counts as under way, and never at the beginning. Any thread.
  [[nodiscard]] static BookCounts read(std::span<const dataplane::CoreCounters* const> cores,
                                       const tls::PipelineCounters& pipeline);

  [[nodiscard]] uint64_t get(dataplane::PathCounter name) const noexcept {
    return path_[static_cast<size_t>(name)];
  }
  [[nodiscard]] uint64_t get(dataplane::DropReason name) const noexcept {
    return drops_[static_cast<size_t>(name)];
  }
  [[nodiscard]] uint64_t get(tls::PipelineCounter name) const noexcept {
    return pipeline_[static_cast<size_t>(name)];
  }

 private:
  std::array<uint64_t, flowtable::Counters<dataplane::PathCounter>::kSize> path_{};
  std::array<uint64_t, dataplane::DropCounters::kSize> drops_{};
  std::array<uint64_t, tls::PipelineCounters::kSize> pipeline_{};
};

// One step of the way: what came into it is what came out of it and what is still in it.
struct BookEquation {
  std::string_view name;
  std::string_view text;       // in the names of the counters
  std::string_view under_way;  // what may be in between while traffic runs
  uint64_t (*came)(const BookCounts& counts);
  uint64_t (*went)(const BookCounts& counts);

  // Negative: more went out than came in, so something was counted twice.
  [[nodiscard]] int64_t open(const BookCounts& counts) const {
    return static_cast<int64_t>(came(counts) - went(counts));
  }
};
[[nodiscard]] std::span<const BookEquation> book_equations() noexcept;

// A line of the statement. Lines of depth 0 are `began` and its outcomes together; what is deeper
// is a part of the line above it.
struct BookLine {
  std::string_view name;
  std::string_view help;
  uint64_t value;
  int depth;
};

enum class BookMoment : uint8_t {
  live,  // traffic runs
  end    // all flows have ended: nothing may be under way
};

// What is said of a moment.
struct BookStatement {
  std::vector<BookLine> lines;  // parts that are 0 are left out
  uint64_t began = 0;
  uint64_t under_way = 0;
  bool balanced = false;  // every equation holds
  std::string verdict;    // one sentence: the sum, and where it does not hold the equation
};
[[nodiscard]] BookStatement make_statement(const BookCounts& counts, BookMoment moment);

}  // namespace control
