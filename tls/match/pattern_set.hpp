// SPDX-License-Identifier: Apache-2.0
// Hyperscan with an owner: many expressions, searched for in one pass.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "flowtable/base/result.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

struct hs_database;
struct hs_scratch;

namespace tls {

// What one thread needs to search. Grown by PatternSet::prepare(); one scratch serves many sets,
// one search at a time.
class PatternScratch {
 public:
  PatternScratch() = default;

 private:
  friend class PatternSet;
  struct Free {
    void operator()(hs_scratch* scratch) const noexcept;
  };
  std::unique_ptr<hs_scratch, Free> scratch_;
  std::vector<uint8_t> padded_;  // what is searched, with room around it
};

// Expressions in Hyperscan's part of PCRE, compiled for the CPU it runs on. Immutable after
// compile(): any number of threads search it, each with a scratch of its own.
class PatternSet {
 public:
  // Whether Hyperscan runs on this CPU (it asks for SSSE3). Cheap.
  [[nodiscard]] static bool runs_here() noexcept;

  // `.` is any byte; `^` and `\z` are the ends of what is searched. An expression that cannot be
  // compiled, or a CPU that does not do, is an error with the words of Hyperscan. Takes about 1 ms
  // for each expression.
  [[nodiscard]] static flowtable::OrError<PatternSet> compile(
      std::span<const char* const> expressions);

  // Allocates; once per thread, before the first search.
  void prepare(PatternScratch& scratch) const;

  // Puts the index of each expression that is found into `found`, once, in no order. The scratch
  // was prepared by this set. Searches a copy: Hyperscan 5.4.0 reads up to a vector beyond the end
  // of what it is given (on CPUs with AVX512-VBMI), where there may be no memory.
  void search(flowtable::Bytes bytes, PatternScratch& scratch, std::vector<uint32_t>& found) const;

 private:
  struct Free {
    void operator()(hs_database* database) const noexcept;
  };
  std::unique_ptr<hs_database, Free> database_;
};

}  // namespace tls
