// SPDX-License-Identifier: Apache-2.0
// Services over UDP: OpenSSL's DTLS in memory, real servers on loopback, sealed QUIC packets.
#pragma once

#include "tests/unit/tls/inquiry/datagram_run.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tests {

// With a certificate of made_certificates(), in datagrams of so many bytes.
[[nodiscard]] DatagramServiceMaker dtls_datagrams(const std::string& key, long mtu = 300);
// The server at that port of 127.0.0.1.
[[nodiscard]] DatagramServiceMaker loopback_service(uint16_t port);
// Answers the first datagram with what this makes of it, then is silent.
using Answers = std::function<std::vector<ByteVector>(const ByteVector& first)>;
[[nodiscard]] DatagramServiceMaker answering_service(const Answers& answers);

// The destination id of a QUIC packet, by which both sides know the keys of Initial packets.
[[nodiscard]] ByteVector quic_destination_of(const ByteVector& datagram);
// CONNECTION_CLOSE in an Initial packet.
[[nodiscard]] Answers quic_close(uint64_t error_code);
// The body of the ClientHello in a first datagram of QUIC 1, opened with the keys of RFC 9001.
[[nodiscard]] ByteVector quic_hello_of(const ByteVector& datagram);

}  // namespace tests
