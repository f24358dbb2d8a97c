// SPDX-License-Identifier: Apache-2.0
#include "control/ipc/message.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;

constexpr int kDepthMax = 16;
constexpr size_t kRequestValuesMax = 4096;

constexpr std::array<std::string_view, static_cast<size_t>(ErrorCode::count_)> kErrorNames{
    "bad_request",   "unknown_command", "bad_argument",
    "not_permitted", "unavailable",     "too_large",
    "busy",          "failed",          "protocol_mismatch",
    "unreachable",   "connection_lost", "interrupted"};

OrError<Json> parse_bounded(std::string_view text, size_t values_max) {
  size_t num_values = 0;
  bool too_much = false;
  const auto callback = [&](int depth, Json::parse_event_t event, Json&) {
    if (event == Json::parse_event_t::value || event == Json::parse_event_t::key) ++num_values;
    too_much = too_much || depth > kDepthMax || num_values > values_max;
    return !too_much;  // What comes after is discarded while it is read.
  };
  constexpr bool kExceptions = false;
  Json json = Json::parse(text.begin(), text.end(), callback, kExceptions);
  if (too_much) return Failure{Error{"the message is nested too deep or holds too many values"}};
  if (json.is_discarded()) return Failure{Error{"the message is not JSON"}};
  return json;
}

// The string under `key`, or nothing.
std::string text_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// The whole number under `key`; -1 where there is none or it is larger than 63 bits.
int64_t number_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return -1;
  if (found->is_number_unsigned()) {
    const auto number = found->get<uint64_t>();
    const auto max = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
    return number > max ? -1 : static_cast<int64_t>(number);
  }
  return found->get<int64_t>();
}

}  // namespace

std::string_view name_of(ErrorCode code) noexcept {
  return kErrorNames[static_cast<size_t>(code)];
}

std::optional<ErrorCode> error_code_named(std::string_view name) noexcept {
  const auto found = std::find(kErrorNames.begin(), kErrorNames.end(), name);
  if (found == kErrorNames.end()) return std::nullopt;
  return static_cast<ErrorCode>(found - kErrorNames.begin());
}

std::string to_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

OrError<Json> parse_request_json(std::string_view text) {
  return parse_bounded(text, kRequestValuesMax);
}

OrError<Json> parse_reply_json(std::string_view text) {
  return parse_bounded(text, std::numeric_limits<size_t>::max());
}

std::string hello_text(const Hello& hello) {
  Json json;
  json["hello"] = "tapseal";
  json["protocol"] = hello.protocol;
  json["version"] = hello.version;
  if (hello.pid != 0) json["pid"] = hello.pid;
  return to_text(json);
}

OrError<Hello> parse_hello(const Json& message) {
  if (!message.is_object() || text_at(message, "hello") != "tapseal")
    return Failure{Error{"the first message is not a tapseal hello"}};
  Hello hello;
  hello.protocol = number_at(message, "protocol");
  hello.version = text_at(message, "version");
  hello.pid = std::max<int64_t>(0, number_at(message, "pid"));
  if (hello.protocol < 0) return Failure{Error{"the hello names no protocol version"}};
  return hello;
}

std::string request_text(std::string_view command, const Json& arguments) {
  Json json;
  json["command"] = command;
  json["arguments"] = arguments.is_null() ? Json::object() : arguments;
  return to_text(json);
}

OrError<RawRequest> parse_request(std::string_view text) {
  OrError<Json> parsed = parse_request_json(text);
  if (!parsed.ok()) return Failure{parsed.error()};
  Json& message = parsed.value();
  if (!message.is_object()) return Failure{Error{"a request is a JSON object"}};
  RawRequest request{text_at(message, "command"), Json::object()};
  if (request.command.empty()) return Failure{Error{"the request names no `command`"}};
  const auto arguments = message.find("arguments");
  if (arguments != message.end()) request.arguments = std::move(*arguments);
  if (!request.arguments.is_object()) return Failure{Error{"`arguments` is not a JSON object"}};
  return request;
}

std::string error_text(const CallError& error) {
  Json json;
  json["error"]["code"] = name_of(error.code);
  json["error"]["message"] = error.message;
  return to_text(json);
}

CallError parse_error(const Json& message) {
  CallError error{ErrorCode::failed, "the daemon gave no reason"};
  const auto found = message.find("error");
  if (found == message.end() || !found->is_object()) return error;
  error.code = error_code_named(text_at(*found, "code")).value_or(ErrorCode::failed);
  const std::string text = text_at(*found, "message");
  if (!text.empty()) error.message = text;
  return error;
}

}  // namespace control
