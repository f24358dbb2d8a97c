// SPDX-License-Identifier: Apache-2.0
// Filters at work on sessions.
#pragma once

#include "control/filter/filter_term.hpp"
#include "tls/pipeline/observation.hpp"

#include <span>
#include <string>
#include <vector>

namespace control {

// All of its terms must hold; without terms every session passes. Looks at the observation itself:
// a session that does not pass has cost no formatting. Any thread, without state.
class SessionFilter {
 public:
  [[nodiscard]] static flowtable::OrError<SessionFilter> parse(
      std::span<const std::string> filters);

  [[nodiscard]] bool passes(const tls::Observation& seen) const;

 private:
  // Whether one value fits the session, or for an absent value whether there is nothing.
  using Fits = bool (*)(const FilterTerm& term, const FilterValue& value,
                        const tls::Observation& seen);
  struct Test {
    FilterTerm term;
    Fits fits;
  };
  [[nodiscard]] static Fits matcher_of(std::string_view field) noexcept;

  std::vector<Test> tests_;
};

}  // namespace control
