// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/log.hpp"

#include "control/export/json_line.hpp"
#include "control/export/text_format.hpp"

#include <unistd.h>

#include <chrono>
#include <string>

namespace control {

void log_line(std::string_view part, std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == ' '))
    line.remove_suffix(1);
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  std::string text = text_of_seconds(now.time_since_epoch().count());
  text += ' ';
  text += part;
  text += ": ";
  text += text_of_bytes(line);
  text += '\n';
  // One write per line: lines of several threads do not mix. Where the log cannot be written there
  // is nobody left to tell.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace control
