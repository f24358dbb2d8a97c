// SPDX-License-Identifier: Apache-2.0
#include "control/scan/scan_ports.hpp"

#include "control/config/nearest_name.hpp"
#include "control/config/port_range_text.hpp"
#include "tls/probe/starttls_table.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;
using std::string_view;

constexpr uint16_t kPortMax = 65'535;

struct ServicePort {
  string_view name;
  uint16_t port;
};

// Services that TLS is part of from the first byte on, by the names of the IANA registry where it
// has one. Not getservbyname(): a list means the same on every machine.
constexpr ServicePort kServices[] = {
    {"amqps", 5671},       {"cpanel", 2083},   {"dot", 853},         {"docker", 2376},
    {"ftps", 990},         {"ftps-data", 989}, {"https", 443},       {"https-alt", 8443},
    {"imaps", 993},        {"ircs", 994},      {"kafka-tls", 9093},  {"kubernetes", 6443},
    {"ldaps", 636},        {"ldaps-gc", 3269}, {"mqtts", 8883},      {"nntps", 563},
    {"oracle-tcps", 2484}, {"pop3s", 995},     {"puppet", 8140},     {"redis-tls", 6380},
    {"sips", 5061},        {"smtps", 465},     {"submission", 587},  {"submissions", 465},
    {"telnets", 992},      {"turns", 5349},    {"winrm-https", 5986}};

std::optional<PortSpan> parse_span(string_view piece) {
  if (piece == "all" || piece == "-") return PortSpan{1, kPortMax};
  if (piece.starts_with('-')) return parse_port_range("1" + std::string(piece));
  if (piece.ends_with('-')) return parse_port_range(std::string(piece) + "65535");
  return parse_port_range(piece);
}

Failure<Error> wrong(string_view piece) {
  constexpr size_t kShownMax = 40;
  std::string message = "`" + std::string(piece.substr(0, kShownMax)) + "`: ";
  for (char& c : message) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  const bool number = std::all_of(piece.begin(), piece.end(),
                                  [](char c) { return (c >= '0' && c <= '9') || c == '-'; });
  if (number) {
    message += "is no port or range of ports from 1 to 65535";
  } else {
    message += "names no port";
    const string_view nearest = nearest_name(piece, scan_port_names());
    if (!nearest.empty()) message += "; did you mean `" + std::string(nearest) + "`?";
  }
  return Failure{Error{message + " (443, 1-1024, all, tls, smtp, https, …)"}};
}

// False: the piece is nothing that is known.
bool add_piece(string_view piece, std::vector<bool>& chosen) {
  if (const auto span = parse_span(piece)) {
    for (size_t port = span->first; port <= span->last; ++port)
      chosen[port] = true;
    return true;
  }
  const auto choose = [&chosen](std::span<const uint16_t> ports) {
    for (const uint16_t port : ports)
      chosen[port] = true;
    return true;
  };
  if (piece == "tls") return choose(tls::probe::tls_ports());
  if (const auto* const protocol = tls::probe::protocol_named(piece))
    return choose(protocol->ports);
  for (const ServicePort& service : kServices) {
    if (service.name == piece) return choose({&service.port, 1});
  }
  return false;
}

}  // namespace

OrError<std::vector<uint16_t>> parse_scan_ports(string_view text) {
  constexpr string_view kBetween = ", \t\r\n";
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  std::vector<bool> chosen(size_t{kPortMax} + 1);
  string_view rest = lower;
  for (size_t at = 0; (at = rest.find_first_not_of(kBetween)) != string_view::npos;) {
    rest.remove_prefix(at);
    const size_t end = std::min(rest.find_first_of(kBetween), rest.size());
    if (!add_piece(rest.substr(0, end), chosen)) return wrong(rest.substr(0, end));
    rest.remove_prefix(end);
  }
  std::vector<uint16_t> ports;
  for (size_t port = 1; port < chosen.size(); ++port) {
    if (chosen[port]) ports.push_back(static_cast<uint16_t>(port));
  }
  if (ports.empty())
    return Failure{Error{"no port is named: write 443, 1-1024, all, tls, smtp, https, …"}};
  return ports;
}

std::vector<string_view> scan_port_names() {
  std::vector<string_view> names{"all", "tls"};
  for (const tls::probe::StarttlsProtocol& protocol : tls::probe::starttls_protocols())
    names.push_back(protocol.name);
  for (const ServicePort& service : kServices)
    names.push_back(service.name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace control
