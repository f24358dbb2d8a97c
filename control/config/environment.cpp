// SPDX-License-Identifier: Apache-2.0
#include "control/config/environment.hpp"

#include <unistd.h>

#include <array>
#include <cstdlib>

namespace control {
namespace {

std::string absolute_path_in(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && value[0] == '/' ? std::string(value) : std::string();
}

// A directory that systemd made for us: by the unit's StateDirectory=tapseal and the like.
std::string service_directory_in(const char* variable) {
  const std::string path = absolute_path_in(variable);
  return path.ends_with("/tapseal") && path.find(':') == std::string::npos ? path : "";
}

}  // namespace

Environment Environment::of_process() {
  Environment environment;
  environment.root = geteuid() == 0;
  environment.home = absolute_path_in("HOME");
  environment.xdg_state_home = absolute_path_in("XDG_STATE_HOME");
  environment.xdg_runtime_dir = absolute_path_in("XDG_RUNTIME_DIR");
  environment.xdg_config_home = absolute_path_in("XDG_CONFIG_HOME");
  environment.service_state_directory = service_directory_in("STATE_DIRECTORY");
  environment.service_runtime_directory = service_directory_in("RUNTIME_DIRECTORY");
  std::array<char, 256> name{};
  // The last byte stays zero whatever the call does with a name that is too long.
  if (gethostname(name.data(), name.size() - 1) == 0) environment.host_name = name.data();
  return environment;
}

std::string default_state_dir(const Environment& environment) {
  if (!environment.service_state_directory.empty()) return environment.service_state_directory;
  if (environment.root) return "/var/lib/tapseal";
  if (!environment.xdg_state_home.empty()) return environment.xdg_state_home + "/tapseal";
  return environment.home + "/.local/state/tapseal";
}

std::string default_socket(const Environment& environment) {
  if (!environment.service_runtime_directory.empty())
    return environment.service_runtime_directory + "/control.sock";
  if (environment.root) return machine_socket();
  if (!environment.xdg_runtime_dir.empty())
    return environment.xdg_runtime_dir + "/tapseal/control.sock";
  return default_state_dir(environment) + "/control.sock";
}

std::string machine_socket() {
  return "/run/tapseal/control.sock";
}

std::string default_sensor(const Environment& environment) {
  return environment.host_name.empty() ? "localhost" : environment.host_name;
}

std::vector<std::string> config_file_places(const Environment& environment) {
  std::vector<std::string> places;
  // Root reads only what root owns: its home may be a user's under sudo.
  if (!environment.root) {
    if (!environment.xdg_config_home.empty())
      places.push_back(environment.xdg_config_home + "/tapseal/tapseal.yaml");
    else if (!environment.home.empty())
      places.push_back(environment.home + "/.config/tapseal/tapseal.yaml");
  }
  places.push_back("/etc/tapseal/tapseal.yaml");
  return places;
}

}  // namespace control
