// SPDX-License-Identifier: Apache-2.0
// The types of TLS records, as far as they are told apart without reading them.
#pragma once

#include <cstdint>

namespace flowtable {

// RFC 8446 section 5.1: ContentType. Heartbeat: RFC 6520 section 7.
struct RecordType {
  static constexpr uint8_t kChangeCipherSpec = 20;
  static constexpr uint8_t kAlert = 21;
  static constexpr uint8_t kHandshake = 22;
  static constexpr uint8_t kApplicationData = 23;
  static constexpr uint8_t kHeartbeat = 24;
};

}  // namespace flowtable
