// SPDX-License-Identifier: Apache-2.0
#include "tls/probe/sounding_hellos.hpp"

#include "flowtable/base/check.hpp"
#include "tls/wire/ids.hpp"

#include <array>

namespace tls::probe {

namespace {

constexpr std::array<uint16_t, 5> kVersions{kSsl3, kTls10, kTls11, kTls12, kTls13};
// RFC 8446 appendix B.4, and the two of RFC 9150 that only have integrity.
constexpr std::array<uint16_t, 7> kSoundedTls13Suites{0x1301, 0x1302, 0x1303, 0x1304,
                                                      0x1305, 0xc0b4, 0xc0b5};

struct Range {
  uint16_t first;
  uint16_t last;
};
// RSA, DHE, ECDHE and anonymous, of every version up to TLS 1.2: AES, 3DES, RC4, DES, export.
constexpr auto kUsual =
    std::to_array<Range>({{0x002f, 0x003a}, {0xc001, 0xc019}, {0x0001, 0x001b}});
// TLS 1.2 alone: AEADs and SHA-2.
constexpr auto kUsualTls12 = std::to_array<Range>(
    {{0xc023, 0xc032}, {0xcca8, 0xccae}, {0x009c, 0x00a7}, {0x003b, 0x0040}, {0x0067, 0x006d}});
// CCM, Camellia, ARIA, drafts of ChaCha20; then what is older: Camellia, SEED, PSK, export.
constexpr auto kRareTls12 = std::to_array<Range>({{0xc09c, 0xc0af},
                                                  {0x00ba, 0x00c5},
                                                  {0xc072, 0xc079},
                                                  {0xc03c, 0xc053},
                                                  {0xc060, 0xc063},
                                                  {0xc086, 0xc08d},
                                                  {0xcc13, 0xcc15}});
constexpr auto kRare = std::to_array<Range>(
    {{0x0041, 0x0046}, {0x0084, 0x0089}, {0x0096, 0x009b}, {0x0062, 0x0066}, {0x008a, 0x0095}});

constexpr std::array<uint16_t, 13> kSignatures{0x0403, 0x0503, 0x0603, 0x0807, 0x0808,
                                               0x0804, 0x0805, 0x0806, 0x0401, 0x0501,
                                               0x0601, 0x0201, 0x0203};
// X25519, P-256, P-384, P-521, X448, and FFDHE of RFC 7919.
constexpr std::array<uint16_t, 8> kClassicGroups{0x001d, 0x0017, 0x0018, 0x0019,
                                                 0x001e, 0x0100, 0x0101, 0x0102};
constexpr uint16_t kGrease = 0x2a2a;  // RFC 8701: a group that no server has

void append(std::vector<uint16_t>& out, std::span<const Range> ranges) {
  for (const Range& range : ranges) {
    for (uint32_t suite = range.first; suite <= range.last; ++suite)
      out.push_back(static_cast<uint16_t>(suite));
  }
}

void offer_tls13(HelloDescription& out) {
  out.versions = {kTls13};
  out.groups.insert(out.groups.begin(), kGrease);
  out.key_shares = {{kGrease, {0}}};
  out.extensions = {code_of(ExtensionType::server_name),
                    code_of(ExtensionType::supported_groups),
                    code_of(ExtensionType::signature_algorithms),
                    code_of(ExtensionType::supported_versions),
                    kPskKeyExchangeModes,
                    code_of(ExtensionType::key_share)};
}

}  // namespace

std::span<const uint16_t> sounded_versions() noexcept {
  return kVersions;
}

std::vector<uint16_t> sounded_suites(uint16_t version) {
  if (version == kTls13) return {kSoundedTls13Suites.begin(), kSoundedTls13Suites.end()};
  std::vector<uint16_t> out;
  const bool is_tls12 = version == kTls12;
  if (is_tls12) append(out, kUsualTls12);
  append(out, kUsual);
  if (is_tls12) append(out, kRareTls12);
  append(out, kRare);
  return out;
}

HelloDescription version_hello(uint16_t version, std::span<const uint16_t> suites,
                               std::string_view host) {
  CHECK(suites.size() <= kSoundedSuitesMax);
  HelloDescription out;
  out.record_version = version == kSsl3 ? kSsl3 : kTls10;
  out.legacy_version = version == kTls13 ? kTls12 : version;
  out.suites.assign(suites.begin(), suites.end());
  if (version == kSsl3) return out;  // it has no extensions
  out.server_name = host;
  out.groups.assign(kClassicGroups.begin(), kClassicGroups.end());
  out.signature_algorithms.assign(kSignatures.begin(), kSignatures.end());
  if (version == kTls13) {
    offer_tls13(out);
    return out;
  }
  out.extensions = {code_of(ExtensionType::server_name), kExtendedMasterSecret, kRenegotiationInfo,
                    code_of(ExtensionType::supported_groups),
                    code_of(ExtensionType::ec_point_formats)};
  // RFC 5246 section 7.4.1.4.1: not before TLS 1.2.
  if (version == kTls12) out.extensions->push_back(code_of(ExtensionType::signature_algorithms));
  return out;
}

HelloDescription groups_hello(PostQuantum offered, std::string_view host) {
  HelloDescription out =
      version_hello(kTls13, std::array<uint16_t, 3>{0x1301, 0x1302, 0x1303}, host);
  // Behind the GREASE, in front of the others: a server that goes by our order takes it, too.
  if (offered == PostQuantum::yes) out.groups.insert(out.groups.begin() + 1, kX25519MlKem768);
  return out;
}

}  // namespace tls::probe
