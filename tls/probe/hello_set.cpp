// SPDX-License-Identifier: Apache-2.0
#include "tls/probe/hello_set.hpp"

#include "flowtable/base/check.hpp"
#include "tls/probe/wire_writer.hpp"

#include <algorithm>
#include <array>

namespace tls::probe {

namespace {

constexpr std::array<ProbeFacts, static_cast<size_t>(Probe::count_)> kProbes{{
    {Probe::a, "a", "TLS 1.0 to 1.2: the certificate comes in clear"},
    {Probe::a_rsa, "a-rsa", "as a, RSA only: the RSA certificate of a server with two"},
    {Probe::a_ecdsa, "a-ecdsa", "as a, ECDSA and EdDSA only: the other certificate"},
    {Probe::b, "b", "TLS 1.3, its flight decrypted"},
    {Probe::b_rsa, "b-rsa", "as b, RSA only"},
    {Probe::b_ecdsa, "b-ecdsa", "as b, ECDSA and EdDSA only"},
    {Probe::c, "c", "TLS 1.0 with old cipher suites, for servers that choke on newer hellos"},
    {Probe::ssl3, "ssl3", "SSL 3.0; only when asked, old stacks crash"},
    {Probe::ssl2, "ssl2", "SSL 2.0; only when asked, old stacks crash"},
    {Probe::dtls, "dtls", "DTLS 1.0 and 1.2, over UDP: the certificate comes in clear"},
    {Probe::quic, "quic", "QUIC versions 1 and 2, over UDP: TLS 1.3, its flight decrypted"},
}};

constexpr bool is_in_order() {
  for (size_t i = 0; i < kProbes.size(); ++i)
    if (static_cast<size_t>(kProbes[i].probe) != i) return false;
  return true;
}
static_assert(is_in_order());

using Codes = std::vector<uint16_t>;

// Each of GCM, ChaCha20, CBC with SHA-2, CBC.
constexpr std::array<uint16_t, 7> kEcdheEcdsa{0xc02b, 0xc02c, 0xcca9, 0xc023,
                                              0xc024, 0xc009, 0xc00a};
constexpr std::array<uint16_t, 7> kEcdheRsa{0xc02f, 0xc030, 0xcca8, 0xc027, 0xc028, 0xc013, 0xc014};
constexpr std::array<uint16_t, 7> kDheRsa{0x009e, 0x009f, 0xccaa, 0x0067, 0x006b, 0x0033, 0x0039};
constexpr std::array<uint16_t, 6> kStaticRsa{0x009c, 0x009d, 0x003c, 0x003d, 0x002f, 0x0035};
// 3DES, then RC4.
constexpr std::array<uint16_t, 2> kWeakEcdsa{0xc008, 0xc007};
constexpr std::array<uint16_t, 6> kWeakRsa{0xc012, 0x0016, 0x000a, 0xc011, 0x0005, 0x0004};
constexpr uint16_t kRenegotiationScsv = 0x00ff;  // RFC 5746 section 3.3
constexpr std::array<uint16_t, 3> kTls13Suites{0x1301, 0x1302, 0x1303};
// AES-CBC with DHE (RSA, DSS) and RSA, 3DES likewise, RC4. No elliptic curves: then the hello needs
// no extension, which is what stacks of that age understand.
constexpr std::array<uint16_t, 11> kOldSuites{0x0039, 0x0038, 0x0035, 0x0033, 0x0032, 0x002f,
                                              0x0016, 0x0013, 0x000a, 0x0005, 0x0004};

constexpr std::array<uint16_t, 6> kEcdsaSignatures{0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0203};
constexpr std::array<uint16_t, 7> kRsaSignatures{0x0804, 0x0805, 0x0806, 0x0401,
                                                 0x0501, 0x0601, 0x0201};

constexpr std::array<uint16_t, 5> kGroups{0x001d, 0x0017, 0x0018, 0x0019, 0x0100};
constexpr std::array<uint16_t, 4> kTls13Groups{0x001d, 0x0017, 0x0018, 0x0019};

struct Keys {
  bool rsa;
  bool ecdsa;
};

Keys keys_of(Probe probe) {
  return {probe != Probe::a_ecdsa && probe != Probe::b_ecdsa,
          probe != Probe::a_rsa && probe != Probe::b_rsa};
}

template <size_t Size>
void append(Codes& out, const std::array<uint16_t, Size>& codes) {
  out.insert(out.end(), codes.begin(), codes.end());
}

Codes signatures_of(Keys keys) {
  Codes out;
  if (keys.ecdsa) append(out, kEcdsaSignatures);
  if (keys.rsa) append(out, kRsaSignatures);
  return out;
}

Codes plain_suites_of(Keys keys) {
  Codes out;
  if (keys.ecdsa) append(out, kEcdheEcdsa);
  if (keys.rsa) {
    append(out, kEcdheRsa);
    append(out, kDheRsa);
    append(out, kStaticRsa);
  }
  if (keys.ecdsa) append(out, kWeakEcdsa);
  if (keys.rsa) append(out, kWeakRsa);
  out.push_back(kRenegotiationScsv);
  return out;
}

// The last extension has a body in every hello: there are servers that hang on one without.
void describe_a(HelloDescription& out, Keys keys) {
  out.suites = plain_suites_of(keys);
  append(out.groups, kGroups);
  out.signature_algorithms = signatures_of(keys);
  out.extensions = {code_of(ExtensionType::server_name),
                    kExtendedMasterSecret,
                    kRenegotiationInfo,
                    code_of(ExtensionType::supported_groups),
                    code_of(ExtensionType::ec_point_formats),
                    code_of(ExtensionType::session_ticket),
                    code_of(ExtensionType::alpn),
                    kStatusRequest,
                    code_of(ExtensionType::signed_certificate_timestamp),
                    code_of(ExtensionType::signature_algorithms)};
}

// compress_certificate is not offered: a certificate that came compressed would have to be
// unpacked.
void describe_b(HelloDescription& out, Keys keys) {
  append(out.suites, kTls13Suites);
  append(out.groups, kTls13Groups);
  out.signature_algorithms = signatures_of(keys);
  out.versions = {kTls13};
  out.extensions = {code_of(ExtensionType::server_name),
                    code_of(ExtensionType::supported_groups),
                    code_of(ExtensionType::alpn),
                    kStatusRequest,
                    code_of(ExtensionType::signed_certificate_timestamp),
                    code_of(ExtensionType::signature_algorithms),
                    code_of(ExtensionType::supported_versions),
                    kCookie,
                    code_of(ExtensionType::key_share)};
}

void describe_old(HelloDescription& out, uint16_t version) {
  out.record_version = version;
  out.legacy_version = version;
  append(out.suites, kOldSuites);
  out.suites.push_back(kRenegotiationScsv);
  if (version > kSsl3 && !out.server_name.empty()) {
    out.extensions = {code_of(ExtensionType::server_name)};
  }
}

// As a, without RC4: RFC 6347 section 4.1.2.2.
void describe_dtls(HelloDescription& out) {
  constexpr std::array<uint16_t, 4> kRc4{0xc007, 0xc011, 0x0005, 0x0004};
  describe_a(out, {true, true});
  std::erase_if(out.suites, [&](uint16_t suite) { return std::ranges::count(kRc4, suite) > 0; });
  out.record_version = kDtls10;
  out.legacy_version = kDtls12;
  out.dtls_cookie.emplace();
}

// As b. RFC 9001 section 8.4: no session id, so none is made up.
void describe_quic(HelloDescription& out) {
  describe_b(out, {true, true});
  out.extensions->push_back(kQuicParameters);
  if (out.alpn.empty()) out.alpn.emplace_back("h3");
}

void describe_new(HelloDescription& out, Probe probe) {
  if (probe == Probe::dtls) return describe_dtls(out);
  if (probe == Probe::quic) return describe_quic(out);
  needs_key_share(probe) ? describe_b(out, keys_of(probe)) : describe_a(out, keys_of(probe));
}

bool ends_in_number(std::string_view host) noexcept {
  const std::string_view label = host.substr(host.rfind('.') + 1);
  return std::ranges::all_of(label, [](char c) { return c >= '0' && c <= '9'; }) ||
         label.starts_with("0x") || label.starts_with("0X");
}

}  // namespace

std::span<const ProbeFacts> probe_table() noexcept {
  return kProbes;
}

const ProbeFacts& facts_of(Probe probe) noexcept {
  const auto index = static_cast<size_t>(probe);
  CHECK(index < kProbes.size());
  return kProbes[index];
}

std::optional<Probe> find_probe(std::string_view id) noexcept {
  const auto* const row = std::ranges::find(kProbes, id, &ProbeFacts::id);
  if (row == kProbes.end()) return std::nullopt;
  return row->probe;
}

bool needs_key_share(Probe probe) noexcept {
  return probe == Probe::b || probe == Probe::b_rsa || probe == Probe::b_ecdsa ||
         probe == Probe::quic;
}

HelloDescription hello_of(const HelloWish& wish) {
  CHECK(wish.probe != Probe::ssl2);
  HelloDescription out;
  if (is_host_name(wish.host)) out.server_name = wish.host;
  if (out.server_name.ends_with('.')) out.server_name.pop_back();  // RFC 6066: no trailing dot
  if (wish.probe == Probe::c) {
    describe_old(out, kTls10);
  } else if (wish.probe == Probe::ssl3) {
    describe_old(out, kSsl3);
  } else {
    out.alpn.assign(wish.alpn.begin(), wish.alpn.end());
    describe_new(out, wish.probe);
  }
  return out;
}

std::vector<uint8_t> sslv2_client_hello(const SslV2Challenge& challenge) {
  // RC4, RC4 export, RC2, RC2 export, IDEA, DES, 3DES.
  constexpr std::array<uint32_t, 7> kSpecs{0x010080, 0x020080, 0x030080, 0x040080,
                                           0x050080, 0x060040, 0x0700c0};
  constexpr uint8_t kClientHello = 1;
  WireWriter body;
  body.u8(kClientHello).u16(kSsl2).u16(kSpecs.size() * 3).u16(0).u16(SslV2Challenge{}.size());
  for (const uint32_t spec : kSpecs)
    body.u24(spec);
  body.bytes(challenge);
  const std::vector<uint8_t> message = body.take();
  WireWriter record;
  record.u16(static_cast<uint16_t>(0x8000 | message.size())).bytes(message);
  return record.take();
}

bool is_host_name(std::string_view host) noexcept {
  constexpr size_t kNameBytesMax = 253;
  if (host.ends_with('.')) host.remove_suffix(1);
  return !host.empty() && host.size() <= kNameBytesMax && host.find(':') == host.npos &&
         !ends_in_number(host);
}

}  // namespace tls::probe
