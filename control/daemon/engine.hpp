// SPDX-License-Identifier: Apache-2.0
// The daemon's parts and their order.
#pragma once

#include "control/config/settings_loader.hpp"
#include "control/daemon/live_sink.hpp"
#include "control/daemon/memory.hpp"
#include "control/daemon/scanner.hpp"
#include "control/daemon/tap.hpp"
#include "control/ipc/pid_file.hpp"
#include "flowtable/base/result.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace control {

// The composition root. Start order: state directory, memory, sinks, EAL, ports, cores, pipeline,
// scanner. Drain order: scanner, cores (ports are polled no more, flows end), pipeline, writer,
// database, EAL. Owner: the main thread.
class Engine {
 public:
  // An error is one line with its mend. Nothing is left running then. `wake_server` is called, from
  // any thread, when there is something to fetch for who watches.
  [[nodiscard]] static flowtable::OrError<std::unique_ptr<Engine>> start(
      LoadedSettings settings, std::function<void()> wake_server);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Everything seen is written when it returns. Once.
  void drain();

  [[nodiscard]] const LoadedSettings& loaded() const noexcept { return settings_; }
  [[nodiscard]] const Settings& settings() const noexcept { return settings_.settings; }
  [[nodiscard]] Memory& memory() noexcept { return *memory_; }
  [[nodiscard]] LiveSink& sink() noexcept { return *sink_; }
  [[nodiscard]] Tap& tap() noexcept { return *tap_; }
  [[nodiscard]] Scanner& scanner() noexcept { return *scanner_; }
  [[nodiscard]] Watchers& watchers() noexcept { return *watchers_; }

 private:
  explicit Engine(LoadedSettings settings) : settings_(std::move(settings)) {}
  [[nodiscard]] flowtable::OrError<void> hold_state_dir();
  [[nodiscard]] flowtable::OrError<std::unique_ptr<LineSink>> open_json();

  LoadedSettings settings_;
  std::optional<PidFile> pid_file_;
  int json_descriptor_ = -1;
  std::unique_ptr<Memory> memory_;
  std::unique_ptr<Watchers> watchers_;
  std::unique_ptr<LiveSink> sink_;
  std::unique_ptr<Tap> tap_;
  std::unique_ptr<Scanner> scanner_;
};

}  // namespace control
