// SPDX-License-Identifier: Apache-2.0
// The messages inside the frames.
//
// After connect, the server speaks first: its hello, or an error and the end of the connection. The
// client then sends its own hello and any number of requests, one after the other:
//   {"hello":"tapseal","protocol":1,"version":"0.1.0","pid":4711}
//   {"command":"flows","arguments":{"limit":10}}
// Each request is answered by any number of {"fields":{…}} and {"rows":[{…},…]} and one last
// {"end":true} or {"error":{"code":"bad_argument","message":"…"}}.
//
// The reply to a command that watches goes on as long as there is something to see: the client ends
// it by closing the connection, and sends nothing meanwhile. Where it reads too slowly rows are
// left out, and {"fields":{"missed":12}} stands in their place.
#pragma once

#include "control/ipc/error_code.hpp"
#include "flowtable/base/result.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace control {

// Keeps the order of keys, so that rows print as their columns are declared.
using Json = nlohmann::ordered_json;

inline constexpr int kProtocol = 1;

struct Hello {
  int64_t protocol = kProtocol;
  std::string version;  // of the program
  int64_t pid = 0;      // of the daemon; 0 from a client
};

// JSON text of one line. Bytes that are not UTF-8 become U+FFFD: what a certificate holds must not
// stop an answer.
[[nodiscard]] std::string to_text(const Json& json);

// Reads JSON of at most 16 levels and 4096 values: more is no message of ours, and a reader without
// bounds would be slow on purpose-made input. Error: why not.
[[nodiscard]] flowtable::OrError<Json> parse_request_json(std::string_view text);
// The same without the bound on values, for the client, which trusts its daemon to mean well.
[[nodiscard]] flowtable::OrError<Json> parse_reply_json(std::string_view text);

[[nodiscard]] std::string hello_text(const Hello& hello);
[[nodiscard]] flowtable::OrError<Hello> parse_hello(const Json& message);

[[nodiscard]] std::string request_text(std::string_view command, const Json& arguments);
struct RawRequest {
  std::string command;
  Json arguments;  // an object
};
[[nodiscard]] flowtable::OrError<RawRequest> parse_request(std::string_view text);

[[nodiscard]] std::string error_text(const CallError& error);
// The error in a message that has one.
[[nodiscard]] CallError parse_error(const Json& message);

}  // namespace control
