// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/imported_lines.hpp"

#include "control/config/address_text.hpp"
#include "control/export/scan_record.hpp"
#include "control/ipc/message.hpp"

#include <array>
#include <charconv>
#include <chrono>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;

constexpr uint8_t kUdp = 17;

std::string_view word_of(ImportedState state) {
  switch (state) {
    case ImportedState::open:
      return "open";
    case ImportedState::closed:
      return "closed";
    case ImportedState::filtered:
      return "filtered";
    case ImportedState::unknown:
      break;
  }
  return "unknown";
}

// False where a digit is none, or one is missing.
bool read_hex(std::string_view text, std::vector<uint8_t>& out) {
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    uint8_t byte = 0;
    const auto read = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (read.ec != std::errc() || read.ptr != text.data() + i + 2) return false;
    out.push_back(byte);
  }
  return text.size() % 2 == 0;
}

// What a Tick holds, of nanoseconds since 1970.
bool is_time(const Json& seconds) {
  constexpr auto kMax = std::chrono::floor<std::chrono::seconds>(flowtable::Tick::duration::max());
  return seconds.is_number_unsigned() &&
         seconds.get<uint64_t>() <= static_cast<uint64_t>(kMax.count());
}

// "" where the line holds all it must.
std::string problem_of(const Json& line) {
  const auto is = [&](const char* name, auto kind) {
    const auto found = line.find(name);
    return found != line.end() && kind(*found);
  };
  const auto text = [](const Json& value) { return value.is_string(); };
  if (!line.is_object() || line.value("type", "") != "imported") return "it is no imported result";
  if (!is("dst", text) || !parse_single_address(line["dst"].get<std::string>()))
    return "`dst` is no address";
  if (!is("dport", [](const Json& value) { return value.is_number_unsigned(); }) ||
      line["dport"].get<uint64_t>() > 65535)
    return "`dport` is no port";
  if (!is("seconds", [](const Json& value) { return value.is_number_integer(); }))
    return "`seconds` is no number";
  if (!is("seconds", is_time)) return "`seconds` is no time";
  if (!is("outcome", text) || !is("transport", text)) return "`outcome` or `transport` is missing";
  if (!is("certs", [](const Json& value) { return value.is_array(); })) return "`certs` is no list";
  return "";
}

OrError<void> take_line(const Json& line, tls::CertificateCache& cache, ImportedBatch& out) {
  const std::string problem = problem_of(line);
  if (!problem.empty()) return Failure{Error{problem}};
  if (line["outcome"] == "open") ++out.services;
  tls::Observation seen;
  for (const Json& hex : line["certs"]) {
    std::vector<uint8_t> der;
    if (!hex.is_string() || !read_hex(hex.get<std::string>(), der))
      return Failure{Error{"`certs` holds what is no hex"}};
    seen.certs.push_back(cache.find_or_parse(der).certificate);
    ++out.certificates;
  }
  if (seen.certs.empty()) return {};
  seen.source = tls::Source::imported;
  seen.transport = line["transport"] == "udp" ? tls::Transport::dtls : tls::Transport::tcp;
  seen.server.address.bytes = parse_single_address(line["dst"].get<std::string>()).value();
  seen.server.port = line["dport"].get<uint16_t>();
  seen.client.address = seen.server.address.is_v4()
                            ? flowtable::IpAddress::from_bytes(std::array<uint8_t, 4>{})
                            : flowtable::IpAddress();
  seen.seen = flowtable::Tick(std::chrono::seconds(line["seconds"].get<int64_t>()));
  seen.flow.first_seen = seen.flow.last_seen = seen.seen;
  out.observations.push_back(std::move(seen));
  return {};
}

}  // namespace

void append_imported_line(std::string& out, const ImportedResult& result) {
  ImportedFinding found;
  found.seconds = result.seen.time_since_epoch().count();
  found.server = result.server;
  found.transport = result.protocol == kUdp ? "udp" : "tcp";
  found.outcome = word_of(result.state);
  found.reason = result.reason;
  found.service = result.service;
  found.name = result.host_name;
  found.tls = result.tls;
  found.certificates = result.certificates;
  append_imported_record(out, found);
}

OrError<ImportedBatch> read_imported_lines(std::string_view lines, tls::CertificateCache& cache) {
  ImportedBatch out;
  for (size_t number = 1; !lines.empty(); ++number) {
    const std::string_view text = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(text.size() + 1, lines.size()));
    if (text.empty()) continue;
    const auto line = parse_request_json(text);
    const OrError<void> taken =
        line ? take_line(line.value(), cache, out) : OrError<void>(Failure{line.error()});
    if (!taken)
      return Failure{Error{"line " + std::to_string(number) + ": " + taken.error().message}};
  }
  return out;
}

}  // namespace control
