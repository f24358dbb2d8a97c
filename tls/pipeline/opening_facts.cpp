// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/opening_facts.hpp"

#include "tls/fingerprint/foxio_methods.hpp"

#include <optional>

namespace tls {

using flowtable::Opening;
using flowtable::SynFacts;
using flowtable::Tick;

namespace {

SynParts parts_of(const SynFacts& syn) noexcept {
  return {
      syn.window, {syn.options.data(), syn.options_size}, {syn.repeats.data(), syn.num_repeats}};
}

// nullopt where one end of it was not seen.
std::optional<RoundTrip> trip(Tick asked, Tick answered) noexcept {
  if (asked == Tick{} || answered == Tick{}) return std::nullopt;
  return RoundTrip{asked, answered};
}

// Which sending of a repeated packet was answered cannot be told (Karn's rule, RFC 6298 section 3).
std::optional<Fingerprint> distance(const SynFacts& asked, Tick answered, uint8_t ttl,
                                    std::optional<RoundTrip> application) {
  const std::optional<RoundTrip> handshake = trip(asked.tick, answered);
  if (asked.num_repeats > 0 || !handshake) return std::nullopt;
  return ja4l_of({*handshake, ttl, application});
}

}  // namespace

void read_opening(const flowtable::HandshakeCapture& capture, Observation& seen) {
  const Opening& opening = capture.opening;
  const flowtable::Side originator = capture.flow.originator;
  const SynFacts& syn = opening.syns[index_of(originator)];
  const SynFacts& syn_ack = opening.syns[index_of(other(originator))];
  if (syn.seen) seen.ja4t = ja4t_of(parts_of(syn));
  if (syn_ack.seen) seen.ja4ts = ja4ts_of(parts_of(syn_ack));
  if (!syn.seen || !syn_ack.seen) return;
  seen.ja4l = distance(syn_ack, opening.handshake_ack, syn.ttl,
                       trip(opening.first_reply, opening.second_request));
  seen.ja4ls =
      distance(syn, syn_ack.tick, syn_ack.ttl, trip(opening.first_request, opening.first_reply));
}

}  // namespace tls
