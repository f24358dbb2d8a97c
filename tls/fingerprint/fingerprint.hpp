// SPDX-License-Identifier: Apache-2.0
// A fingerprint, raw and hashed.
#pragma once

#include <string>

namespace tls {

// A fingerprint and the string it is the hash of. Both come from one routine. `hash` is empty where
// its digest is not available (JA3 without MD5); the raw string lets it be derived later.
struct Fingerprint {
  std::string raw;
  std::string hash;
};

}  // namespace tls
