// SPDX-License-Identifier: Apache-2.0
// tls/probe/flight_opener: a stream says the same in one piece and cut anyhow, in clear and behind
// keys that do not fit it; and what it hands out is whole.
#include "flowtable/base/check.hpp"
#include "tls/probe/flight_opener.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

using flowtable::Bytes;
using tls::probe::FlightEvent;
using tls::probe::FlightFault;
using tls::probe::FlightOpener;
using tls::probe::FlightStep;

struct Seen {
  std::vector<uint8_t> messages;
  std::vector<uint8_t> alerts;
  size_t changes = 0;
  FlightFault fault = FlightFault::none;
  bool operator==(const Seen&) const = default;
};

void note(const FlightEvent& event, Seen& seen) {
  constexpr size_t kHeaderBytes = tls::HandshakeAssembler::kHeaderBytes;
  switch (event.step) {
    case FlightStep::message:
      CHECK(event.message.size() >= kHeaderBytes);
      CHECK(event.body().size() == flowtable::load_be24(event.message.data() + 1));
      seen.messages.insert(seen.messages.end(), event.message.begin(), event.message.end());
      return;
    case FlightStep::alert:
      seen.alerts.push_back(event.alert.description);
      return;
    case FlightStep::cipher_changed:
      ++seen.changes;
      return;
    case FlightStep::fault:
      CHECK(event.fault != FlightFault::none);
      seen.fault = event.fault;
      return;
    case FlightStep::wait:
      return;
  }
}

Seen read(Bytes stream, size_t piece, bool protect) {
  FlightOpener opener;
  if (protect) opener.protect({});
  Seen seen;
  for (size_t at = 0; at < stream.size() && seen.fault == FlightFault::none; at += piece) {
    opener.feed(stream.subspan(at, std::min(piece, stream.size() - at)));
    FlightEvent event;
    do {
      event = opener.next();
      note(event, seen);
    } while (event.step != FlightStep::wait && event.step != FlightStep::fault);
  }
  CHECK(seen.messages.size() <= FlightOpener::kFlightBytesMax);
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const Bytes stream(data + 1, size - 1);
  const bool protect = (data[0] & 1) != 0;
  const size_t piece = 1 + (data[0] >> 1);
  CHECK(read(stream, piece, protect) == read(stream, stream.size() + 1, protect));
  return 0;
}
