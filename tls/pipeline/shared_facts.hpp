// SPDX-License-Identifier: Apache-2.0
// Facts that many sessions have in common.
#pragma once

#include <memory>
#include <optional>
#include <utility>

namespace tls {

// Reads like a std::optional<T>; copies are one count more, not one value more. Most clients say
// the same as thousands of others, so a session holds a share of what was made of it once. Whoever
// wants to change it says own(), and gets a value that nobody else has.
template <typename T>
class Shared {
 public:
  Shared() noexcept = default;
  Shared(std::nullopt_t) noexcept {}
  Shared(T value) : at_(std::make_shared<T>(std::move(value))) {}
  Shared(std::optional<T> value) {
    if (value) at_ = std::make_shared<T>(*std::move(value));
  }

  [[nodiscard]] bool has_value() const noexcept { return at_ != nullptr; }
  explicit operator bool() const noexcept { return has_value(); }
  // Only where there is a value.
  const T& operator*() const noexcept { return *at_; }
  const T* operator->() const noexcept { return at_.get(); }
  [[nodiscard]] T value_or(T otherwise) const { return at_ ? *at_ : std::move(otherwise); }

  void reset() noexcept { at_.reset(); }
  T& emplace() { return *(at_ = std::make_shared<T>()); }
  // A copy where others may hold the same: that they do not any more could not be seen in order.
  [[nodiscard]] T& own() { return *(at_ = std::make_shared<T>(*at_)); }

  // Which value it is: two that are alike may be two.
  [[nodiscard]] const T* identity() const noexcept { return at_.get(); }
  // To hold the value beyond the session.
  [[nodiscard]] const std::shared_ptr<T>& share() const noexcept { return at_; }

 private:
  std::shared_ptr<T> at_;
};

}  // namespace tls
