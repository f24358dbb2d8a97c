// SPDX-License-Identifier: Apache-2.0
// What some defaults depend on.
#pragma once

#include <string>
#include <vector>

namespace control {

// Who runs the program, and where. A value, so that tests choose it.
struct Environment {
  bool root = false;
  std::string home;             // $HOME
  std::string xdg_state_home;   // $XDG_STATE_HOME
  std::string xdg_runtime_dir;  // $XDG_RUNTIME_DIR
  std::string xdg_config_home;  // $XDG_CONFIG_HOME
  std::string host_name;
  // $STATE_DIRECTORY and $RUNTIME_DIRECTORY where systemd made them for tapseald.service (and not
  // for some other service that happens to call us).
  std::string service_state_directory{};
  std::string service_runtime_directory{};

  // Of this process. Relative paths in the variables are ignored, as the XDG base directory
  // specification asks.
  [[nodiscard]] static Environment of_process();
};

// Defaults of run.state_dir, run.socket and run.sensor.
[[nodiscard]] std::string default_state_dir(const Environment& environment);
[[nodiscard]] std::string default_socket(const Environment& environment);
[[nodiscard]] std::string default_sensor(const Environment& environment);

// Where the daemon of the whole machine answers by default: as root, and as a systemd service.
[[nodiscard]] std::string machine_socket();

// Where a configuration file is looked for when nobody names one, best first.
[[nodiscard]] std::vector<std::string> config_file_places(const Environment& environment);

}  // namespace control
