// SPDX-License-Identifier: Apache-2.0
// What carried the handshake.
#pragma once

#include <cstdint>

namespace tls {

enum class Transport : uint8_t { tcp, quic, dtls };

}  // namespace tls
