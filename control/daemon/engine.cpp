// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/engine.hpp"

#include "control/daemon/log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <utility>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;

}  // namespace

OrError<std::unique_ptr<Engine>> Engine::start(LoadedSettings settings,
                                               std::function<void()> wake_server) {
  std::unique_ptr<Engine> engine(new Engine(std::move(settings)));
  // A slip in a device's name should not cost making a database.
  if (OrError<void> ports = Tap::check_ports(engine->settings()); !ports) {
    return Failure{ports.error()};
  }
  if (OrError<void> held = engine->hold_state_dir(); !held) return Failure{held.error()};
  auto memory = Memory::open(engine->settings());
  if (!memory) return Failure{memory.error()};
  engine->memory_ = std::move(memory).value();
  auto json = engine->open_json();
  if (!json) return Failure{json.error()};
  engine->watchers_ = std::make_unique<Watchers>(engine->settings().run.sensor, wake_server);
  engine->sink_ = std::make_unique<LiveSink>(std::move(json).value(), engine->memory_->writer(),
                                             engine->watchers_.get());
  auto tap = Tap::open(engine->settings(), *engine->sink_);
  if (!tap) return Failure{tap.error()};
  engine->tap_ = std::move(tap).value();
  if (engine->settings().ports.empty()) {
    log_line("dataplane", "no ports are configured: nothing will be seen until `ports` names some");
  }
  auto scanner = Scanner::open({.loaded = engine->settings_,
                                .tap = *engine->tap_,
                                .memory = *engine->memory_,
                                .sink = *engine->sink_,
                                .wake_server = wake_server});
  if (!scanner) return Failure{scanner.error()};
  engine->scanner_ = std::move(scanner).value();
  if (OrError<void> started = engine->tap_->start(); !started) return Failure{started.error()};
  engine->scanner_->start();
  return engine;
}

OrError<void> Engine::hold_state_dir() {
  const std::string& directory = settings().run.state_dir;
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    return Failure{Error{"run.state_dir: " + directory + " cannot be made: " + error.message() +
                         "; name a directory that this user may write"}};
  }
  auto held = PidFile::hold(directory + "/tapseald.pid");
  if (!held) return Failure{held.error()};
  pid_file_.emplace(std::move(held).value());
  return {};
}

OrError<std::unique_ptr<LineSink>> Engine::open_json() {
  const std::string& path = settings().output.json;
  if (path.empty()) return std::unique_ptr<LineSink>();
  constexpr mode_t kOwnerAndGroup = 0640;
  json_descriptor_ =
      path == "-" ? dup(STDOUT_FILENO)
                  : ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK,
                           kOwnerAndGroup);
  if (json_descriptor_ < 0) {
    return Failure{Error{"output.json: " + path + " cannot be opened: " + std::strerror(errno) +
                         "; name a file that this user may write"}};
  }
  auto lines = std::make_unique<LineSink>(json_descriptor_, settings().run.sensor);
  // A reader that sleeps must hold up neither the database nor the shutdown. A file has none.
  struct stat status {};
  const bool is_file = fstat(json_descriptor_, &status) == 0 && S_ISREG(status.st_mode);
  if (!is_file) lines->set_patience(std::chrono::seconds(2));
  return lines;
}

void Engine::drain() {
  if (scanner_) scanner_->drain();
  if (tap_) tap_->drain();
  if (memory_) memory_->drain();
}

Engine::~Engine() {
  drain();
  scanner_.reset();
  tap_.reset();
  sink_.reset();
  if (json_descriptor_ >= 0) close(json_descriptor_);
}

}  // namespace control
