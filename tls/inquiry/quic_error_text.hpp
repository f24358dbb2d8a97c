// SPDX-License-Identifier: Apache-2.0
// What a QUIC server calls the error that it closes a connection with.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace tls {

// RFC 9000 section 20.1 and RFC 9368 section 10.2; of a code that is not named there its number.
[[nodiscard]] inline std::string quic_error_text(uint64_t code) {
  constexpr std::array<std::string_view, 18> kNames{
      "NO_ERROR",
      "INTERNAL_ERROR",
      "CONNECTION_REFUSED",
      "FLOW_CONTROL_ERROR",
      "STREAM_LIMIT_ERROR",
      "STREAM_STATE_ERROR",
      "FINAL_SIZE_ERROR",
      "FRAME_ENCODING_ERROR",
      "TRANSPORT_PARAMETER_ERROR",
      "CONNECTION_ID_LIMIT_ERROR",
      "PROTOCOL_VIOLATION",
      "INVALID_TOKEN",
      "APPLICATION_ERROR",
      "CRYPTO_BUFFER_EXCEEDED",
      "KEY_UPDATE_ERROR",
      "AEAD_LIMIT_REACHED",
      "NO_VIABLE_PATH",
      "VERSION_NEGOTIATION_ERROR",
  };
  if (code < kNames.size()) return std::string(kNames[code]);
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(code));
  return text.data();
}

}  // namespace tls
