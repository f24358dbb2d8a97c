// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/book.hpp"

#include <algorithm>
#include <atomic>

namespace control {
namespace {

using dataplane::DropReason;
using dataplane::PathCounter;
using tls::PipelineCounter;

// Flows of every kind of capture, each counted once when it has shown what it is.
constexpr std::array kShown = {PathCounter::flows_tls, PathCounter::flows_ssh};

// Of these, for the statement: those over UDP.
constexpr std::array kKinds = {PathCounter::flows_dtls, PathCounter::flows_quic};

// Captures that were begun and that no worker will see.
constexpr std::array kLetGo = {DropReason::handoff_full, DropReason::unanswered_displaced};
constexpr std::array kGivenBack = {PathCounter::captures_disputed};

template <typename Names>
uint64_t sum_of(const BookCounts& counts, const Names& names) {
  uint64_t sum = 0;
  for (const auto name : names)
    sum += counts.get(name);
  return sum;
}

uint64_t let_go(const BookCounts& counts) {
  return sum_of(counts, kLetGo) + sum_of(counts, kGivenBack);
}

uint64_t shown(const BookCounts& counts) {
  return sum_of(counts, kShown);
}

uint64_t began(const BookCounts& counts) {
  return shown(counts) + counts.get(DropReason::capture_pool_empty) +
         counts.get(PathCounter::hellos_refused);
}

// `complete` and every reason behind it.
template <typename OnOutcome>
void for_each_session_outcome(OnOutcome on_outcome) {
  for (size_t i = 0; i < static_cast<size_t>(tls::MissingReason::count_); ++i)
    on_outcome(tls::counter_of(static_cast<tls::MissingReason>(i)));
}

uint64_t session_outcomes(const BookCounts& counts) {
  uint64_t sum = 0;
  for_each_session_outcome([&](PipelineCounter outcome) { sum += counts.get(outcome); });
  return sum;
}

uint64_t not_reported(const BookCounts& counts) {
  return counts.get(PipelineCounter::not_tls) + counts.get(DropReason::capture_pool_empty) +
         counts.get(PathCounter::hellos_refused) + let_go(counts);
}

uint64_t ends(const BookCounts& counts) {
  uint64_t sum = 0;
  for (size_t i = 0; i < static_cast<size_t>(flowtable::CaptureEnd::count_); ++i)
    sum += counts.get(dataplane::counter_of(static_cast<flowtable::CaptureEnd>(i)));
  return sum;
}

uint64_t left_core(const BookCounts& counts) {
  return counts.get(PathCounter::captures_handed_off) + let_go(counts);
}

constexpr std::array kEquations = {
    BookEquation{"book", "began = complete + each missing reason + each loss",
                 "on the cores, in the rings and with the workers", began,
                 [](const BookCounts& c) { return session_outcomes(c) + not_reported(c); }},
    BookEquation{"flows", "flows_created = flows_tls + flows_not_tls + capture_pool_empty",
                 "flows that are still looked at",
                 [](const BookCounts& c) { return c.get(PathCounter::flows_created); },
                 [](const BookCounts& c) {
                   return shown(c) + c.get(PathCounter::flows_not_tls) +
                          c.get(DropReason::capture_pool_empty);
                 }},
    BookEquation{
        "flow ends",
        "flows_created = flows_expired + flows_evicted + flows_port_reused + flows_drained",
        "flows in the tables",
        [](const BookCounts& c) { return c.get(PathCounter::flows_created); },
        [](const BookCounts& c) {
          return c.get(PathCounter::flows_expired) + c.get(PathCounter::flows_evicted) +
                 c.get(PathCounter::flows_port_reused) + c.get(PathCounter::flows_drained);
        }},
    BookEquation{
        "buffers", "captures_started = captures_not_tls + captures_handed_off + each let go",
        "buffers that are being filled",
        [](const BookCounts& c) { return c.get(PathCounter::captures_started); },
        [](const BookCounts& c) { return c.get(PathCounter::captures_not_tls) + left_core(c); }},
    BookEquation{"handshakes", "flows_tls = captures_handed_off + each let go",
                 "handshakes that are being captured", shown, left_core},
    BookEquation{"ends", "captures_handed_off = each ended_*", "",
                 [](const BookCounts& c) { return c.get(PathCounter::captures_handed_off); }, ends},
    BookEquation{"hand-over", "captures_handed_off = captures", "in the rings",
                 [](const BookCounts& c) { return c.get(PathCounter::captures_handed_off); },
                 [](const BookCounts& c) { return c.get(PipelineCounter::captures); }},
    BookEquation{"verdicts", "captures = sessions + not_tls", "with the workers",
                 [](const BookCounts& c) { return c.get(PipelineCounter::captures); },
                 [](const BookCounts& c) {
                   return c.get(PipelineCounter::sessions) + c.get(PipelineCounter::not_tls);
                 }},
    BookEquation{"outcomes", "sessions = complete + each missing reason", "with the workers",
                 [](const BookCounts& c) { return c.get(PipelineCounter::sessions); },
                 session_outcomes},
};

// Where the book is broken a part could come out below 0; the verdict says by how much.
uint64_t rest(uint64_t whole, uint64_t part) {
  return whole > part ? whole - part : 0;
}

struct CounterText {
  std::string_view name;
  std::string_view help;
};
CounterText counter_text_of(PathCounter counter) {
  const auto& row = dataplane::kPathCounterTable[static_cast<size_t>(counter)];
  return {row.name, row.help};
}
CounterText counter_text_of(DropReason reason) {
  // The table leaves out `none`.
  const auto& row = dataplane::drop_reason_table()[static_cast<size_t>(reason) - 1];
  return {row.name, row.help};
}
CounterText counter_text_of(PipelineCounter counter) {
  const auto& row = tls::pipeline_counter_table()[static_cast<size_t>(counter)];
  return {row.name, row.help};
}

std::string verdict_of(const BookCounts& counts, BookStatement& statement, BookMoment moment) {
  const auto broken = std::ranges::find_if(kEquations, [&](const BookEquation& equation) {
    const int64_t open = equation.open(counts);
    return moment == BookMoment::end ? open != 0 : open < 0;
  });
  statement.balanced = broken == kEquations.end();
  const std::string total = std::to_string(statement.began) + " began like TLS";
  if (!statement.balanced) {
    return "not balanced: " + std::string(broken->text) + " is off by " +
           std::to_string(broken->open(counts)) + "; this is a fault of the program, report it";
  }
  if (statement.under_way == 0) return "balanced: " + total + ", each has one outcome";
  return "balanced: " + total + ", " + std::to_string(statement.began - statement.under_way) +
         " have their outcome, " + std::to_string(statement.under_way) + " are under way";
}

}  // namespace

BookCounts BookCounts::read(std::span<const dataplane::CoreCounters* const> cores,
                            const tls::PipelineCounters& pipeline) {
  BookCounts out;
  // The tables' enums are in the order of the way, so their copies are made backwards.
  for (size_t i = tls::PipelineCounters::kSize; i-- > 0;)
    out.pipeline_[i] = pipeline.get(static_cast<PipelineCounter>(i));
  std::atomic_thread_fence(std::memory_order_acquire);  // with the one in Pipeline::count()
  for (const dataplane::CoreCounters* core : cores) {
    for (size_t i = dataplane::DropCounters::kSize; i-- > 0;)
      out.drops_[i] += core->drops.get(static_cast<DropReason>(i));
    for (size_t i = out.path_.size(); i-- > 0;)
      out.path_[i] += core->path.get(static_cast<PathCounter>(i));
  }
  return out;
}

std::span<const BookEquation> book_equations() noexcept {
  return kEquations;
}

BookStatement make_statement(const BookCounts& counts, BookMoment moment) {
  BookStatement out;
  out.began = began(counts);
  const uint64_t reported = session_outcomes(counts);
  const uint64_t lost = not_reported(counts);
  out.under_way = rest(out.began, reported + lost);
  const auto add_part = [&](std::string_view name, std::string_view help, uint64_t value) {
    if (value > 0) out.lines.push_back({name, help, value, 1});
  };
  const auto part = [&](auto counter) {
    const auto [name, help] = counter_text_of(counter);
    add_part(name, help, counts.get(counter));
  };
  const auto whole = [&](std::string_view name, std::string_view help, uint64_t value) {
    out.lines.push_back({name, help, value, 0});
  };
  whole("began", "flows that began like TLS", out.began);
  for (const PathCounter kind : kKinds)
    part(kind);
  whole("reported", "have a record, one session each", reported);
  for_each_session_outcome(part);
  whole("not_reported", "have none", lost);
  part(PipelineCounter::not_tls);
  part(DropReason::capture_pool_empty);
  for (const DropReason reason : kLetGo)
    part(reason);
  for (const PathCounter counter : kGivenBack)
    part(counter);
  part(PathCounter::hellos_refused);
  whole("under_way", "will have one when they have ended", out.under_way);
  add_part("on_cores", "handshakes that are being captured",
           rest(shown(counts), left_core(counts)));
  add_part("with_workers", "captures that wait or are being read",
           rest(counts.get(PathCounter::captures_handed_off),
                reported + counts.get(PipelineCounter::not_tls)));
  out.verdict = verdict_of(counts, out, moment);
  return out;
}

}  // namespace control
