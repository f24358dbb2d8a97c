// SPDX-License-Identifier: Apache-2.0
// A failure that is a sentence.
#pragma once

#include "flowtable/base/result.hpp"

#include <string>
#include <utility>

namespace control {

[[nodiscard]] inline flowtable::Failure<flowtable::Error> failed(std::string message) {
  return flowtable::Failure{flowtable::Error{std::move(message)}};
}

}  // namespace control
