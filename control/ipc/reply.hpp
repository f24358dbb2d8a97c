// SPDX-License-Identifier: Apache-2.0
// What a command handler answers with.
#pragma once

#include "control/ipc/command_table.hpp"
#include "control/ipc/error_code.hpp"
#include "control/ipc/message.hpp"
#include "control/ipc/subscription.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace control {

// Turns rows and fields into frames as they come. Used by one handler, on the server's thread.
// What it writes waits in the connection's buffer until the caller has read it, so a reply has a
// limit; beyond it rows are dropped and the reply ends with the error too_large.
class Reply {
 public:
  // Appends to `out`; at most `bytes_max` bytes of it.
  Reply(const CommandSpec& command, std::string& out, size_t bytes_max);

  // One row: an object whose keys are columns of the command; absent columns are null. False where
  // the reply is full or has failed: the handler may stop.
  bool row(const Json& row);
  // One of the command's fields.
  void field(std::string_view name, const Json& value);
  // Ends the reply with an error; what was written before stays. The first one counts.
  void fail(ErrorCode code, std::string message);

  // The reply does not end with the handler: rows go on coming through `subscription`.
  void follow(std::shared_ptr<Subscription> subscription) {
    subscription_ = std::move(subscription);
  }
  // Null where the reply ends with the handler, or has failed.
  [[nodiscard]] std::shared_ptr<Subscription> subscription() const noexcept {
    return failed_ ? nullptr : subscription_;
  }

  // Writes what is left and, but where rows go on coming, the last frame. Called once, by the
  // server.
  void finish();

  [[nodiscard]] bool failed() const noexcept { return failed_; }

 private:
  void flush_rows();
  bool fits(size_t num_bytes);

  const CommandSpec& command_;
  std::string& out_;
  size_t out_bytes_max_;
  std::string rows_;  // JSON texts, comma separated
  bool failed_ = false;
  CallError error_;
  std::shared_ptr<Subscription> subscription_;
};

}  // namespace control
