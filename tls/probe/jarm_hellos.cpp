// SPDX-License-Identifier: Apache-2.0
// The ten hellos of JARM.
#include "flowtable/base/check.hpp"
#include "tls/probe/fresh_random.hpp"
#include "tls/probe/jarm.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

namespace tls::probe {

namespace {

enum class Order : uint8_t { forward, reverse, top_half, bottom_half, middle_out };
enum class Suites : uint8_t { all, without_tls13 };
enum class Alpn : uint8_t { common, rare };
enum class Versions : uint8_t { none, to_tls12, to_tls13 };

struct JarmRow {
  uint16_t record_version;
  uint16_t legacy_version;
  Suites suites;
  Order suite_order;
  bool grease;
  Alpn alpn;
  Versions versions;
  Order list_order;  // of ALPN names and supported_versions
};

constexpr std::array<JarmRow, kJarmHellos> kJarmRows{{
    {kTls12, kTls12, Suites::all, Order::forward, false, Alpn::common, Versions::to_tls12,
     Order::reverse},
    {kTls12, kTls12, Suites::all, Order::reverse, false, Alpn::common, Versions::to_tls12,
     Order::forward},
    {kTls12, kTls12, Suites::all, Order::top_half, false, Alpn::common, Versions::none,
     Order::forward},
    {kTls12, kTls12, Suites::all, Order::bottom_half, false, Alpn::rare, Versions::none,
     Order::forward},
    {kTls12, kTls12, Suites::all, Order::middle_out, true, Alpn::rare, Versions::none,
     Order::reverse},
    {kTls11, kTls11, Suites::all, Order::forward, false, Alpn::common, Versions::none,
     Order::forward},
    {kTls10, kTls12, Suites::all, Order::forward, false, Alpn::common, Versions::to_tls13,
     Order::reverse},
    {kTls10, kTls12, Suites::all, Order::reverse, false, Alpn::common, Versions::to_tls13,
     Order::forward},
    {kTls10, kTls12, Suites::without_tls13, Order::forward, false, Alpn::common, Versions::to_tls13,
     Order::forward},
    {kTls10, kTls12, Suites::all, Order::middle_out, true, Alpn::common, Versions::to_tls13,
     Order::reverse},
}};

constexpr std::array<uint16_t, 69> kOfferedSuites{
    0x0016, 0x0033, 0x0067, 0xc09e, 0xc0a2, 0x009e, 0x0039, 0x006b, 0xc09f, 0xc0a3, 0x009f, 0x0045,
    0x00be, 0x0088, 0x00c4, 0x009a, 0xc008, 0xc009, 0xc023, 0xc0ac, 0xc0ae, 0xc02b, 0xc00a, 0xc024,
    0xc0ad, 0xc0af, 0xc02c, 0xc072, 0xc073, 0xcca9, 0x1302, 0x1301, 0xcc14, 0xc007, 0xc012, 0xc013,
    0xc027, 0xc02f, 0xc014, 0xc028, 0xc030, 0xc060, 0xc061, 0xc076, 0xc077, 0xcca8, 0x1305, 0x1304,
    0x1303, 0xcc13, 0xc011, 0x000a, 0x002f, 0x003c, 0xc09c, 0xc0a0, 0x009c, 0x0035, 0x003d, 0xc09d,
    0xc0a1, 0x009d, 0x0041, 0x00ba, 0x0084, 0x00c0, 0x0007, 0x0004, 0x0005};

// The reference's order of lists. With an odd number the middle one belongs to the top half and
// comes first from the middle out.
template <typename T>
std::vector<T> ordered(const std::vector<T>& in, Order order) {
  const size_t middle = in.size() / 2;
  const size_t odd = in.size() % 2;
  std::vector<T> out;
  switch (order) {
    case Order::forward:
      return in;
    case Order::reverse:
      return {in.rbegin(), in.rend()};
    case Order::bottom_half:
      return {in.begin() + static_cast<std::ptrdiff_t>(middle + odd), in.end()};
    case Order::top_half:
      return {in.rbegin() + static_cast<std::ptrdiff_t>(middle), in.rend()};
    case Order::middle_out:
      if (odd == 1) out.push_back(in[middle]);
      for (size_t i = 1; i <= middle; ++i) {
        out.push_back(in[middle - 1 + odd + i]);
        out.push_back(in[middle - i]);
      }
      return out;
  }
  return out;
}

std::vector<uint16_t> suites_of(const JarmRow& row) {
  std::vector<uint16_t> out(kOfferedSuites.begin(), kOfferedSuites.end());
  if (row.suites == Suites::without_tls13) {
    std::erase_if(out, [](uint16_t suite) { return suite >> 8 == 0x13; });
  }
  return ordered(out, row.suite_order);
}

std::vector<std::string> alpn_of(const JarmRow& row) {
  std::vector<std::string> out{"http/0.9", "http/1.0", "http/1.1", "spdy/1", "spdy/2",
                               "spdy/3",   "h2",       "h2c",      "hq"};
  if (row.alpn == Alpn::rare) {
    std::erase(out, "h2");
    std::erase(out, "http/1.1");
  }
  return ordered(out, row.list_order);
}

std::vector<uint16_t> versions_of(const JarmRow& row) {
  if (row.versions == Versions::none) return {};
  std::vector<uint16_t> out{kTls10, kTls11, kTls12};
  if (row.versions == Versions::to_tls13) out.push_back(kTls13);
  return ordered(out, row.list_order);
}

}  // namespace

JarmRandom new_jarm_random() {
  JarmRandom out;
  std::array<uint8_t, 1> grease;
  fill_random(out.random);
  fill_random(out.session_id);
  fill_random(out.key_share);
  fill_random(grease);
  out.grease = static_cast<uint16_t>(0x0a0a + 0x1010 * (grease[0] & 15));  // RFC 8701 section 2
  return out;
}

HelloDescription jarm_hello(size_t number, std::string_view host, const JarmRandom& random) {
  CHECK(number < kJarmHellos);
  const JarmRow& row = kJarmRows[number];
  HelloDescription out;
  out.record_version = row.record_version;
  out.legacy_version = row.legacy_version;
  out.random = random.random;
  out.session_id.assign(random.session_id.begin(), random.session_id.end());
  out.suites = suites_of(row);
  out.server_name = host;
  out.groups = {0x001d, 0x0017, 0x0018, 0x0019};
  out.signature_algorithms = {0x0403, 0x0804, 0x0401, 0x0503, 0x0805,
                              0x0501, 0x0806, 0x0601, 0x0201};
  out.alpn = alpn_of(row);
  out.versions = versions_of(row);
  out.key_shares = {{0x001d, {random.key_share.begin(), random.key_share.end()}}};
  out.extensions = {code_of(ExtensionType::server_name),
                    kExtendedMasterSecret,
                    kMaxFragmentLength,
                    kRenegotiationInfo,
                    code_of(ExtensionType::supported_groups),
                    code_of(ExtensionType::ec_point_formats),
                    code_of(ExtensionType::session_ticket),
                    code_of(ExtensionType::alpn),
                    code_of(ExtensionType::signature_algorithms),
                    code_of(ExtensionType::key_share),
                    kPskKeyExchangeModes};
  if (row.versions != Versions::none) {
    out.extensions->push_back(code_of(ExtensionType::supported_versions));
  }
  if (row.grease) add_grease(out, random.grease);
  return out;
}

}  // namespace tls::probe
