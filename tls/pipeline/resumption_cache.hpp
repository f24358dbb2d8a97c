// SPDX-License-Identifier: Apache-2.0
// Full handshakes that may be taken up again.
#pragma once

#include "tls/pipeline/observation.hpp"
#include "tls/pipeline/resumption_handles.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <unordered_map>

namespace tls {

// What one session says of an earlier one.
enum class Resumption : uint8_t {
  none,      // a full handshake, or not enough of one to tell
  linked,    // the full handshake was seen
  unlinked,  // it was not, or had to make room
};

// Remembers full handshakes by session id, by the tickets given out in clear, and, because a ticket
// of TLS 1.3 is encrypted, by who visited whom under what name. Bounded; least recently used first
// out. Made for the pipeline's last stage, where sessions come in the order of their captures: one
// thread at a time, no locks, and the same file always gives the same links.
class ResumptionCache {
 public:
  // Certificates of a chain that are remembered; of a longer one none is.
  static constexpr size_t kChainMax = 16;

  // Entries: a session takes up to two of about 300 bytes each.
  explicit ResumptionCache(size_t entries_max);

  // Remembers the session where it is a full handshake; where it resumes, says by what and fills
  // in `original`. RFC 5077 section 3.4: where a client offers a ticket and a session id, the one
  // that is known here counts; where none is, the ticket.
  Resumption note(Observation& seen, const ResumptionKeys& keys);

  [[nodiscard]] size_t size() const noexcept { return order_.size(); }
  [[nodiscard]] uint64_t num_evicted() const noexcept { return num_evicted_; }

 private:
  using Original = std::shared_ptr<const OriginalSession>;
  struct Entry {
    Sha256 key;
    Original original;
  };
  using Order = std::list<Entry>;  // most recently used first
  struct DigestHash {
    [[nodiscard]] size_t operator()(const Sha256& digest) const noexcept {
      return flowtable::load_be64(digest.data());
    }
  };

  void remember(const std::optional<Sha256>& key, const Original& original);
  [[nodiscard]] Original find(const std::optional<Sha256>& key);

  const size_t entries_max_;
  Order order_;
  std::unordered_map<Sha256, Order::iterator, DigestHash> index_;
  uint64_t num_evicted_ = 0;
};

}  // namespace tls
