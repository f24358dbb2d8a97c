// SPDX-License-Identifier: Apache-2.0
#include "control/config/setting_reader.hpp"

#include "control/config/nearest_name.hpp"

#include <algorithm>
#include <optional>
#include <set>

namespace control {
namespace {

using flowtable::Failure;
using Reading = flowtable::Result<SettingValue, ConfigProblem>;

constexpr size_t kQuotedBytesMax = 80;
constexpr uint64_t kCpuIdMax = 1023;
constexpr size_t kPortNameBytesMax = 32;
constexpr size_t kDeviceBytesMax = 1024;

// What the person wrote, short and harmless to a terminal.
std::string found_text(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return "nothing";
    case YamlNode::Kind::sequence:
      return "a list";
    case YamlNode::Kind::map:
      return "a group of settings";
    case YamlNode::Kind::scalar:
      break;
  }
  std::string text = node.text.substr(0, kQuotedBytesMax);
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return "`" + text + (node.text.size() > kQuotedBytesMax ? "…`" : "`");
}

ConfigProblem mismatch(const SettingSpec& spec, const YamlNode& node) {
  return {node.line, "`" + std::string(spec.key) + "`: found " + found_text(node) +
                         ", allowed is " + allowed_values(spec)};
}

ConfigProblem problem(const SettingSpec& spec, int line, const std::string& what) {
  return {line, "`" + std::string(spec.key) + "`: " + what};
}

bool is_within(const SettingSpec& spec, uint64_t number) {
  return number >= spec.min && number <= spec.max;
}

Reading read_word(const SettingSpec& spec, const YamlNode& node) {
  for (size_t i = 0; i < spec.words.size(); ++i) {
    if (node.kind == YamlNode::Kind::scalar && node.text == spec.words[i])
      return SettingValue(uint64_t{i});
  }
  return Failure{mismatch(spec, node)};
}

Reading read_text(const SettingSpec& spec, const YamlNode& node) {
  const bool scalar = node.kind == YamlNode::Kind::scalar || node.kind == YamlNode::Kind::null;
  if (!scalar || !is_within(spec, node.text.size())) return Failure{mismatch(spec, node)};
  // A zero byte would cut a path short in the system call.
  if (node.text.find('\0') != std::string::npos) return Failure{mismatch(spec, node)};
  if (spec.accepts != nullptr && !spec.accepts(node.text)) return Failure{mismatch(spec, node)};
  return SettingValue(node.text);
}

Reading read_count(const SettingSpec& spec, const YamlNode& node) {
  if (node.kind != YamlNode::Kind::scalar) return Failure{mismatch(spec, node)};
  const flowtable::OrError<uint64_t> number = parse_count(node.text);
  if (!number.ok() || !is_within(spec, number.value())) return Failure{mismatch(spec, node)};
  return SettingValue(number.value());
}

Reading read_duration(const SettingSpec& spec, const YamlNode& node) {
  if (node.kind != YamlNode::Kind::scalar) return Failure{mismatch(spec, node)};
  const flowtable::OrError<Duration> duration = parse_duration(node.text);
  if (!duration.ok() || !is_within(spec, static_cast<uint64_t>(duration.value().count())))
    return Failure{mismatch(spec, node)};
  return SettingValue(duration.value());
}

struct CpuRange {
  uint64_t first;
  uint64_t last;
};

std::optional<CpuRange> parse_cpu_range(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::scalar) return std::nullopt;
  const size_t dash = node.text.find('-');
  const auto first = parse_count(std::string_view(node.text).substr(0, dash));
  const auto last =
      dash == std::string::npos ? first : parse_count(std::string_view(node.text).substr(dash + 1));
  if (!first.ok() || !last.ok() || first.value() > last.value()) return std::nullopt;
  if (last.value() > kCpuIdMax) return std::nullopt;
  return CpuRange{first.value(), last.value()};
}

Reading read_cpu_list(const SettingSpec& spec, const YamlNode& node) {
  if (node.kind != YamlNode::Kind::sequence) return Failure{mismatch(spec, node)};
  std::vector<uint32_t> cores;
  std::set<uint64_t> seen;
  for (const YamlNode& item : node.items) {
    const std::optional<CpuRange> range = parse_cpu_range(item);
    if (!range.has_value()) return Failure{mismatch(spec, item)};
    for (uint64_t id = range->first; id <= range->last; ++id) {
      if (!seen.insert(id).second)
        return Failure{problem(spec, item.line, "CPU " + std::to_string(id) + " stands twice")};
      cores.push_back(static_cast<uint32_t>(id));
    }
  }
  if (!is_within(spec, cores.size())) return Failure{mismatch(spec, node)};
  return SettingValue(cores);
}

bool is_port_name(std::string_view name) {
  if (name.empty() || name.size() > kPortNameBytesMax) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
}

flowtable::Result<PortSettings, ConfigProblem> read_port(const SettingSpec& spec,
                                                         const YamlNode& node) {
  if (node.kind != YamlNode::Kind::map) return Failure{mismatch(spec, node)};
  PortSettings port;
  for (const auto& [key, value] : node.entries) {
    if (key != "name" && key != "device") {
      constexpr std::string_view kNames[] = {"name", "device"};
      const std::string_view nearest = nearest_name(key, kNames);
      std::string what = "unknown setting `ports[]." + key + "`";
      if (!nearest.empty()) what += "; did you mean `ports[]." + std::string(nearest) + "`?";
      return Failure{ConfigProblem{value.line, what}};
    }
    if (value.kind != YamlNode::Kind::scalar) return Failure{mismatch(spec, value)};
    (key == "name" ? port.name : port.device) = value.text;
  }
  if (!is_port_name(port.name)) {
    return Failure{
        problem(spec, node.line, "each port needs a `name` of 1 to 32 letters, digits, _ - or .")};
  }
  const bool has_control = std::any_of(port.device.begin(), port.device.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (port.device.empty() || port.device.size() > kDeviceBytesMax || has_control) {
    return Failure{problem(spec, node.line,
                           "port `" + port.name +
                               "` needs a `device`: a PCI address such as 0000:03:00.0, or a "
                               "virtual device such as net_af_packet0,iface=eth1")};
  }
  return port;
}

Reading read_port_list(const SettingSpec& spec, const YamlNode& node) {
  if (node.kind == YamlNode::Kind::null) return SettingValue(std::vector<PortSettings>{});
  if (node.kind != YamlNode::Kind::sequence || !is_within(spec, node.items.size()))
    return Failure{mismatch(spec, node)};
  std::vector<PortSettings> ports;
  for (const YamlNode& item : node.items) {
    const flowtable::Result<PortSettings, ConfigProblem> port = read_port(spec, item);
    if (!port.ok()) return Failure{port.error()};
    for (const PortSettings& other : ports) {
      if (other.name == port.value().name)
        return Failure{problem(spec, item.line, "two ports are named `" + other.name + "`")};
      if (other.device == port.value().device)
        return Failure{
            problem(spec, item.line, "two ports have the device `" + other.device + "`")};
    }
    ports.push_back(port.value());
  }
  return SettingValue(ports);
}

Reading read_text_list(const SettingSpec& spec, const YamlNode& node) {
  if (node.kind == YamlNode::Kind::null && spec.min == 0)
    return SettingValue(std::vector<std::string>{});
  if (node.kind != YamlNode::Kind::sequence || !is_within(spec, node.items.size()))
    return Failure{mismatch(spec, node)};
  std::vector<std::string> texts;
  for (const YamlNode& item : node.items) {
    if (item.kind != YamlNode::Kind::scalar) return Failure{mismatch(spec, item)};
    const std::string wrong = spec.problem_of(item.text);
    if (!wrong.empty()) return Failure{problem(spec, item.line, wrong)};
    if (std::find(texts.begin(), texts.end(), item.text) != texts.end())
      return Failure{problem(spec, item.line, found_text(item) + " stands twice")};
    texts.push_back(item.text);
  }
  return SettingValue(texts);
}

std::string join_words(const SettingSpec& spec) {
  std::string out;
  for (size_t i = 0; i < spec.words.size(); ++i) {
    if (i > 0) out += i + 1 == spec.words.size() ? " or " : ", ";
    out += spec.words[i];
  }
  return out;
}

std::string range_text(const SettingSpec& spec) {
  return std::to_string(spec.min) + " to " + std::to_string(spec.max);
}

}  // namespace

Reading read_setting(const SettingSpec& spec, const YamlNode& node) {
  switch (spec.type) {
    case SettingType::word:
      return read_word(spec, node);
    case SettingType::text:
      return read_text(spec, node);
    case SettingType::count:
      return read_count(spec, node);
    case SettingType::duration:
      return read_duration(spec, node);
    case SettingType::cpu_list:
      return read_cpu_list(spec, node);
    case SettingType::port_list:
      return read_port_list(spec, node);
    case SettingType::text_list:
      return read_text_list(spec, node);
  }
  return Failure{mismatch(spec, node)};
}

std::string write_setting(const SettingSpec& spec, const SettingValue& value) {
  switch (spec.type) {
    case SettingType::word:
      return std::string(spec.words[std::get<uint64_t>(value)]);
    case SettingType::text:
      return yaml_scalar(std::get<std::string>(value));
    case SettingType::count:
      return std::to_string(std::get<uint64_t>(value));
    case SettingType::duration:
      return format_duration(std::get<Duration>(value));
    case SettingType::cpu_list:
    case SettingType::port_list:
    case SettingType::text_list:
      break;
  }
  std::string out = "[";
  const auto add = [&out](const std::string& item) {
    if (out.size() > 1) out += ", ";
    out += item;
  };
  if (spec.type == SettingType::cpu_list) {
    for (const uint32_t id : std::get<std::vector<uint32_t>>(value))
      add(std::to_string(id));
  } else if (spec.type == SettingType::text_list) {
    for (const std::string& text : std::get<std::vector<std::string>>(value))
      add(yaml_scalar(text));
  } else {
    for (const PortSettings& port : std::get<std::vector<PortSettings>>(value))
      add("{name: " + yaml_scalar(port.name) + ", device: " + yaml_scalar(port.device) + "}");
  }
  return out + "]";
}

std::string allowed_values(const SettingSpec& spec) {
  switch (spec.type) {
    case SettingType::word:
      return join_words(spec);
    case SettingType::text:
      return (spec.allowed.empty() ? "text" : std::string(spec.allowed)) + " (" +
             (spec.min == 0 ? "at most " + std::to_string(spec.max) : range_text(spec)) + " bytes)";
    case SettingType::count:
      return "a whole number " + (spec.unit.empty() ? "" : "of " + std::string(spec.unit) + " ") +
             "from " + range_text(spec);
    case SettingType::duration:
      return "a duration with its unit (ms, s, m, h, d) from " +
             format_duration(Duration(static_cast<Duration::rep>(spec.min))) + " to " +
             format_duration(Duration(static_cast<Duration::rep>(spec.max)));
    case SettingType::cpu_list:
      return "a list of " + range_text(spec) + " CPU ids, such as [0, 2-5]";
    case SettingType::port_list:
      return "a list of at most " + std::to_string(spec.max) +
             " ports, such as [{name: mirror0, device: 0000:03:00.0}]";
    case SettingType::text_list:
      return "a list of at most " + std::to_string(spec.max) + " " + std::string(spec.unit) +
             ", such as " + std::string(spec.example);
  }
  return "";
}

}  // namespace control
