// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/scan_spec.hpp"

#include "control/config/time_windows.hpp"

#include <algorithm>
#include <charconv>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;

constexpr size_t kShownTargets = 4;

std::vector<std::string> texts(const Json& arguments, const char* name) {
  const auto found = arguments.find(name);
  if (found == arguments.end()) return {};
  return found->get<std::vector<std::string>>();
}

bool flag(const Json& arguments, const char* name) {
  const auto found = arguments.find(name);
  return found != arguments.end() && found->get<bool>();
}

// "2/4" as two numbers.
OrError<void> read_shard(const std::string& text, ScanSpec& spec) {
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, spec.shard);
  bool good = first.ec == std::errc() && first.ptr != end && *first.ptr == '/';
  if (good) {
    const auto second = std::from_chars(first.ptr + 1, end, spec.shards);
    good = second.ec == std::errc() && second.ptr == end;
  }
  if (good && spec.shard >= 1 && spec.shard <= spec.shards && spec.shards <= 65536) return {};
  return Failure{Error{"shard: `" + text + "` is not I/N with I from 1 to N, such as 2/4"}};
}

}  // namespace

OrError<ScanSpec> read_scan_spec(const Json& arguments, const ScanDefaults& defaults) {
  ScanSpec spec;
  spec.targets = texts(arguments, "target");
  spec.list = arguments.value("file", "");
  spec.ports = arguments.value("ports", "tls");
  spec.exclude = texts(arguments, "exclude");
  spec.names = texts(arguments, "name");
  spec.windows = texts(arguments, "window");
  for (const std::string& text : spec.windows) {
    if (const auto window = parse_time_window(text); !window)
      return Failure{Error{"window: " + window.error().message}};
  }
  spec.rate = std::min(arguments.value("rate", defaults.rate), defaults.rate_max);
  spec.attempts = arguments.value("attempts", defaults.attempts);
  spec.seed = arguments.value("seed", defaults.seed);
  spec.fleet_scan = arguments.value("fleet_scan", int64_t{0});
  spec.adapt = flag(arguments, "adapt");
  spec.all = flag(arguments, "all");
  spec.udp = flag(arguments, "udp");
  spec.wish.other_certificate = !flag(arguments, "brief");
  spec.wish.without_name = spec.wish.other_certificate;
  spec.wish.jarm = flag(arguments, "jarm");
  spec.wish.versions = flag(arguments, "versions");
  spec.wish.ciphers = flag(arguments, "ciphers");
  spec.wish.groups = flag(arguments, "groups");
  spec.wish.old_ssl = flag(arguments, "old-ssl");
  spec.wish.own_name = defaults.own_name;
  if (const auto shard = arguments.find("shard"); shard != arguments.end()) {
    if (auto read = read_shard(shard->get<std::string>(), spec); !read)
      return Failure{read.error()};
    if (spec.shards > 1 && !arguments.contains("seed")) {
      return Failure{Error{"shard: all shards need the same order: name --seed, too"}};
    }
  }
  return spec;
}

Json scan_arguments(const ScanSpec& spec) {
  Json out = Json::object();
  const auto add_texts = [&out](const char* name, const std::vector<std::string>& values) {
    if (!values.empty()) out[name] = values;
  };
  add_texts("target", spec.targets);
  if (!spec.list.empty()) out["file"] = spec.list;
  out["ports"] = spec.ports;
  add_texts("exclude", spec.exclude);
  add_texts("name", spec.names);
  add_texts("window", spec.windows);
  out["rate"] = spec.rate;
  out["attempts"] = spec.attempts;
  out["seed"] = spec.seed;
  if (spec.shards > 1)
    out["shard"] = std::to_string(spec.shard) + "/" + std::to_string(spec.shards);
  if (spec.fleet_scan != 0) out["fleet_scan"] = spec.fleet_scan;
  const std::pair<const char*, bool> flags[] = {{"adapt", spec.adapt},
                                                {"all", spec.all},
                                                {"udp", spec.udp},
                                                {"brief", !spec.wish.other_certificate},
                                                {"jarm", spec.wish.jarm},
                                                {"versions", spec.wish.versions},
                                                {"ciphers", spec.wish.ciphers},
                                                {"groups", spec.wish.groups},
                                                {"old-ssl", spec.wish.old_ssl}};
  for (const auto& [name, set] : flags) {
    if (set) out[name] = true;
  }
  return out;
}

std::string scan_text(const ScanSpec& spec) {
  std::string out;
  for (size_t i = 0; i < std::min(spec.targets.size(), kShownTargets); ++i)
    out += spec.targets[i] + " ";
  if (spec.targets.size() > kShownTargets)
    out += "and " + std::to_string(spec.targets.size() - kShownTargets) + " more ";
  if (!spec.list.empty()) {
    const auto ends = std::ranges::count(spec.list, '\n') + (spec.list.back() == '\n' ? 0 : 1);
    out += "a list of " + std::to_string(ends) + " lines ";
  }
  return out + "-p " + spec.ports;
}

}  // namespace control
