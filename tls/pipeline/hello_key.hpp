// SPDX-License-Identifier: Apache-2.0
// What of a hello its facts are made of.
#pragma once

#include "tls/wire/client_hello.hpp"
#include "tls/wire/server_hello.hpp"
#include "tls/wire/transport.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tls {

// Hellos of the same key have the same client_facts() or server_facts(). Left out is what differs
// from session to session: randoms, session ids, keys, tickets, the server's name, and which GREASE
// value a client has drawn. Keeps its room from call to call.
class HelloKey {
 public:
  [[nodiscard]] flowtable::Bytes of(const ClientHello& hello, Transport transport);
  [[nodiscard]] flowtable::Bytes of(const ServerHello& hello, Transport transport);

 private:
  void begin(Transport transport, uint16_t version);
  void add_client_extension(const Extension& extension);
  void add_server_extension(const Extension& extension);
  // Before adding: there is room for so many bytes more.
  void make_room(size_t bytes);
  void add_u8(uint8_t value) noexcept { bytes_[size_++] = value; }
  void add_u16(uint16_t value) noexcept {
    add_u8(static_cast<uint8_t>(value >> 8));
    add_u8(static_cast<uint8_t>(value));
  }
  void add_body(flowtable::Bytes body);
  // A body of 16-bit numbers behind `header` bytes.
  void add_numbers(flowtable::Bytes body, size_t header);
  void add_key_shares(flowtable::Bytes body);
  void add_ech(flowtable::Bytes body);

  [[nodiscard]] flowtable::Bytes key() const noexcept {
    return flowtable::Bytes(bytes_).first(size_);
  }

  std::vector<uint8_t> bytes_;  // as long as the longest key so far
  size_t size_ = 0;
};

}  // namespace tls
