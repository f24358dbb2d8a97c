// SPDX-License-Identifier: Apache-2.0
// Captures as a poll core would hand them off, from bytes.
#pragma once

#include "flowtable/capture_pool.hpp"
#include "tests/support/hello_builder.hpp"

#include <cstdint>

namespace tests {

// One poll core: its pool, and flows from 10.0.0.1:port (client, side a) to 10.0.0.2:443.
class CaptureMaker {
 public:
  explicit CaptureMaker(uint16_t core = 0, uint32_t captures_max = 16)
      : pool_(options(captures_max)), core_(core) {}

  flowtable::HandshakeCapture* make(const ByteVector& client, const ByteVector& server,
                                    uint16_t port = 40000) {
    using flowtable::Side;
    flowtable::HandshakeCapture* capture = pool_.acquire();
    if (capture == nullptr) return nullptr;
    flowtable::Endpoint from{flowtable::IpAddress::from_bytes(ByteVector{10, 0, 0, 1}), port};
    flowtable::Endpoint to{flowtable::IpAddress::from_bytes(ByteVector{10, 0, 0, 2}), 443};
    const auto ordered = flowtable::FlowKey::of(from, to, 6);
    capture->flow.key = ordered.key;
    capture->flow.originator = ordered.sender;
    capture->flow.core = core_;
    put(*capture, ordered.sender, true, client);
    put(*capture, other(ordered.sender), false, server);
    return capture;
  }
  flowtable::CapturePool& pool() { return pool_; }

 private:
  static flowtable::CapturePool::Options options(uint32_t captures_max) {
    flowtable::CapturePool::Options out;
    out.captures_max = captures_max;
    out.large_max = 1;
    out.small_server_bytes = 64 * 1024;
    return out;
  }
  void put(flowtable::HandshakeCapture& capture, flowtable::Side sender, bool client,
           const ByteVector& bytes) {
    if (bytes.empty()) return;
    pool_.start_stream(capture, sender, client, 1000);
    capture.streams[index_of(sender)].insert(1000, bytes);
  }

  flowtable::CapturePool pool_;
  const uint16_t core_;
};

}  // namespace tests
