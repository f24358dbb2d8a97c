// SPDX-License-Identifier: Apache-2.0
// Which ports speak TLS, and what comes before it there: the one declaration for scanning.
#pragma once

#include "tls/probe/dialogue_makers.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace tls::probe {

enum class Speaker : uint8_t { client, server };

struct StarttlsProtocol {
  std::string_view name;  // as records have it: the name that the tap gives the same dialogue
  Speaker first;          // who speaks first
  std::span<const uint16_t> ports;  // where it usually is
  DialogueMaker make;
  std::string_view direct_alpn;  // of servers that take TLS on the same port without a dialogue
  std::string_view help;         // one line
};

[[nodiscard]] std::span<const StarttlsProtocol> starttls_protocols() noexcept;

// Null: none has this name, or usually this port. Pointers are to the table.
[[nodiscard]] const StarttlsProtocol* protocol_named(std::string_view name) noexcept;
[[nodiscard]] const StarttlsProtocol* protocol_of_port(uint16_t port) noexcept;

// Where TLS comes from the first byte on; sorted. None of them is in a row above.
[[nodiscard]] std::span<const uint16_t> direct_tls_ports() noexcept;

// The port set named `tls`: direct ones and those of every protocol, sorted, each once.
[[nodiscard]] std::span<const uint16_t> tls_ports() noexcept;

}  // namespace tls::probe
