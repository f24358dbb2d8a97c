// SPDX-License-Identifier: Apache-2.0
// What is new in every connection.
#pragma once

#include <cstdint>
#include <span>

namespace tls::probe {

// By OpenSSL's generator, which each thread has for itself. Any thread.
void fill_random(std::span<uint8_t> out) noexcept;

}  // namespace tls::probe
