// SPDX-License-Identifier: Apache-2.0
// The hellos of soundings: one version, or the groups, and nothing else.
#pragma once

#include "tls/probe/client_hello_builder.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tls::probe {

// draft-ietf-tls-ecdhe-mlkem: the group with a post-quantum half.
inline constexpr uint16_t kX25519MlKem768 = 0x11ec;
// There are servers that take no hello with more suites than that.
inline constexpr size_t kSoundedSuitesMax = 120;

// SSL 3.0 to TLS 1.3, rising.
[[nodiscard]] std::span<const uint16_t> sounded_versions() noexcept;
// Every suite that is asked for in this version: those of IANA's list that servers are known to
// have, export grade, anonymous and without encryption too. The usual ones come first, and have
// room in one hello: their order among each other is the server's.
[[nodiscard]] std::vector<uint16_t> sounded_suites(uint16_t version);

// Offers `version` alone, with `suites`, at most kSoundedSuitesMax. `host`: SNI; empty: none.
[[nodiscard]] HelloDescription version_hello(uint16_t version, std::span<const uint16_t> suites,
                                             std::string_view host);

// TLS 1.3 with every group but a share of none of them, so that the server has to name the one that
// it wants by a HelloRetryRequest: OpenSSL 3.0 has no ML-KEM key to show, and need not have one.
enum class PostQuantum : uint8_t { no, yes };
[[nodiscard]] HelloDescription groups_hello(PostQuantum offered, std::string_view host);

}  // namespace tls::probe
