// SPDX-License-Identifier: Apache-2.0
// The contract between the poll cores and the workers: the handshake bytes of one connection.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "flowtable/flow_summary.hpp"
#include "flowtable/opening.hpp"
#include "flowtable/reassembly.hpp"

#include <array>
#include <cstdint>

namespace flowtable {

// Why a core let go of a capture. Not a verdict on its content: the worker, who can read TLS,
// decides what is complete.
enum class CaptureEnd : uint8_t {
  handshake_done,  // both directions reached their encrypted part
  closed,          // FIN or RST
  timed_out,       // no progress for handshake_timeout
  evicted,         // its flow or its buffer was needed for a newer one
  port_reused,     // a new connection on the same addresses and ports began
  drained,         // end of the capture file, or shutdown
  count_
};

// What the bytes of a capture's streams are.
enum class CaptureKind : uint8_t {
  tls,   // TCP payload from the record where TLS starts, records with their headers
  ssh,   // TCP payload from the first byte, the identification line (RFC 4253 section 4.2)
  dtls,  // datagrams with DTLS records, as a log (datagram_log.hpp)
  quic   // datagrams with QUIC packets, as a log
};

// What lies between the TLS records of a stream and TCP.
enum class Framing : uint8_t {
  none,  // the stream is records
  tds    // records in TDS packets, see tds_framing.hpp; the stream begins with a packet's header
};

// The first bytes of both directions of one conversation. Of TCP: in order, up to the first hole or
// the end of the buffer. Of UDP: those datagrams that may belong to the handshake, as they came.
//
// Lives in the pool of one poll core and is written by that core until it is handed off; then one
// pipeline token reads it, and it goes home by the return ring. Memory: see CapturePool.
// Starts on a cache line of its own: a worker reads one while the core writes its neighbour.
struct alignas(64) HandshakeCapture {
  FlowSummary flow;
  CaptureEnd end = CaptureEnd::drained;
  CaptureKind kind = CaptureKind::tls;
  Opening opening;                             // of TCP; empty where it was not kept
  std::array<StreamAssembler, 2> streams;      // by Side
  std::array<uint32_t, 2> plaintext_before{};  // bytes of another protocol before TLS, by Side
  std::array<Framing, 2> framing{};            // of kind tls, by Side
  uint32_t pool_slot = 0;                      // CapturePool's own

  // In-order bytes of the stream that `sender` sent. Stays until the capture goes home.
  [[nodiscard]] Bytes stream(Side sender) const noexcept {
    return streams[index_of(sender)].prefix();
  }
};

}  // namespace flowtable
