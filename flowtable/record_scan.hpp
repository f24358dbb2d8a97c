// SPDX-License-Identifier: Apache-2.0
// How far a direction's handshake has come, from its record headers alone.
#pragma once

#include "flowtable/base/byte_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace flowtable {

enum class ScanVerdict : uint8_t {
  need_more,  // the handshake may go on in clear
  not_tls,    // the bytes do not start with a hello (or the alert that answers one)
  finished,   // all that this direction says in clear has been seen
};

// Walks over one direction of a connection from the byte where TLS starts, and says when the rest
// is encrypted. Reads record headers and the first bytes of records, never a whole handshake: what
// the bytes mean is the worker's business. State is the place of the next record header, so the
// work is proportional to the new bytes and no byte is looked at again once it has been passed.
//
// Also knows the SSL 2.0 hellos, which have their own framing (RFC 5246 appendix E.2).
class RecordScan {
 public:
  // `prefix` is everything in order from the start of TLS: each call's begins with the last one's.
  // After not_tls or finished nothing is read and the verdict stays.
  ScanVerdict advance(Bytes prefix) noexcept;

  [[nodiscard]] ScanVerdict verdict() const noexcept { return verdict_; }
  // The first handshake message. At most one of the two; from then on this is TLS.
  [[nodiscard]] bool saw_client_hello() const noexcept { return hello_ == kClientHello; }
  [[nodiscard]] bool saw_server_hello() const noexcept { return hello_ == kServerHello; }
  [[nodiscard]] bool saw_hello() const noexcept { return hello_ != kNoHello; }
  // Finished because what follows the start is no record that belongs here.
  [[nodiscard]] bool broken() const noexcept { return broken_; }
  // A client has offered early data and sends it: a second hello may come, but only where the
  // server asks for it. Counts as finished where the server has finished.
  [[nodiscard]] bool in_early_data() const noexcept { return in_early_data_; }

  // Whether a stream that begins with these bytes (as many as there are, at least one) can be TLS:
  // true as long as nothing speaks against it.
  [[nodiscard]] static bool could_start_tls(Bytes first_bytes) noexcept;

  // Whether these bytes begin with an alert in clear: the whole answer of a server that refuses.
  [[nodiscard]] static bool begins_with_alert(Bytes first_bytes) noexcept;

  // Bytes that find_hello() needs from the start of a hello to be sure of it.
  static constexpr size_t kSureBytes = 11;
  // Where in a payload a hello starts that shares its segment with another protocol's last words
  // (a PROXY line, an SSLRequest). Asks for kSureBytes, because it looks at every offset.
  [[nodiscard]] static std::optional<size_t> find_hello(Bytes payload) noexcept;

 private:
  static constexpr uint8_t kNoHello = 0xff;
  static constexpr uint8_t kClientHello = 1;  // RFC 8446 section 4: HandshakeType
  static constexpr uint8_t kServerHello = 2;

  struct Header {
    uint8_t type = 0;
    uint32_t length = 0;
  };

  // Each judges what stands at next_header_, and says whether it has got past it.
  bool step(Bytes rest) noexcept;
  bool step_start(Bytes rest) noexcept;
  bool step_record(const Header& header, ByteReader body) noexcept;
  bool step_handshake(const Header& header, ByteReader body) noexcept;
  bool step_alert(const Header& header, ByteReader body) noexcept;
  bool step_application(const Header& header) noexcept;
  bool step_sslv2(Bytes rest) noexcept;

  bool pass(uint32_t bytes) noexcept;
  bool finish() noexcept;
  bool finish_broken() noexcept;

  uint32_t next_header_ = 0;  // offset from the start of TLS; may lie beyond what has come
  ScanVerdict verdict_ = ScanVerdict::need_more;
  uint8_t hello_ = kNoHello;
  bool sslv2_ = false;  // the hello had SSL 2.0 framing
  bool cipher_changed_ = false;
  bool early_data_offered_ = false;
  bool in_early_data_ = false;
  bool broken_ = false;
};

}  // namespace flowtable
