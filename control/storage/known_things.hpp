// SPDX-License-Identifier: Apache-2.0
// What earlier records of a segment hold already.
#pragma once

#include "control/storage/batch_rows.hpp"

#include <cstring>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace control {

// A certificate is written once per segment of the spool, not once per batch; what is known costs a
// look-up. One thread.
class KnownThings {
 public:
  // A segment begins: it has to stand by itself.
  void clear();
  // Takes out of a batch what an earlier one of the segment holds, and remembers the rest.
  void strip(BatchRows& rows);

 private:
  // A SHA-256 is as good as random, so its first bytes are its hash.
  struct DigestHash {
    size_t operator()(const tls::Sha256& digest) const noexcept {
      size_t out = 0;
      std::memcpy(&out, digest.data(), sizeof out);
      return out;
    }
  };
  std::unordered_map<tls::Sha256, SeenSpan, DigestHash> certificates_;  // with times written
  std::unordered_set<tls::Sha256, DigestHash> chains_;
  std::unordered_map<std::string, SeenSpan> fingerprints_;  // by method, a space and hash
};

}  // namespace control
