// SPDX-License-Identifier: Apache-2.0
// What masscan writes as lines (-oL) and as JSON (-oJ, -oD); checked against masscan 1.3.2.
#include "control/scan/import_collector.hpp"

#include <nlohmann/json.hpp>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;
using nlohmann::json;
using std::string_view;

// Up to the next space, which goes, too.
string_view next_word(string_view& line) {
  const size_t end = line.find(' ');
  const string_view word = line.substr(0, end);
  line.remove_prefix(end == string_view::npos ? line.size() : end + 1);
  return word;
}

string_view trimmed(string_view text, string_view what) {
  const size_t begin = text.find_first_not_of(what);
  if (begin == string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(what) - begin + 1);
}

// Calls `read` with each line and its number as a place.
template <typename Read>
void each_line(string_view text, const ImportCollector& collector, Read read) {
  for (size_t number = 1; !text.empty() && !collector.is_full(); ++number) {
    const size_t end = text.find('\n');
    read(trimmed(text.substr(0, end), " \t\r"), "line " + std::to_string(number));
    text.remove_prefix(end == string_view::npos ? text.size() : end + 1);
  }
}

// "open tcp 443 10.0.0.1 1700000000", "banner tcp 443 10.0.0.1 1700000000 ssl TLS/1.2 …"
void read_list_line(string_view line, const std::string& place, ImportCollector& collector) {
  if (line.empty() || line.front() == '#') return;
  const string_view kind = next_word(line);
  const bool banner = kind == "banner";
  ImportedEntry entry;
  entry.state = imported_state_named(kind);
  if (!banner && entry.state == ImportedState::unknown)
    return collector.add_problem(place, "is no line of a masscan list");
  entry.protocol = next_word(line);
  const auto port = imported_number(next_word(line));
  entry.address = next_word(line);
  const auto seconds = imported_number(next_word(line));
  if (!port.has_value() || !seconds.has_value())
    return collector.add_problem(place, "a number is missing");
  entry.port = *port;
  entry.seconds = *seconds;
  if (banner) {
    entry.service = next_word(line);
    entry.banner = line;
  }
  collector.add(entry, place);
}

string_view text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return {};
  return found->get_ref<const std::string&>();
}

// masscan writes some numbers as texts.
uint64_t number_of(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return 0;
  if (found->is_number_unsigned()) return found->get<uint64_t>();
  return imported_number(text_of(object, name)).value_or(0);
}

// {"port": 443, "proto": "tcp", "status": "open", "reason": "syn-ack"}, or of a banner with
// "service": {"name": "ssl", "banner": "TLS/1.2 …"} instead of the last two.
void read_port(const json& port, ImportedEntry entry, const std::string& place,
               ImportCollector& collector) {
  if (!port.is_object()) return collector.add_problem(place, "an entry of `ports` is no object");
  entry.port = number_of(port, "port");
  entry.protocol = text_of(port, "proto");
  entry.state = imported_state_named(text_of(port, "status"));
  entry.reason = text_of(port, "reason");
  const auto service = port.find("service");
  if (service != port.end() && service->is_object()) {
    entry.service = text_of(*service, "name");
    entry.banner = text_of(*service, "banner");
  }
  collector.add(entry, place);
}

void read_host(const json& host, const std::string& place, ImportCollector& collector) {
  const auto ports = host.is_object() ? host.find("ports") : host.end();
  if (!host.is_object() || ports == host.end() || !ports->is_array())
    return collector.add_problem(place, "is no entry with an `ip` and `ports`");
  ImportedEntry entry;
  entry.address = text_of(host, "ip");
  entry.seconds = number_of(host, "timestamp");
  for (const json& port : *ports)
    read_port(port, entry, place, collector);
}

// One entry a line, which is how masscan writes them: commas may be missing or too many, and so may
// the end of the list where masscan was stopped.
void read_json_line(string_view line, const std::string& place, ImportCollector& collector) {
  line = trimmed(line, ", \t[]");
  // The last line of older versions; the name of its member has no quotes.
  if (line.empty() || line.starts_with("{finished:")) return;
  // The brackets of `ports` are inside of the braces, so that nothing of an entry was trimmed.
  const json entry = json::parse(line, nullptr, false);
  if (entry.is_discarded())
    return collector.add_problem(place, "is not JSON, or only a part of it");
  read_host(entry, place, collector);
}

}  // namespace

OrError<void> import_masscan_list(string_view text, ImportCollector& collector) {
  each_line(text, collector, [&](string_view line, const std::string& place) {
    read_list_line(line, place, collector);
  });
  return {};
}

OrError<void> import_masscan_json(string_view text, ImportCollector& collector) {
  // As it should be, however it is laid out; larger ones are read line by line to save memory.
  constexpr size_t kWholeBytesMax = size_t{16} << 20;
  const json whole = text.size() > kWholeBytesMax ? json(json::value_t::discarded)
                                                  : json::parse(text, nullptr, false);
  if (whole.is_array()) {
    size_t number = 0;
    for (const json& host : whole)
      read_host(host, "entry " + std::to_string(++number), collector);
    return {};
  }
  each_line(text, collector, [&](string_view line, const std::string& place) {
    read_json_line(line, place, collector);
  });
  return {};
}

}  // namespace control
