// SPDX-License-Identifier: Apache-2.0
#include "control/ipc/command_check.hpp"

#include "flowtable/base/check.hpp"

#include <algorithm>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;

constexpr size_t kTextBytesMax = 4096;
constexpr size_t kListMax = 256;
constexpr size_t kDocumentBytesMax = size_t{4} << 20;

bool is_acceptable_text(const Json& value) {
  if (!value.is_string()) return false;
  const auto& text = value.get_ref<const std::string&>();
  return text.size() <= kTextBytesMax && std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
         });
}

bool is_acceptable_document(const Json& value) {
  return value.is_string() && value.get_ref<const std::string&>().size() <= kDocumentBytesMax;
}

bool is_within(const ArgumentSpec& spec, const Json& value) {
  if (!value.is_number_integer()) return false;
  if (value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(spec.max))
    return false;
  const auto number = value.get<int64_t>();
  return number >= spec.min && number <= spec.max;
}

bool is_acceptable_list(const Json& value) {
  return value.is_array() && value.size() <= kListMax &&
         std::all_of(value.begin(), value.end(), is_acceptable_text);
}

bool is_acceptable(const ArgumentSpec& spec, const Json& value) {
  if (spec.repeated || is_list(spec.arity)) return is_acceptable_list(value);
  switch (spec.type) {
    case ArgumentType::text:
    case ArgumentType::path:
    case ArgumentType::command:
    case ArgumentType::filter:
    case ArgumentType::query:
      return is_acceptable_text(value);
    case ArgumentType::document:
      return is_acceptable_document(value);
    case ArgumentType::word:
      return value.is_string() &&
             std::find(spec.words.begin(), spec.words.end(), value.get_ref<const std::string&>()) !=
                 spec.words.end();
    case ArgumentType::count:
    case ArgumentType::duration:
      return is_within(spec, value);
    case ArgumentType::flag:
      return value.is_boolean();
  }
  return false;
}

std::string range_text(const ArgumentSpec& spec) {
  return std::to_string(spec.min) + " to " + std::to_string(spec.max);
}

std::string allowed_text(const ArgumentSpec& spec) {
  switch (spec.type) {
    case ArgumentType::count:
      return "a whole number from " + range_text(spec);
    case ArgumentType::duration:
      return "a whole number of seconds from " + range_text(spec);
    case ArgumentType::flag:
      return "true or false";
    case ArgumentType::word: {
      std::string out = "one of";
      for (const std::string_view word : spec.words)
        out += " " + std::string(word);
      return out;
    }
    case ArgumentType::document:
      return "text of at most 4 MiB";
    case ArgumentType::text:
    case ArgumentType::path:
    case ArgumentType::command:
    case ArgumentType::filter:
    case ArgumentType::query:
      break;
  }
  return "text of at most 4096 bytes without control characters";
}

bool is_given(const Json& arguments, std::string_view name) {
  return arguments.find(std::string(name)) != arguments.end();
}

const ArgumentSpec* find_remote(const CommandSpec& command, std::string_view name) {
  const ArgumentSpec* const spec = find_argument(command, name);
  return spec == nullptr || spec->local ? nullptr : spec;
}

// The declared argument of that name and one of those types; anything else is a bug of the caller.
const ArgumentSpec& declared(const CommandSpec& command, std::string_view name) {
  const ArgumentSpec* const spec = find_argument(command, name);
  CHECK(spec != nullptr);
  return *spec;
}

}  // namespace

std::optional<std::string> Request::text(std::string_view name) const {
  const ArgumentType type = declared(*command_, name).type;
  CHECK(type == ArgumentType::text || type == ArgumentType::path || type == ArgumentType::word ||
        type == ArgumentType::document);
  const auto found = arguments_.find(std::string(name));
  if (found == arguments_.end()) return std::nullopt;
  return found->get<std::string>();
}

std::optional<int64_t> Request::number(std::string_view name) const {
  const ArgumentType type = declared(*command_, name).type;
  CHECK(type == ArgumentType::count || type == ArgumentType::duration);
  const auto found = arguments_.find(std::string(name));
  if (found == arguments_.end()) return std::nullopt;
  return found->get<int64_t>();
}

std::vector<std::string> Request::texts(std::string_view name) const {
  const ArgumentSpec& spec = declared(*command_, name);
  CHECK(spec.repeated || is_list(spec.arity));
  const auto found = arguments_.find(std::string(name));
  if (found == arguments_.end()) return {};
  return found->get<std::vector<std::string>>();
}

bool Request::flag(std::string_view name) const {
  CHECK(declared(*command_, name).type == ArgumentType::flag);
  const auto found = arguments_.find(std::string(name));
  return found != arguments_.end() && found->get<bool>();
}

OrError<Request> check_request(const CommandSpec& command, Json arguments) {
  const std::string prefix = "`" + std::string(command.name) + "`: ";
  for (const auto& [name, value] : arguments.items()) {
    const ArgumentSpec* const spec = find_remote(command, name);
    if (spec == nullptr)
      return Failure{Error{prefix + "unknown argument `" + name.substr(0, 64) + "`"}};
    if (!is_acceptable(*spec, value))
      return Failure{Error{prefix + "argument `" + name + "`: allowed is " + allowed_text(*spec)}};
  }
  for (const ArgumentSpec& spec : command.arguments) {
    if (spec.local || is_given(arguments, spec.name)) continue;
    if (spec.arity == Arity::required)
      return Failure{Error{prefix + "argument `" + std::string(spec.name) + "` is missing"}};
    if (spec.default_number >= 0) arguments[std::string(spec.name)] = spec.default_number;
  }
  return Request(command, std::move(arguments));
}

}  // namespace control
