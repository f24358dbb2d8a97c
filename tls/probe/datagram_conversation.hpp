// SPDX-License-Identifier: Apache-2.0
// A conversation over UDP that we lead, up to the server's certificate: DTLS or QUIC.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/probe/hello_set.hpp"
#include "tls/probe/key_shares.hpp"
#include "tls/probe/step.hpp"
#include "tls/probe/tls_result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tls::probe {

// Of one datagram of ours: fits an IPv6 packet of 1280 bytes, which every path carries.
inline constexpr size_t kDatagramBytesMax = 1232;

struct DatagramStep {
  enum class Kind : uint8_t {
    wait,      // for more
    send,      // `datagrams`, in this order, then wait
    finished,  // send `datagrams`, if any, which tell the server that we leave; the result is there
  };
  Kind kind = Kind::wait;
  std::vector<std::vector<uint8_t>> datagrams;  // each of 1 to kDatagramBytesMax bytes
};

// Knows no clock. The caller sends the first datagram again while nothing is heard; what is lost
// later the server sends again by its own clock, and hears our answer to it again. Datagrams may
// come twice and in any order. What a datagram says that its protocol has dropped is passed over,
// for anybody may have sent it. One thread at a time.
class DatagramConversation {
 public:
  DatagramConversation() = default;
  DatagramConversation(const DatagramConversation&) = delete;
  DatagramConversation& operator=(const DatagramConversation&) = delete;
  virtual ~DatagramConversation() = default;

  // Of 1 to kDatagramBytesMax bytes.
  [[nodiscard]] virtual const std::vector<uint8_t>& first_datagram() const noexcept = 0;
  // The ClientHello that was said last, as a message with TLS's header of four bytes.
  [[nodiscard]] virtual flowtable::Bytes client_hello() const noexcept = 0;
  // One datagram of the server. After `finished` it is passed over.
  [[nodiscard]] virtual DatagramStep heard(flowtable::Bytes datagram) = 0;
  // Nothing more comes (timed_out, reset by ICMP, too_much); passed over after `finished`.
  virtual void ended(PeerEnd end) noexcept = 0;
  [[nodiscard]] virtual bool finished() const noexcept = 0;
  [[nodiscard]] virtual const TlsResult& result() const noexcept = 0;
  [[nodiscard]] virtual TlsResult take_result() noexcept = 0;
};

// RFC 6347, RFC 4347. `wish.probe` is dtls; `keys` must outlive the conversation, here and below.
[[nodiscard]] std::unique_ptr<DatagramConversation> make_dtls_conversation(const HelloWish& wish,
                                                                           const KeyShares& keys);

// RFC 9000 and RFC 9001, version 1, and version 2 (RFC 9369) where a server asks for it. The probe
// is quic; TlsResult::version is that of TLS.
[[nodiscard]] std::unique_ptr<DatagramConversation> make_quic_conversation(const HelloWish& wish,
                                                                           const KeyShares& keys);

// The first of the names whose bytes have room in one datagram of ours with all else that a hello
// says; names beyond them are not offered.
[[nodiscard]] std::span<const std::string> alpn_that_fits(
    std::span<const std::string> names) noexcept;
[[nodiscard]] HelloWish with_alpn_that_fits(HelloWish wish) noexcept;

}  // namespace tls::probe
