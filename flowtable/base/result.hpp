// SPDX-License-Identifier: Apache-2.0
// A value or the reason why there is none: the one error type of the project.
#pragma once

#include "flowtable/base/check.hpp"

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace flowtable {

// Wraps an error so that Result<T, E> can be built from either without ambiguity.
template <typename E>
struct Failure {
  E error;
};
template <typename E>
Failure(E) -> Failure<E>;

// Holds a T or an E. E is a closed enum where a program decides on it, and Error (below) where a
// person reads it. Must be looked at; value() without ok() is a bug and aborts.
template <typename T, typename E>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  template <typename F>
  Result(Failure<F> failure) : state_(std::in_place_index<1>, std::move(failure.error)) {}

  [[nodiscard]] bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  [[nodiscard]] T& value() & noexcept {
    CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] const T& value() const& noexcept {
    CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] T&& value() && noexcept {
    CHECK(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  [[nodiscard]] const E& error() const noexcept {
    CHECK(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, E> state_;
};

// No value, only success or the reason against it.
template <typename E>
class [[nodiscard]] Result<void, E> {
 public:
  Result() = default;
  template <typename F>
  Result(Failure<F> failure) : error_(std::move(failure.error)) {}

  [[nodiscard]] bool ok() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return ok(); }
  [[nodiscard]] const E& error() const noexcept {
    CHECK(!ok());
    return *error_;
  }

 private:
  std::optional<E> error_;
};

// What a person is told: one line that names the thing, says what is wrong and gives the mend.
// Used by control/ and at start-up; never on a poll core.
struct Error {
  std::string message;
};

template <typename T>
using OrError = Result<T, Error>;

}  // namespace flowtable
