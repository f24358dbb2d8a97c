// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/preamble_of.hpp"

#include <algorithm>

namespace tls {
namespace {

using flowtable::HandshakeCapture;
using flowtable::Side;

// The first words of a direction run on into its TLS, so they are cut where that begins. Where it
// has none (a server that never answered the hello), all of them stood before it.
SaidBefore said_before(const HandshakeCapture& capture, Side side) noexcept {
  const flowtable::FirstWords& words = capture.opening.words[index_of(side)];
  const size_t kept = std::min(size_t{words.size}, words.bytes.size());
  const bool has_tls = capture.streams[index_of(side)].started();
  const uint32_t bytes =
      has_tls ? capture.plaintext_before[index_of(side)] : static_cast<uint32_t>(kept);
  return {flowtable::Bytes(words.bytes).first(std::min<size_t>(kept, bytes)), bytes};
}

}  // namespace

Preamble preamble_of(const HandshakeCapture& capture, Side client) noexcept {
  return {said_before(capture, client), said_before(capture, other(client)),
          capture.flow.key.endpoint(other(client)).port};
}

}  // namespace tls
