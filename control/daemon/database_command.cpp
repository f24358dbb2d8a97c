// SPDX-License-Identifier: Apache-2.0
// The daemon's part of `tapseal db`: where the memory is. The work is the caller's own process's.
#include "control/daemon/commands.hpp"

namespace control {

void Commands::db(const Request&, Reply& reply) {
  const DatabaseAddress* const address = engine_.memory().address();
  if (draining_) return reply.fail(ErrorCode::unavailable, "the daemon is draining: wait for it");
  if (address == nullptr)
    return reply.fail(ErrorCode::unavailable, "this daemon keeps no memory: see storage.database");
  const StorageSettings& storage = engine_.settings().storage;
  if (address->url.empty()) {
    reply.field("socket_dir", address->socket_dir);
  } else {
    reply.field("url", address->url);
  }
  reply.field("keep_sessions",
              std::chrono::ceil<std::chrono::seconds>(storage.keep_sessions).count());
  reply.field("keep_links", std::chrono::ceil<std::chrono::seconds>(storage.keep_links).count());
}

}  // namespace control
