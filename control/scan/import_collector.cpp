// SPDX-License-Identifier: Apache-2.0
#include "control/scan/import_collector.hpp"

#include "control/config/address_text.hpp"
#include "control/scan/base64.hpp"
#include "flowtable/base/byte_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;

constexpr size_t kProblemsMax = 10;
constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
// Names by which masscan marks a part of what it heard, not a service.
constexpr std::array<std::string_view, 11> kParts{"X509",       "X509CA",      "ssl",    "title",
                                                  "html",       "http.server", "vuln",   "safe",
                                                  "heartbleed", "ticketbleed", "unknown"};

// What a person will read: short, and harmless to a terminal.
std::string kept_text(std::string_view text) {
  std::string out(text.substr(0, ImportLimits::kTextBytesMax));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return out;
}

// A SEQUENCE whose length is what there is (X.690 section 8.1.3): a certificate that was cut off on
// its way into the file is not one.
bool is_whole_sequence(flowtable::Bytes bytes) {
  flowtable::ByteReader reader(bytes);
  uint8_t tag = 0;
  uint8_t first = 0;
  if (!reader.u8(tag) || tag != 0x30 || !reader.u8(first)) return false;
  if (first < 0x80) return reader.size() == first;
  size_t length = 0;
  if (first == 0x80 || first > 0x83) return false;
  for (int i = first & 0x7f; i > 0; --i) {
    uint8_t byte = 0;
    if (!reader.u8(byte)) return false;
    length = length << 8 | byte;
  }
  return reader.size() == length;
}

std::optional<uint8_t> protocol_number(std::string_view name) {
  if (name == "tcp") return uint8_t{6};
  if (name == "udp") return uint8_t{17};
  if (name == "sctp") return uint8_t{132};
  return std::nullopt;
}

}  // namespace

ImportedResult* ImportCollector::add(const ImportedEntry& entry, const std::string& place) {
  const auto protocol = protocol_number(entry.protocol);
  if (!protocol.has_value()) {
    skip();
    return nullptr;
  }
  const auto address = parse_single_address(entry.address);
  if (!address.ok()) {
    add_problem(place, address.error().message);
    return nullptr;
  }
  if (entry.port == 0 || entry.port > 65'535) {
    add_problem(place, "no port from 1 to 65535");
    return nullptr;
  }
  const flowtable::Endpoint server{{address.value()}, static_cast<uint16_t>(entry.port)};
  const Key key{server, *protocol};
  auto found = by_server_.find(key);
  if (found == by_server_.end()) {
    is_full_ = by_server_.size() >= ImportLimits::kResultsMax;
    if (is_full_) return nullptr;
    found = by_server_.emplace(key, ImportedResult{}).first;
    found->second.server = server;
    found->second.protocol = *protocol;
  }
  merge(entry, found->second);
  if (entry.service == "X509") add_certificate(found->second, entry.banner, place);
  return &found->second;
}

void ImportCollector::merge(const ImportedEntry& entry, ImportedResult& result) {
  // Who spoke was open, whatever a later packet said.
  const bool spoke = entry.tls || !entry.service.empty();
  ImportedState state = entry.state;
  if (state == ImportedState::unknown && spoke) state = ImportedState::open;
  if (result.state != ImportedState::open && state != ImportedState::unknown) result.state = state;
  constexpr uint64_t kSecondsMax = uint64_t{1} << 33;
  if (entry.seconds <= kSecondsMax) {
    const std::chrono::sys_seconds seen{std::chrono::seconds(entry.seconds)};
    result.seen = std::max(result.seen, seen);
  }
  if (result.reason.empty()) result.reason = kept_text(entry.reason);
  result.tls = result.tls || entry.tls || entry.service == "ssl" || entry.service == "X509";
  const bool part = std::find(kParts.begin(), kParts.end(), entry.service) != kParts.end();
  if (result.service.empty() && !part) result.service = kept_text(entry.service);
  if (result.host_name.empty()) result.host_name = kept_text(entry.host_name);
}

void ImportCollector::add_certificate(ImportedResult& result, std::string_view text,
                                      const std::string& place) {
  if (const size_t begin = text.find(kBegin); begin != text.npos) {
    text.remove_prefix(begin + kBegin.size());
    const size_t end = text.find(kEnd);
    if (end == text.npos) return add_problem(place, "the end of a certificate is missing");
    text = text.substr(0, end);
  }
  if (text.size() > 2 * ImportLimits::kCertificateBytesMax)
    return add_problem(place, "a certificate is too large");
  auto der = decode_base64(text);
  if (!der.has_value() || !is_whole_sequence(*der))
    return add_problem(place, "a certificate is cut off or no base64");
  if (der->size() > ImportLimits::kCertificateBytesMax)
    return add_problem(place, "a certificate is too large");
  result.tls = true;
  auto& kept = result.certificates;
  if (std::find(kept.begin(), kept.end(), *der) != kept.end()) return;
  if (kept.size() >= ImportLimits::kCertificatesMax)
    return add_problem(place, "one server has too many certificates");
  kept.push_back(std::move(*der));
}

void ImportCollector::add_problem(const std::string& place, const std::string& why) {
  if (++import_.num_broken <= kProblemsMax) import_.problems.push_back(place + ": " + why);
}

flowtable::OrError<Import> ImportCollector::result() {
  if (is_full_) {
    return Failure{Error{"more than " + std::to_string(ImportLimits::kResultsMax) +
                         " results in one file; import it in parts"}};
  }
  for (auto& [key, each] : by_server_)
    import_.results.push_back(std::move(each));
  by_server_.clear();
  return std::move(import_);
}

ImportedState imported_state_named(std::string_view name) noexcept {
  if (name == "open") return ImportedState::open;
  if (name == "closed") return ImportedState::closed;
  if (name == "filtered") return ImportedState::filtered;
  return ImportedState::unknown;
}

std::optional<uint64_t> imported_number(std::string_view text) noexcept {
  uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return number;
}

}  // namespace control
