// SPDX-License-Identifier: Apache-2.0
// Where the words of a proxy's dialogue end, and another's may begin.
#pragma once

#include "flowtable/base/byte_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tls {

// Bytes of one proxy's dialogue at the start of what each side said; nullopt where the end is not
// among the bytes that were kept.
struct ProxyHead {
  std::optional<size_t> client_bytes;
  std::optional<size_t> server_bytes;
  uint16_t port = 0;  // where the client asks to be connected to; 0: not told
};

// `proxy` is the name of a dialogue that carries others. Any bytes are taken.
[[nodiscard]] ProxyHead read_proxy_head(std::string_view proxy, flowtable::Bytes client,
                                        flowtable::Bytes server) noexcept;

}  // namespace tls
