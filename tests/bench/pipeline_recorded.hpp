// SPDX-License-Identifier: Apache-2.0
// Real sessions for measuring the pipeline: tests/golden/own, by the packet path.
#pragma once

#include "flowtable/capture_pool.hpp"
#include "tests/support/path_under_test.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bench {

// One session as a poll core hands it off.
struct Recorded {
  tests::TakenCapture taken;
  flowtable::Side client = flowtable::Side::a;
  std::vector<std::vector<uint8_t>> ders;  // the server's, in wire order
  // Places in the server's stream, where a session may have kNumberBytes as it likes.
  size_t serial_at = 0;      // the end of the leaf's serial number
  size_t session_id_at = 0;  // 0: the server gave none
};
inline constexpr size_t kNumberBytes = 8;

// Complete sessions of the captures in `directory` whose server shows a certificate.
[[nodiscard]] std::vector<Recorded> recorded_sessions(const std::string& directory);

// The same in the pool's memory.
[[nodiscard]] flowtable::HandshakeCapture* put(flowtable::CapturePool& pool,
                                               const Recorded& recorded);

// Another client, number `number`; ends of the connection keep their order.
void set_client(flowtable::HandshakeCapture& capture, flowtable::Side client, uint32_t number);
// Another session id, where the server gave one.
void set_session_id(flowtable::HandshakeCapture& capture, const Recorded& recorded,
                    uint64_t number);
// Another leaf.
void set_serial(flowtable::HandshakeCapture& capture, const Recorded& recorded, uint64_t number);

}  // namespace bench
