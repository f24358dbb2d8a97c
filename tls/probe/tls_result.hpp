// SPDX-License-Identifier: Apache-2.0
// What came of one connection to a server.
#pragma once

#include "tls/probe/hello_set.hpp"
#include "tls/wire/handshake_assembler.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tls::probe {

// Why a conversation did not come to its end; a word of the scan's book.
enum class Refusal : uint8_t {
  none,           // all that the probe asks for was heard
  alert,          // a fatal alert; see `alert`
  closed,         // FIN
  reset,          // RST
  timed_out,      // nothing more came
  too_much,       // a message, or the whole, longer than a server has reason for
  not_tls,        // the first bytes are no TLS
  malformed,      // later ones break the format
  undecryptable,  // a record does not open with the keys of this handshake
  unexpected,     // an answer that the hello does not allow: a group or suite that was not offered
  count_
};

[[nodiscard]] constexpr std::string_view name_of(Refusal refusal) noexcept {
  constexpr std::array<std::string_view, static_cast<size_t>(Refusal::count_)> kNames{
      "none",     "alert",   "closed",    "reset",         "timed_out",
      "too_much", "not_tls", "malformed", "undecryptable", "unexpected",
  };
  static_assert(!kNames.back().empty(), "a Refusal has no name");
  const auto index = static_cast<size_t>(refusal);
  return index < kNames.size() ? kNames[index] : std::string_view{};
}

// How far the server came.
enum class Reached : uint8_t { nothing, hello_retry, server_hello, certificate, end };

[[nodiscard]] constexpr std::string_view name_of(Reached reached) noexcept {
  constexpr std::array<std::string_view, 5> kNames{"nothing", "hello_retry", "server_hello",
                                                   "certificate", "end"};
  const auto index = static_cast<size_t>(reached);
  return index < kNames.size() ? kNames[index] : std::string_view{};
}

struct TlsResult {
  Probe probe = Probe::a;
  Reached reached = Reached::nothing;
  Refusal refusal = Refusal::none;
  std::optional<Alert> alert;     // the first fatal one, else the first
  uint16_t version = 0;           // chosen; 0: no ServerHello
  uint16_t cipher = 0;            // SSL 2.0: 0, for there the client chooses
  std::optional<uint16_t> group;  // TLS 1.3: of the server's key share
  std::optional<std::string> alpn;
  uint32_t quic_version = 0;           // that the server spoke; 0: none
  std::optional<uint64_t> quic_error;  // of its CONNECTION_CLOSE; an alert is in `alert` too
  bool quic_retry = false;             // a genuine Retry packet was answered
  bool hello_retry = false;
  bool client_certificate_asked = false;
  // DER in the order sent, the server's own first if it keeps to RFC 5246. An entry may be empty.
  std::vector<std::vector<uint8_t>> certs;
  bool certs_cut = false;  // the list breaks behind these
  // The server's handshake messages, each with its header of four bytes, one after another, in
  // clear. A HelloRetryRequest is among them. Empty for SSL 2.0.
  std::vector<uint8_t> messages;
};

}  // namespace tls::probe
