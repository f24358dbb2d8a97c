// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/preamble_of.hpp"

#include <algorithm>

namespace tls {
namespace {

using flowtable::HandshakeCapture;
using flowtable::Side;

// The first words of a direction run on into its TLS, so they are cut where that begins. Where it
// has none, they may as well be an answer to the hello (an HTTP error): they count only where the
// other side has said something before TLS.
SaidBefore said_before(const HandshakeCapture& capture, Side side) noexcept {
  const flowtable::FirstWords& words = capture.opening.words[index_of(side)];
  const size_t kept = std::min(size_t{words.size}, words.bytes.size());
  const bool has_tls = capture.streams[index_of(side)].started();
  const bool talked = capture.plaintext_before[index_of(other(side))] > 0;
  const uint32_t bytes = has_tls  ? capture.plaintext_before[index_of(side)]
                         : talked ? static_cast<uint32_t>(kept)
                                  : 0;
  return {flowtable::Bytes(words.bytes).first(std::min<size_t>(kept, bytes)), bytes};
}

}  // namespace

Preamble preamble_of(const HandshakeCapture& capture, Side client) noexcept {
  return {said_before(capture, client), said_before(capture, other(client)),
          capture.flow.key.endpoint(other(client)).port};
}

}  // namespace tls
