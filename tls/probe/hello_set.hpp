// SPDX-License-Identifier: Apache-2.0
// The hellos of the scanner: one for each thing that it may want to know of a server.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/probe/client_hello_builder.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tls::probe {

enum class Probe : uint8_t {
  a,
  a_rsa,
  a_ecdsa,
  b,
  b_rsa,
  b_ecdsa,
  c,
  ssl3,
  ssl2,
  dtls,
  quic,
  count_
};

// `id` is stored with what a probe found: it never changes.
struct ProbeFacts {
  Probe probe;
  std::string_view id;
  std::string_view help;
};

// In the order of Probe.
[[nodiscard]] std::span<const ProbeFacts> probe_table() noexcept;
[[nodiscard]] const ProbeFacts& facts_of(Probe probe) noexcept;
[[nodiscard]] std::optional<Probe> find_probe(std::string_view id) noexcept;

// What a probe's conversation is held over: with TCP a TlsConversation, with UDP a
// DatagramConversation.
enum class Carrier : uint8_t { tcp, udp };
[[nodiscard]] constexpr Carrier carrier_of(Probe probe) noexcept {
  return probe == Probe::dtls || probe == Probe::quic ? Carrier::udp : Carrier::tcp;
}

// Its answer is TLS 1.3: the hello needs a key share.
[[nodiscard]] bool needs_key_share(Probe probe) noexcept;

struct HelloWish {
  Probe probe = Probe::a;
  std::string_view host{};              // empty: no SNI; an address is never sent as one
  std::span<const std::string> alpn{};  // names of one to 255 bytes; only where a protocol needs it
  // Without names the probe quic offers h3: RFC 9001 section 8.1 wants one.
};

// Everything but what is new for each connection: random, session id, key shares and QUIC's
// parameters. The probe is
// not ssl2. Under 512 bytes as a record, and under 256 with a short name: RFC 7685 exists because
// there are servers that hang on what is between.
[[nodiscard]] HelloDescription hello_of(const HelloWish& wish);

// The CLIENT-HELLO of SSL 2.0, in its record (draft-hickman-netscape-ssl-00, section 2.5).
using SslV2Challenge = std::array<uint8_t, 16>;
[[nodiscard]] std::vector<uint8_t> sslv2_client_hello(const SslV2Challenge& challenge);

// RFC 6066 section 3: a DNS name, not an address. Whatever ends in a number is an address or
// nothing; so is what has a colon in it. Names longer than 253 bytes do not exist.
[[nodiscard]] bool is_host_name(std::string_view host) noexcept;

}  // namespace tls::probe
