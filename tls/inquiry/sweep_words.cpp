// SPDX-License-Identifier: Apache-2.0
#include "tls/inquiry/attempt.hpp"
#include "tls/inquiry/course.hpp"
#include "tls/inquiry/scan_workers.hpp"

namespace tls {

// By the same policy that answers them: what the core says without an inquiry is what the first
// attempt of one would.
SweepWords sweep_words(uint16_t port) {
  constexpr int kRandomAt = 5 + 4 + 2;  // behind the headers of record and message, and a version
  static const probe::KeyShares kKeys;
  ServiceQuestion question;
  question.server.port = port;
  const InquiryWish wish;
  const Attempt attempt(Course(question, wish).first(), kKeys);
  SweepWords out;
  out.bytes = attempt.first_words();
  if (!attempt.hello().empty()) out.fresh_at = kRandomAt;
  return out;
}

}  // namespace tls
