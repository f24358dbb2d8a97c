// SPDX-License-Identifier: Apache-2.0
// Any bytes on the control socket: frames, then hello, request and the check of its arguments. The
// first byte chooses into what pieces the stream is cut; the outcome must not depend on it.
#include "control/ipc/command_check.hpp"
#include "control/ipc/frame.hpp"
#include "flowtable/base/check.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace {

std::vector<std::string> frames_of(std::string_view stream, size_t piece) {
  control::FrameReader reader(control::kRequestFrameBytesMax);
  std::vector<std::string> frames;
  std::string payload;
  while (!stream.empty()) {
    reader.feed(stream.substr(0, piece));
    stream.remove_prefix(std::min(piece, stream.size()));
    auto next = reader.next(payload);
    for (; next == control::FrameReader::Next::frame; next = reader.next(payload))
      frames.push_back(payload);
    if (next == control::FrameReader::Next::bad_length) break;
    CHECK(reader.num_buffered_bytes() <= control::kRequestFrameBytesMax + piece);
  }
  return frames;
}

void read_frame(const std::string& payload) {
  const auto message = control::parse_request_json(payload);
  if (message.ok()) {
    static_cast<void>(control::parse_hello(message.value()));
    if (message.value().is_object()) static_cast<void>(control::parse_error(message.value()));
  }
  static_cast<void>(control::parse_reply_json(payload));
  auto request = control::parse_request(payload);
  if (!request.ok()) return;
  const control::CommandSpec* const command = control::find_command(request.value().command);
  if (command == nullptr) return;
  const auto checked = control::check_request(*command, std::move(request.value().arguments));
  if (!checked.ok()) return;
  // What was accepted is sent the same way again, and accepted again.
  const std::string text = control::request_text(command->name, checked.value().arguments());
  auto again = control::parse_request(text);
  CHECK(again.ok());
  CHECK(control::check_request(*command, std::move(again.value().arguments)).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::vector<std::string> frames = frames_of(stream, size_t{1} + data[0]);
  CHECK(frames == frames_of(stream, size));
  for (const std::string& payload : frames)
    read_frame(payload);
  // Most inputs are no frames; the texts inside are worth reading all the same.
  read_frame(std::string(stream));
  return 0;
}
