// SPDX-License-Identifier: Apache-2.0
#include "tls/match/pattern_set.hpp"

#include "flowtable/base/check.hpp"

#include <hs/hs.h>

#include <algorithm>
#include <limits>
#include <string>

namespace tls {
namespace {

struct FreeCompileError {
  void operator()(hs_compile_error_t* error) const noexcept { hs_free_compile_error(error); }
};

// The widest vector of any CPU it knows.
constexpr size_t kPaddingBytes = 64;

int note(unsigned id, unsigned long long, unsigned long long, unsigned, void* found) {
  static_cast<std::vector<uint32_t>*>(found)->push_back(id);
  return 0;
}

}  // namespace

void PatternScratch::Free::operator()(hs_scratch* scratch) const noexcept {
  hs_free_scratch(scratch);
}

void PatternSet::Free::operator()(hs_database* database) const noexcept {
  hs_free_database(database);
}

bool PatternSet::runs_here() noexcept {
  return hs_valid_platform() == HS_SUCCESS;
}

flowtable::OrError<PatternSet> PatternSet::compile(std::span<const char* const> expressions) {
  const std::vector<unsigned> flags(expressions.size(), HS_FLAG_DOTALL | HS_FLAG_SINGLEMATCH);
  std::vector<unsigned> ids(expressions.size());
  for (size_t i = 0; i < ids.size(); ++i)
    ids[i] = static_cast<unsigned>(i);
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  // No platform is named: Hyperscan then compiles for the CPU at hand.
  const hs_error_t done = hs_compile_multi(expressions.data(), flags.data(), ids.data(),
                                           static_cast<unsigned>(expressions.size()), HS_MODE_BLOCK,
                                           nullptr, &database, &error);
  const std::unique_ptr<hs_compile_error_t, FreeCompileError> error_owner(error);
  if (done != HS_SUCCESS) {
    std::string message = "patterns cannot be compiled: ";
    message += error == nullptr ? "Hyperscan does not run on this CPU" : error->message;
    if (error != nullptr && error->expression >= 0) {
      message += ": ";
      message += expressions[static_cast<size_t>(error->expression)];
    }
    return flowtable::Failure{flowtable::Error{std::move(message)}};
  }
  PatternSet out;
  out.database_.reset(database);
  return out;
}

void PatternSet::prepare(PatternScratch& scratch) const {
  hs_scratch_t* grown = scratch.scratch_.release();
  const hs_error_t done = hs_alloc_scratch(database_.get(), &grown);
  scratch.scratch_.reset(grown);
  CHECK(done == HS_SUCCESS);
}

void PatternSet::search(flowtable::Bytes bytes, PatternScratch& scratch,
                        std::vector<uint32_t>& found) const {
  found.clear();
  if (bytes.empty()) return;
  CHECK(bytes.size() <= std::numeric_limits<unsigned>::max());
  std::vector<uint8_t>& padded = scratch.padded_;
  padded.assign(bytes.size() + 2 * kPaddingBytes, 0);
  std::ranges::copy(bytes, padded.begin() + kPaddingBytes);
  // Hyperscan's type for any bytes.
  const auto* const data =
      static_cast<const char*>(static_cast<const void*>(padded.data() + kPaddingBytes));
  const hs_error_t done = hs_scan(database_.get(), data, static_cast<unsigned>(bytes.size()), 0,
                                  scratch.scratch_.get(), note, &found);
  CHECK(done == HS_SUCCESS);
}

}  // namespace tls
