// SPDX-License-Identifier: Apache-2.0
// Where in a direction TLS starts.
#pragma once

#include "dataplane/segment.hpp"
#include "flowtable/flow.hpp"

#include <cstdint>
#include <optional>

namespace dataplane {

struct StreamStart {
  uint32_t seq = 0;
  bool client = false;  // the hello there is a client's, or likely so
};

// A hello that follows another protocol's words is believed from this many bytes on: a whole record
// header. At the very start of a stream one byte is enough to begin a capture.
inline constexpr size_t kHelloBytesMin = 5;

// A segment this far ahead of what is expected is still the same flight, put out of order.
inline constexpr int32_t kAheadMax = 16 * 1024;

// The payload starts with a TLS record or SSL 2.0 message that begins a ClientHello.
[[nodiscard]] bool begins_with_client_hello(flowtable::Bytes payload) noexcept;

// Leaves of a segment the part that its direction has not seen yet; false where all of it is old (a
// retransmission, a keep-alive).
[[nodiscard]] bool cut_to_new_part(const flowtable::Flow& flow, Segment& segment) noexcept;

// Judges one new segment in place, without a copy. Before a segment that comes too early, where the
// direction's start is known, there may be the first half of its hello, or another hello, or words
// of another protocol: the stream then starts at the hole. `may_be_ssh`: an SSH identification is
// looked for too. An out parameter, because an optional is made byte by byte and read as a word:
// the core then waits until all it has stored before is in its cache, which nobody else here does.
[[nodiscard]] bool find_stream_start(const flowtable::Flow& flow, const Segment& segment,
                                     bool may_be_ssh, StreamStart& out) noexcept;

// Where a hello begins, its framing included, that has other words before it.
[[nodiscard]] std::optional<size_t> find_hello_among_words(flowtable::Bytes words) noexcept;

}  // namespace dataplane
