// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/resumption_handles.hpp"

#include "tls/wire/server_hello.hpp"

#include <vector>

namespace tls {

using flowtable::Bytes;
using flowtable::Endpoint;

namespace {

// What keys of different kinds begin with, so that no two of them can be alike.
enum class KeyKind : uint8_t { session_id, visit };

class KeyText {
 public:
  KeyText(KeyKind kind, const Observation& seen) {
    bytes_.reserve(128);
    bytes_.push_back(static_cast<uint8_t>(kind));
    bytes_.push_back(static_cast<uint8_t>(seen.transport));
    add(seen.server.address.bytes);
    bytes_.push_back(static_cast<uint8_t>(seen.server.port >> 8));
    bytes_.push_back(static_cast<uint8_t>(seen.server.port));
  }
  void add(Bytes bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  [[nodiscard]] Sha256 digest() const noexcept { return sha256(bytes_); }

 private:
  std::vector<uint8_t> bytes_;
};

}  // namespace

ResumptionKeys resumption_keys(const Observation& seen, const ResumptionHandles& handles) {
  ResumptionKeys out;
  if (seen.kind != RecordKind::tls || !seen.answer) return out;
  if (is_tls13_or_draft(seen.answer->version)) {
    KeyText visit(KeyKind::visit, seen);
    visit.add(seen.client.address.bytes);
    if (seen.sni) visit.add(bytes_of(*seen.sni));
    out.visit = visit.digest();
    return out;
  }
  if (handles.session_id.size > 0) {
    KeyText id(KeyKind::session_id, seen);
    id.add(Bytes(handles.session_id.bytes).first(handles.session_id.size));
    out.session_id = id.digest();
  }
  out.ticket_offered = handles.ticket_offered;
  out.ticket_given = handles.ticket_given;
  return out;
}

}  // namespace tls
