// SPDX-License-Identifier: Apache-2.0
#include "control/scan/scan_targets.hpp"

#include "control/config/address_text.hpp"
#include "control/config/port_range_text.hpp"
#include "control/scan/address_ranges.hpp"

#include <algorithm>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::IpAddress;
using flowtable::OrError;
using std::string_view;

constexpr size_t kNameMax = 253;  // RFC 1035 section 2.3.4, as text
constexpr size_t kLabelMax = 63;
constexpr size_t kShownMax = 80;
constexpr size_t kErrorsMax = 10;

Failure<Error> wrong(string_view piece, const std::string& why) {
  std::string shown(piece.substr(0, kShownMax));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return Failure{Error{"`" + shown + (piece.size() > kShownMax ? "…" : "") + "`: " + why}};
}

bool is_label(string_view label) {
  if (label.empty() || label.size() > kLabelMax) return false;
  if (label.front() == '-' || label.back() == '-') return false;
  // The underscore is in no host name by RFC 1123, and in many by custom.
  return std::all_of(label.begin(), label.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

OrError<std::string> parse_name(string_view piece, string_view text) {
  std::string name(text);
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (static_cast<unsigned char>(c) > 0x7f)
      return wrong(piece, "write names in their ASCII form (xn--…)");
  }
  if (name.ends_with('.')) name.pop_back();
  if (name.starts_with("*."))
    return wrong(piece, "a pattern cannot be asked; write the names that it stands for");
  if (name.size() > kNameMax) return wrong(piece, "is longer than a host name can be");
  string_view rest = name;
  while (true) {
    const size_t dot = rest.find('.');
    if (!is_label(rest.substr(0, dot)))
      return wrong(piece, "is neither an address nor the name of a host");
    if (dot == string_view::npos) return name;
    rest.remove_prefix(dot + 1);
  }
}

class TargetReader {
 public:
  void read(const TargetText& text) {
    int line = 1;
    string_view rest = text.text;
    while (!rest.empty()) {
      const size_t end = rest.find('\n');
      read_line(rest.substr(0, end), text.file, line++);
      rest.remove_prefix(end == string_view::npos ? rest.size() : end + 1);
    }
  }

  OrError<ScanTargets> result() {
    if (num_errors_ > kErrorsMax)
      errors_ += "\n… and " + std::to_string(num_errors_ - kErrorsMax) + " more like these";
    if (num_errors_ > 0) return Failure{Error{errors_}};
    ScanTargets targets;
    targets.sweep = dataplane::AddressSet(ranges_);
    std::sort(list_.begin(), list_.end());
    list_.erase(std::unique(list_.begin(), list_.end()), list_.end());
    targets.list = std::move(list_);
    return targets;
  }

 private:
  void read_line(string_view line, string_view file, int number) {
    constexpr string_view kBetween = " \t\r\v\f,";
    line = line.substr(0, line.find('#'));
    while (true) {
      const size_t begin = line.find_first_not_of(kBetween);
      if (begin == string_view::npos) return;
      line.remove_prefix(begin);
      const size_t end = std::min(line.find_first_of(kBetween), line.size());
      const OrError<void> taken = take(line.substr(0, end));
      if (!taken.ok()) add_error(file, number, taken.error().message);
      line.remove_prefix(end);
    }
  }

  void add_error(string_view file, int line, const std::string& message) {
    if (++num_errors_ > kErrorsMax) return;
    if (!errors_.empty()) errors_ += '\n';
    if (!file.empty()) errors_ += std::string(file) + ":" + std::to_string(line) + ": ";
    errors_ += message;
  }

  OrError<void> take(string_view piece) {
    if (piece.find("://") != string_view::npos) {
      return wrong(piece, "is a URL; write its host, with :PORT behind it where it has one");
    }
    if (piece.front() == '[') return take_bracketed(piece);
    const size_t colon = piece.find(':');
    const bool has_port = colon != string_view::npos && piece.find(':', colon + 1) == piece.npos;
    if (has_port) return take_with_port(piece, piece.substr(0, colon), piece.substr(colon + 1));
    if (looks_like_address(piece)) return take_spans(piece);
    const auto name = parse_name(piece, piece);
    if (!name.ok()) return Failure{name.error()};
    return list({name.value(), std::nullopt, std::nullopt}, piece);
  }

  OrError<void> take_bracketed(string_view piece) {
    const size_t end = piece.find(']');
    if (end == string_view::npos) return wrong(piece, "the ] is missing; write [2001:db8::1]:443");
    const string_view inside = piece.substr(1, end - 1);
    const string_view behind = piece.substr(end + 1);
    if (behind.empty()) return take_spans(inside);
    if (behind.front() != ':')
      return wrong(piece, "only :PORT may follow the ]; a network is written without brackets");
    return take_with_port(piece, inside, behind.substr(1));
  }

  OrError<void> take_with_port(string_view piece, string_view host, string_view port_text) {
    const auto port = parse_port_range(port_text);
    if (!port.has_value() || port->first != port->last)
      return wrong(piece, "what follows the : must be one port from 1 to 65535");
    if (host.empty()) return wrong(piece, "there is no host in front of the port");
    if (!looks_like_address(host)) {
      const auto name = parse_name(piece, host);
      if (!name.ok()) return Failure{name.error()};
      return list({name.value(), std::nullopt, port->first}, piece);
    }
    const auto spans = parse_address_spans(host);
    if (!spans.ok()) return Failure{spans.error()};
    if (spans.value().size() != 1 || spans.value()[0].first != spans.value()[0].last) {
      return wrong(piece,
                   "one address may have a port of its own, not a network or a range; its "
                   "ports are those of the whole scan");
    }
    return list({"", IpAddress{spans.value()[0].first}, port->first}, piece);
  }

  OrError<void> take_spans(string_view piece) {
    const auto spans = parse_address_spans(piece);
    if (!spans.ok()) return Failure{spans.error()};
    if (ranges_.size() + spans.value().size() > kTargetSpansMax) {
      return wrong(piece, "more than " + std::to_string(kTargetSpansMax) +
                              " separate ranges in one scan; make several of it");
    }
    for (const AddressSpan& span : spans.value())
      ranges_.push_back(range_of(span));
    return {};
  }

  OrError<void> list(NamedTarget target, string_view piece) {
    if (list_.size() >= kNamedTargetsMax) {
      return wrong(piece, "more than " + std::to_string(kNamedTargetsMax) +
                              " names and addresses with ports in one scan; make several of it");
    }
    list_.push_back(std::move(target));
    return {};
  }

  std::vector<dataplane::AddressRange> ranges_;
  std::vector<NamedTarget> list_;
  std::string errors_;
  size_t num_errors_ = 0;
};

}  // namespace

std::vector<TargetText> target_texts(std::span<const std::string> texts) {
  std::vector<TargetText> out;
  out.reserve(texts.size());
  for (const std::string& text : texts)
    out.push_back({text});
  return out;
}

OrError<ScanTargets> parse_scan_targets(std::span<const TargetText> texts) {
  TargetReader reader;
  for (const TargetText& text : texts)
    reader.read(text);
  return reader.result();
}

}  // namespace control
