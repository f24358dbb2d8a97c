// SPDX-License-Identifier: Apache-2.0
#include "tls/probe/fresh_random.hpp"

#include "flowtable/base/check.hpp"

#include <openssl/rand.h>

namespace tls::probe {

void fill_random(std::span<uint8_t> out) noexcept {
  // Fails only where the machine has no entropy, and then nothing that it says can be trusted.
  CHECK(RAND_bytes(out.data(), static_cast<int>(out.size())) == 1);
}

}  // namespace tls::probe
