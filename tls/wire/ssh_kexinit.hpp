// SPDX-License-Identifier: Apache-2.0
// What a side of an SSH connection says in clear: its identification and its KEXINIT.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/wire/parse_error.hpp"

#include <cstddef>
#include <cstdint>

namespace tls {

// RFC 4253 section 4.2. A window of the stream.
struct SshIdentification {
  flowtable::Bytes line;  // "SSH-2.0-…" without its CR LF
  size_t end = 0;         // offset in the stream of what follows the line
};

// RFC 4253 section 7.1: name-lists as sent, names with commas between. Windows of the packet.
struct SshKexInit {
  flowtable::Bytes kex;
  flowtable::Bytes host_keys;
  flowtable::Bytes encryption_to_server;
  flowtable::Bytes encryption_to_client;
  flowtable::Bytes mac_to_server;
  flowtable::Bytes mac_to_client;
  flowtable::Bytes compression_to_server;
  flowtable::Bytes compression_to_client;
  flowtable::Bytes languages_to_server;
  flowtable::Bytes languages_to_client;
};

// RFC 4253 section 6.1: what every implementation has to take; nobody sends a longer KEXINIT.
inline constexpr uint32_t kSshPacketBytesMax = 35000;
// RFC 4253 section 4.2: the line with CR LF. Lines that a server sends before it are bounded by the
// same section only in being lines; kSshLinesMax is ours.
inline constexpr size_t kSshLineBytesMax = 255;
inline constexpr size_t kSshLinesMax = 1024;

// Finds the identification at the start of a stream, behind the other lines that a server may send
// first. `truncated`: it may still come. `ssh_bad`: this is no SSH.
[[nodiscard]] Parsed<SshIdentification> find_ssh_identification(flowtable::Bytes stream) noexcept;

// Parses the packet that follows the identification. IGNORE and DEBUG packets before it are passed
// over. `truncated`: it may still come.
[[nodiscard]] Parsed<SshKexInit> parse_ssh_kexinit(flowtable::Bytes packets) noexcept;

}  // namespace tls
