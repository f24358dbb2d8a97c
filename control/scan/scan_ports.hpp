// SPDX-License-Identifier: Apache-2.0
// What a person writes to say which ports a scan asks.
#pragma once

#include "flowtable/base/result.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace control {

// Pieces apart by commas and white space: "443", "1-1024", "8000-" (to the last), "-1024" (from the
// first), "all" or "-" (1 to 65535), "tls" (every port that usually speaks TLS, directly or after
// STARTTLS), a protocol of the STARTTLS table ("smtp": all its usual ports), or a service
// ("https"). The result is sorted, each port once, never empty. Error: the piece, the nearest name,
// and what can be written.
[[nodiscard]] flowtable::OrError<std::vector<uint16_t>> parse_scan_ports(std::string_view text);

// Every name that may be written, sorted: for help and completion.
[[nodiscard]] std::vector<std::string_view> scan_port_names();

}  // namespace control
