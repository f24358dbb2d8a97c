// SPDX-License-Identifier: Apache-2.0
#include "tests/workload/kinds.hpp"

#include <algorithm>
#include <vector>

namespace workload {

std::span<const Kind> kinds() {
  static const std::vector<Kind> kKinds{
      {"handshakes",
       "TLS sessions of about 20 packets each",
       {.flows = 200, .data_packets = 4},
       false},
      {"bulk",
       "long TLS sessions: one packet of a hundred is of a handshake",
       {.flows = 500, .data_packets = 900},
       false},
      {"mice",
       "short plain conversations of ten packets, one of fifty is TLS",
       {.flows = 2000, .tls_per_mille = 20, .data_packets = 2, .data_bytes = {400, 120}},
       false},
      {"syns", "SYNs from random sources", {}, true},
      {"64b",
       "data packets of 64 bytes on the wire",
       {.data_packets = 900, .data_bytes = {6}},
       false},
      {"imix",
       "data packets of 64, 594 and 1518 bytes, seven to four to one",
       {.data_packets = 900, .data_bytes = {6, 536, 6, 6, 536, 6, 1460, 536, 6, 6, 536, 6}},
       false},
      {"900b", "data packets of 900 bytes", {.data_packets = 900, .data_bytes = {846}}, false},
  };
  return kKinds;
}

const Kind* kind_of(std::string_view name) {
  const auto found = std::ranges::find(kinds(), name, &Kind::name);
  return found == kinds().end() ? nullptr : &*found;
}

}  // namespace workload
