// SPDX-License-Identifier: Apache-2.0
#include "control/ipc/reply.hpp"

#include "control/ipc/frame.hpp"
#include "flowtable/base/check.hpp"

namespace control {
namespace {

// Rows are sent together until they reach this size: one frame per row would cost more than rows.
constexpr size_t kRowsFrameBytes = size_t{64} << 10;
constexpr std::string_view kRowsStart = R"({"rows":[)";
constexpr std::string_view kRowsEnd = "]}";
// Room that is kept for the last frame, whatever came before.
constexpr size_t kEndBytes = 8192;

}  // namespace

Reply::Reply(const CommandSpec& command, std::string& out, size_t bytes_max)
    : command_(command), out_(out), out_bytes_max_(out.size() + bytes_max) {}

bool Reply::fits(size_t num_bytes) {
  const size_t framed = num_bytes + kFrameHeaderBytes;
  if (num_bytes <= kReplyFrameBytesMax && out_.size() + framed + kEndBytes <= out_bytes_max_)
    return true;
  fail(ErrorCode::too_large, "the answer is too large; ask for fewer rows");
  return false;
}

bool Reply::row(const Json& row) {
  if (failed_) return false;
  for (const auto& [key, value] : row.items())
    DCHECK(find_column(command_.columns, key) != nullptr);
  const std::string text = to_text(row);
  if (!fits(rows_.size() + text.size() + kRowsStart.size() + kRowsEnd.size() + 1)) return false;
  if (!rows_.empty()) rows_ += ',';
  rows_ += text;
  if (rows_.size() >= kRowsFrameBytes) flush_rows();
  return true;
}

void Reply::field(std::string_view name, const Json& value) {
  CHECK(find_column(command_.fields, name) != nullptr);
  if (failed_) return;
  flush_rows();
  Json message;
  message["fields"][std::string(name)] = value;
  const std::string text = to_text(message);
  if (fits(text.size())) append_frame(out_, text);
}

void Reply::fail(ErrorCode code, std::string message) {
  if (failed_) return;
  flush_rows();
  constexpr size_t kMessageBytesMax = 4096;
  if (message.size() > kMessageBytesMax) message.resize(kMessageBytesMax);
  failed_ = true;
  error_ = {code, std::move(message)};
}

void Reply::flush_rows() {
  if (rows_.empty()) return;
  append_frame(out_, std::string(kRowsStart) + rows_ + std::string(kRowsEnd));
  rows_.clear();
}

void Reply::finish() {
  flush_rows();
  if (subscription() != nullptr) return;
  append_frame(out_, failed_ ? error_text(error_) : R"({"end":true})");
}

}  // namespace control
