// SPDX-License-Identifier: Apache-2.0
#include "tls/fingerprint/hassh.hpp"

#include "tls/digest/digest.hpp"

#include <array>
#include <optional>
#include <utility>

namespace tls {

using flowtable::Bytes;

namespace {

// HASSH README: md5("kex;encryption;mac;compression"), the name-lists verbatim.
Fingerprint of_lists(const std::array<Bytes, 4>& lists) {
  std::string raw;
  for (const Bytes names : lists) {
    raw.append(names.begin(), names.end());
    raw += ';';
  }
  raw.pop_back();
  const std::optional<Md5> digest = md5(bytes_of(raw));
  return {std::move(raw), digest ? to_hex(*digest) : std::string{}};
}

}  // namespace

Fingerprint hassh(const SshKexInit& of_client) {
  return of_lists({of_client.kex, of_client.encryption_to_server, of_client.mac_to_server,
                   of_client.compression_to_server});
}

Fingerprint hassh_server(const SshKexInit& of_server) {
  return of_lists({of_server.kex, of_server.encryption_to_client, of_server.mac_to_client,
                   of_server.compression_to_client});
}

}  // namespace tls
