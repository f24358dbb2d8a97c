// SPDX-License-Identifier: Apache-2.0
// What a server is that speaks before it was asked.
#pragma once

#include "flowtable/base/byte_reader.hpp"

#include <cstdint>
#include <string_view>

namespace tls::probe {

// Speakers that have no dialogue of ours.
inline constexpr std::string_view kSpeaksTls = "tls";  // a record: a handshake or encrypted
inline constexpr std::string_view kSpeaksTlsAlert = "tls-alert";  // it speaks TLS, and would not
inline constexpr std::string_view kSpeaksSsh = "ssh";
inline constexpr std::string_view kSpeaksHttp = "http";

// The name of a row of starttls_table, or one of the above; empty where nothing tells, also because
// there is too little yet. Whether text that SMTP, LMTP, FTP and NNTP may all begin with is whose,
// the usual port decides, then the words. Any bytes are taken; only the first 512 are looked at.
[[nodiscard]] std::string_view recognise(flowtable::Bytes first_bytes, uint16_t port) noexcept;

}  // namespace tls::probe
