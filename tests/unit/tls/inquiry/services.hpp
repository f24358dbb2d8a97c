// SPDX-License-Identifier: Apache-2.0
// Services without sockets: what one connection to them hears.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "flowtable/scan_exchange.hpp"
#include "tests/unit/tls/probe_scripts.hpp"

#include <openssl/ssl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

using ByteVector = std::vector<uint8_t>;

struct Reply {
  ByteVector bytes;
  std::optional<flowtable::ScanEventKind> end{};  // after the bytes
  std::vector<ByteVector> datagrams{};            // over UDP, instead of the bytes
};

// One connection.
class Service {
 public:
  virtual ~Service() = default;
  virtual Reply opened() { return {}; }
  virtual Reply heard(flowtable::Bytes bytes) = 0;
};
using ServicePtr = std::unique_ptr<Service>;
// A service: makes its connections.
using ServiceMaker = std::function<ServicePtr()>;

// OpenSSL's server. `configure` sets up its context; every connection has a new one.
struct TlsServiceWish {
  std::vector<std::string> keys;  // of made_certificates()
  int version_min = TLS1_VERSION;
  int version_max = TLS1_3_VERSION;
  std::string groups{};
  std::string own_name{};   // of this name it shows `named_key`, without it the first of `keys`
  std::string named_key{};  // empty: a name that is not own_name is refused with alert 112
  bool asks_client = false;
  std::string chain{};  // a file; empty: the certificate alone
  std::string ciphers{};
  bool prefers_own_order = false;  // of suites
  bool has_dh = false;             // as s_server has
};
// The codes of the suites that OpenSSL names so, for TLS 1.2 and before.
[[nodiscard]] std::set<uint16_t> openssl_suites(const std::string& ciphers);
[[nodiscard]] ServiceMaker tls_service(const TlsServiceWish& wish);

// OpenSSL's DTLS server, in datagrams of at most 300 bytes.
[[nodiscard]] ServiceMaker dtls_service(const std::string& key);

// Follows the script, then is what `then` makes. `tds`: the bytes of the latter lie in SQL Server's
// packets.
[[nodiscard]] ServiceMaker scripted_service(const ProbeScript& script, ServiceMaker then,
                                            bool tds = false);
// Says a greeting, and the answer to the first words; then it ends so.
[[nodiscard]] ServiceMaker talker(std::string_view greeting, std::string_view answer,
                                  std::optional<flowtable::ScanEventKind> end = {});
// What each connection in turn is; the last one for all further.
[[nodiscard]] ServiceMaker in_turn(std::vector<ServiceMaker> makers);

}  // namespace tests
