// SPDX-License-Identifier: Apache-2.0
// What a scanner finds, for the tests of this folder.
#pragma once

#include "control/storage/store_items.hpp"

#include <cstdint>

namespace control::tests {

// A service with every field set; differs from others by `number` (port, microseconds).
tls::ServiceReport service_report(uint32_t number);

// The target of that number: `number` is its port.
flowtable::ScanReply target_reply(uint32_t number, flowtable::TargetOutcome outcome);

// A job with every field set.
ScanRow scan_row(uint32_t id);

// A session of the scanner: the chain that `probe` was answered with.
tls::Observation fetched(uint32_t number, std::string_view probe,
                         std::vector<tls::CertificatePtr> certs);

// `count` services with a session each, and as many closed targets: 3 * count rows.
tls::ScanDelivery delivery(uint32_t first, uint32_t count);

}  // namespace control::tests
