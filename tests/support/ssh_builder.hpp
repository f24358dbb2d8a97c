// SPDX-License-Identifier: Apache-2.0
// Writes SSH's clear part for tests: the other direction of tls/wire/ssh_kexinit.
#pragma once

#include "tests/support/hello_builder.hpp"

#include <array>
#include <string>
#include <string_view>

namespace tests {

// The ten name-lists of a KEXINIT, in the order of RFC 4253 section 7.1.
using SshNameLists = std::array<std::string, 10>;

// A packet of RFC 4253 section 6 with this payload.
[[nodiscard]] ByteVector ssh_packet(const ByteVector& payload);
[[nodiscard]] ByteVector ssh_kexinit_payload(const SshNameLists& lists);
[[nodiscard]] ByteVector ssh_kexinit(const SshNameLists& lists);
// An identification line, as it is, then packets.
[[nodiscard]] ByteVector ssh_stream(std::string_view lines, const ByteVector& packets);

// The lists of the HASSH README's examples: Cyberduck 6.7.1 and an OpenSSH 5.3 server. What the
// README does not name is filled with words of its own, so that a mix-up shows.
[[nodiscard]] SshNameLists cyberduck_lists();
[[nodiscard]] SshNameLists openssh53_server_lists();

}  // namespace tests
