// SPDX-License-Identifier: Apache-2.0
// JA4L and JA4LS, how far the ends are by light. The methods are under the FoxIO License 1.1, see
// README.md.
#include "tls/fingerprint/foxio_methods.hpp"

#include <string>

namespace tls {

using flowtable::ns_since_epoch;

namespace {

// Half of the way there and back in whole microseconds; nullopt where time ran backwards.
std::optional<uint64_t> one_way_us(const RoundTrip& trip) noexcept {
  if (trip.answered < trip.asked) return std::nullopt;
  // Not as a signed number: a file may put its packets more than 292 years apart.
  const uint64_t both_ways_ns = static_cast<uint64_t>(ns_since_epoch(trip.answered)) -
                                static_cast<uint64_t>(ns_since_epoch(trip.asked));
  return both_ways_ns / 2000;
}

}  // namespace

std::optional<Fingerprint> ja4l_of(const LightDistance& distance) {
  const std::optional<uint64_t> way = one_way_us(distance.handshake);
  if (!way) return std::nullopt;
  std::string text = std::to_string(*way) + '_' + std::to_string(distance.ttl);
  const std::optional<uint64_t> thought =
      distance.application ? one_way_us(*distance.application) : std::nullopt;
  if (thought) text += '_' + std::to_string(*thought);
  return Fingerprint{text, text};
}

}  // namespace tls
