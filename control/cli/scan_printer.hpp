// SPDX-License-Identifier: Apache-2.0
// A scan on a terminal: what it finds as it comes, and one line that says how far it is.
#pragma once

#include "control/cli/reply_printer.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace control {

// Findings go to standard output, in columns or as the daemon's own lines of JSON. Progress goes to
// standard error: rewritten in place on a terminal, else a line every ten seconds. With JSON there
// is none: the last line is the scan itself.
class ScanPrinter final : public ReplyReceiver {
 public:
  ScanPrinter(const CommandSpec& command, OutputFormat format);
  ~ScanPrinter() override;

  void row(const Json& row) override;
  void field(const std::string& name, const Json& value) override;
  void pause() override;

  // Of the scan, as soon as the daemon has told it; 0: nothing was begun.
  [[nodiscard]] int64_t scan() const noexcept { return scan_; }
  // "finished", "paused", …: as last heard.
  [[nodiscard]] const std::string& state() const noexcept { return state_; }
  // Prints what was kept, and the balance. False where standard output does not take it.
  [[nodiscard]] bool finish();

 private:
  void begin_rows();
  void show_progress(const Json& progress);
  void clear_progress();

  const CommandSpec& command_;
  OutputFormat format_;
  bool on_terminal_;
  std::vector<std::pair<std::string, Json>> fields_;
  Json progress_;
  bool began_ = false;
  bool progress_shown_ = false;
  std::chrono::steady_clock::time_point next_progress_{};
  int64_t scan_ = 0;
  std::string state_;
};

// "sent 12300 (1000/s)  open 3  TLS 2  certificates 2  lost 0.0 %  left 1m20s"
[[nodiscard]] std::string progress_text(const Json& progress);

}  // namespace control
