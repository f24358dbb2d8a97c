// SPDX-License-Identifier: Apache-2.0
// Dialogues as both sides say them, word for word. The client's bytes are those that OpenSSL 3.0
// s_client, zgrab2 or sslyze send, or the RFC's; the servers' are of RFCs and of real servers.
#pragma once

#include "tests/unit/tls/dialogue_samples.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

struct Turn {
  char talker;  // 'C': what we have said since the last turn; 'S': what the server says
  std::string_view bytes;
};

struct ProbeScript {
  std::string_view protocol;
  std::string_view name;
  std::vector<Turn> turns;
};

}  // namespace tests
