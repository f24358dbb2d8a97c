// SPDX-License-Identifier: Apache-2.0
#include "tls/probe/jarm.hpp"

#include "flowtable/base/check.hpp"
#include "flowtable/base/utf8.hpp"
#include "tls/digest/digest.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace tls::probe {

using flowtable::Bytes;

namespace {

constexpr std::string_view kNothing = "|||";

// The suites in the order of the reference; a suite counts from 1, and one that is not here as the
// one after the last.
constexpr std::array<uint16_t, 69> kCountedSuites{
    0x0004, 0x0005, 0x0007, 0x000a, 0x0016, 0x002f, 0x0033, 0x0035, 0x0039, 0x003c, 0x003d, 0x0041,
    0x0045, 0x0067, 0x006b, 0x0084, 0x0088, 0x009a, 0x009c, 0x009d, 0x009e, 0x009f, 0x00ba, 0x00be,
    0x00c0, 0x00c4, 0xc007, 0xc008, 0xc009, 0xc00a, 0xc011, 0xc012, 0xc013, 0xc014, 0xc023, 0xc024,
    0xc027, 0xc028, 0xc02b, 0xc02c, 0xc02f, 0xc030, 0xc060, 0xc061, 0xc072, 0xc073, 0xc076, 0xc077,
    0xc09c, 0xc09d, 0xc09e, 0xc09f, 0xc0a0, 0xc0a1, 0xc0a2, 0xc0a3, 0xc0ac, 0xc0ad, 0xc0ae, 0xc0af,
    0xcc13, 0xcc14, 0xcca8, 0xcca9, 0x1301, 0x1302, 0x1303, 0x1304, 0x1305};

// The reference slices its bytes, and a slice beyond the end is shorter or empty, not an error. All
// of what follows depends on that wherever an answer was cut.
Bytes slice(Bytes bytes, size_t from, size_t to) noexcept {
  const size_t end = std::min(to, bytes.size());
  return from >= end ? Bytes{} : bytes.subspan(from, end - from);
}

// Of a slice of up to two bytes; an empty one is no number.
std::optional<size_t> number_in(Bytes bytes) noexcept {
  if (bytes.empty()) return std::nullopt;
  size_t out = 0;
  for (const uint8_t byte : bytes)
    out = out << 8 | byte;
  return out;
}

// The reference decodes it, and gives up where it cannot.
bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const size_t length = flowtable::utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

struct ServerExtension {
  std::string type;  // hex
  Bytes value;
  bool is_empty = false;  // by its length; what was cut off is another matter
};

// Walks the list wherever it lies, also where what lies there is none. nullopt: the reference gives
// up.
std::optional<std::vector<ServerExtension>> walk(Bytes data, size_t from, size_t maximum) {
  std::vector<ServerExtension> out;
  for (size_t at = from; at < maximum;) {
    const std::optional<size_t> length = number_in(slice(data, at + 2, at + 4));
    if (!length) return std::nullopt;
    const Bytes value = slice(data, at + 4, at + 4 + *length);
    out.push_back({to_hex(slice(data, at, at + 2)), value, *length == 0});
    at += *length + 4;
  }
  return out;
}

// "alpn|types", or nothing where the reference gives up altogether.
std::optional<std::string> extensions_of(Bytes data, size_t session_id_bytes) {
  constexpr uint8_t kCertificate = 11;  // a handshake message instead of extensions
  constexpr std::array<uint8_t, 3> kAtOnce1{0x0e, 0xac, 0x0b};
  constexpr std::array<uint8_t, 3> kAtOnce2{0x0f, 0xf0, 0x0b};
  constexpr size_t kPlace2 = 82;
  const size_t at = session_id_bytes + 47;
  if (data.size() <= at || data[at] == kCertificate ||
      std::ranges::equal(slice(data, at + 3, at + 6), kAtOnce1) ||
      std::ranges::equal(slice(data, kPlace2, kPlace2 + 3), kAtOnce2)) {
    return "|";
  }
  const std::optional<size_t> length = number_in(slice(data, at, at + 2));
  const auto list = length ? walk(data, at + 2, at + 1 + *length) : std::nullopt;
  if (!list) return std::nullopt;
  std::string alpn;
  std::string types;
  bool has_alpn = false;
  for (const ServerExtension& each : *list) {
    types += (types.empty() ? "" : "-") + each.type;
    if (each.type != "0010" || has_alpn) continue;
    has_alpn = true;
    if (each.is_empty) return std::nullopt;
    const Bytes name = slice(each.value, 3, each.value.size());
    alpn.assign(name.begin(), name.end());
  }
  if (!is_utf8(alpn)) return std::nullopt;
  return alpn + "|" + types;
}

std::string suite_digits(std::string_view cipher) {
  if (cipher.empty()) return "00";
  size_t place = 1;
  for (const uint16_t suite : kCountedSuites) {
    const std::array<uint8_t, 2> bytes{static_cast<uint8_t>(suite >> 8),
                                       static_cast<uint8_t>(suite)};
    if (to_hex(bytes) == cipher) break;
    ++place;
  }
  return to_hex(std::array<uint8_t, 1>{static_cast<uint8_t>(place)});
}

char version_letter(std::string_view version) noexcept {
  constexpr std::string_view kLetters = "abcdef";
  if (version.size() < 4 || version[3] < '0' || version[3] > '5') return '0';
  return kLetters[static_cast<size_t>(version[3] - '0')];
}

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> out;
  for (;;) {
    const size_t at = text.find(by);
    out.push_back(text.substr(0, at));
    if (at == text.npos) return out;
    text.remove_prefix(at + 1);
  }
}

std::string all_nothing() {
  std::string out(kNothing);
  for (size_t i = 1; i < kJarmHellos; ++i)
    out += "," + std::string(kNothing);
  return out;
}

}  // namespace

std::string jarm_raw(Bytes first_segment) {
  const Bytes data = first_segment.first(std::min(first_segment.size(), kJarmAnswerBytesMax));
  constexpr size_t kSessionIdAt = 43;
  constexpr uint8_t kHandshake = 22;
  constexpr uint8_t kServerHello = 2;
  if (data.size() <= kSessionIdAt || data[0] != kHandshake || data[5] != kServerHello) {
    return std::string(kNothing);
  }
  const size_t session_id_bytes = data[kSessionIdAt];
  const std::optional<std::string> extensions = extensions_of(data, session_id_bytes);
  if (!extensions) return std::string(kNothing);
  return to_hex(slice(data, session_id_bytes + 44, session_id_bytes + 46)) + "|" +
         to_hex(slice(data, 9, 11)) + "|" + *extensions;
}

void JarmScan::add(size_t number, Bytes first_segment) {
  CHECK(number < kJarmHellos);
  raw_[number] = jarm_raw(first_segment);
}

std::string JarmScan::raw() const {
  if (timed_out_) return all_nothing();
  std::string out;
  for (const std::string& each : raw_)
    out += (out.empty() ? "" : ",") + each;
  return out;
}

std::string JarmScan::hash() const {
  return jarm_hash(raw());
}

std::string jarm_hash(std::string_view raw) {
  constexpr size_t kHashBytes = 62;
  if (raw == all_nothing()) return std::string(kHashBytes, '0');
  std::string out;
  std::string rest;
  for (const std::string_view answer : split(raw, ',')) {
    std::vector<std::string_view> parts = split(answer, '|');
    parts.resize(4);
    out += suite_digits(parts[0]);
    out += version_letter(parts[1]);
    rest.append(parts[2]).append(parts[3]);
  }
  return out + to_hex(sha256(bytes_of(rest))).substr(0, 32);
}

}  // namespace tls::probe
