// SPDX-License-Identifier: Apache-2.0
#include "control/filter/filter_fields.hpp"

#include "tls/pipeline/missing_reason.hpp"

#include <algorithm>
#include <array>

namespace control {
namespace {

using enum FilterForm;

constexpr uint64_t kPortMax = 65'535;
constexpr uint64_t kCodeMax = 0xffff;
constexpr uint64_t kOctetMax = 255;

constexpr std::array<std::string_view, 3> kTransports = {"tcp", "quic", "dtls"};
constexpr std::array<std::string_view, 2> kTypes = {"tls", "ssh"};

// All but `none`.
constexpr auto kReasons = [] {
  std::array<std::string_view, static_cast<size_t>(tls::MissingReason::count_) - 1> out{};
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = tls::name_of(static_cast<tls::MissingReason>(i + 1));
  return out;
}();

constexpr std::array kFields = {
    FilterField{"sni", pattern, 0, "server name asked for", "sni:*.example.org"},
    FilterField{"client", prefix, 0, "address of the client", "client:10.0.0.0/8"},
    FilterField{"server", prefix, 0, "address of the server", "server:192.0.2.1,2001:db8::/32"},
    FilterField{"port", number, kPortMax, "port of the server", "port:443,8443"},
    FilterField{"client_port", number, kPortMax, "port of the client", "client_port>=1024"},
    FilterField{"transport", word, 0, "what carried it", "transport:quic", kTransports},
    FilterField{"type", word, 0, "kind of session", "type:ssh", kTypes},
    FilterField{"version", version, 0, "version that the server chose", "version<1.2"},
    FilterField{"cipher", number, kCodeMax, "cipher suite that the server chose", "cipher:0x1301"},
    FilterField{"alpn", pattern, 0, "one of the protocols offered", "alpn:h2"},
    FilterField{"starttls", pattern, 0, "protocol that was upgraded", "starttls:smtp"},
    FilterField{"ja3", pattern, 0, "JA3", "ja3:9dffdb8b608a430b774a2ff7d36c1a0c"},
    FilterField{"ja3s", pattern, 0, "JA3S", "ja3s:15af977ce25de452b96affa2addb1036"},
    FilterField{"ja4", pattern, 0, "JA4", "ja4:t13d*"},
    FilterField{"ja4s", pattern, 0, "JA4S, where it is built in", "ja4s:t13*"},
    FilterField{"complete", flag, 0, "all that a tap can see was there", "complete:no"},
    FilterField{"missing", word, 0, "why it is not complete", "missing:alert", kReasons},
    FilterField{"alert", number, kOctetMax, "fatal alert, by its number", "alert:40,48"},
    FilterField{"resumed", flag, 0, "an earlier session was resumed", "resumed:yes"},
    FilterField{"cert", digest, 0, "SHA-256 or SHA-1 of a certificate, or its key's SHA-256",
                "cert:1e090637"},
    FilterField{"subject", part, 0, "in the subject of one of the certificates", "subject:example"},
    FilterField{"issuer", part, 0, "in the issuer of one of the certificates", "issuer:encrypt"},
    FilterField{"client_cert", flag, 0, "the client showed a certificate", "client_cert:yes"},
};

}  // namespace

std::span<const FilterField> filter_fields() noexcept {
  return kFields;
}

const FilterField* find_filter_field(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(kFields, name, &FilterField::name);
  return found == kFields.end() ? nullptr : found;
}

}  // namespace control
