// SPDX-License-Identifier: Apache-2.0
// Why a service ended without TLS: the most telling of its attempts.
#pragma once

#include "tls/inquiry/attempt.hpp"
#include "tls/pipeline/service_report.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tls {

struct Verdict {
  NoTlsReason reason = NoTlsReason::none;
  std::string_view starttls;
  std::string_view speaks;
  std::string step;
  std::string code;
  std::optional<uint8_t> alert;
};

// What a finished attempt without TLS tells. `none` where there was TLS.
[[nodiscard]] Verdict verdict_on(const Attempt& attempt);

// Whether a later verdict says more than the one that stands: an alert more than a dialogue's
// refusal, that more than another protocol, and silence the least. Of two alerts that of probe b is
// the better: a's may only say that the server wants TLS 1.3.
[[nodiscard]] bool tells_more(const Verdict& later, const Verdict& standing,
                              probe::Probe later_probe) noexcept;

}  // namespace tls
