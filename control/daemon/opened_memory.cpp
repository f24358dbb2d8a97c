// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/opened_memory.hpp"

#include "control/config/settings_loader.hpp"
#include "control/ipc/client.hpp"
#include "control/ipc/version.hpp"

#include <unistd.h>

namespace control {
namespace {

using flowtable::Failure;
using flowtable::Result;

Failure<CallError> failed(ErrorCode code, std::string message) {
  return Failure{CallError{code, std::move(message)}};
}

// What the daemon says of its memory.
class Told final : public ReplyReceiver {
 public:
  void row(const Json&) override {}
  void field(const std::string& name, const Json& value) override { fields[name] = value; }
  [[nodiscard]] std::string text(const char* name) const {
    return fields.contains(name) && fields[name].is_string() ? fields[name].get<std::string>() : "";
  }
  [[nodiscard]] std::chrono::seconds seconds(const char* name) const {
    const bool there = fields.contains(name) && fields[name].is_number_integer();
    return std::chrono::seconds(there ? fields[name].get<int64_t>() : 0);
  }
  Json fields = Json::object();
};

Result<LoadedSettings, CallError> settings_of(const MemoryPlace& place) {
  SettingsSources sources{place.config, place.settings, Environment::of_process()};
  for (const std::string& usual : config_file_places(sources.environment)) {
    if (!sources.file.empty()) break;
    if (access(usual.c_str(), F_OK) == 0) sources.file = usual;
  }
  auto loaded = load_settings(sources);
  if (!loaded) return failed(ErrorCode::bad_argument, loaded.error().text());
  return std::move(loaded).value();
}

}  // namespace

Result<OpenedMemory, CallError> OpenedMemory::open(const MemoryPlace& place) {
  OpenedMemory memory;
  // A socket that was named is asked first: the daemon knows its settings better than we do.
  if (!place.socket.empty()) {
    const auto asked = memory.ask_daemon(place.socket);
    if (!asked) return Failure{asked.error()};
    if (asked.value()) return memory;
  }
  const auto loaded = settings_of(place);
  if (!loaded) return Failure{loaded.error()};
  const Settings& settings = loaded.value().settings;
  if (place.socket.empty()) {
    const auto asked = memory.ask_daemon(settings.run.socket);
    if (!asked) return Failure{asked.error()};
    if (asked.value()) return memory;
  }
  if (auto opened = memory.by_settings(settings); !opened) return Failure{opened.error()};
  return memory;
}

// False where no daemon answers.
Result<bool, CallError> OpenedMemory::ask_daemon(const std::string& socket) {
  auto client = Client::connect(socket, {.version = std::string(program_version())});
  if (!client && client.error().code == ErrorCode::unreachable) return false;
  if (!client) return Failure{client.error()};
  Told told;
  const auto called = client.value().call("db", Json::object(), told);
  if (!called) return Failure{called.error()};
  address_.url = told.text("url");
  address_.socket_dir = told.text("socket_dir");
  keep_sessions_ = told.seconds("keep_sessions");
  keep_links_ = told.seconds("keep_links");
  in_use_ = true;
  return true;
}

Result<void, CallError> OpenedMemory::by_settings(const Settings& settings) {
  keep_sessions_ = std::chrono::ceil<std::chrono::seconds>(settings.storage.keep_sessions);
  keep_links_ = std::chrono::ceil<std::chrono::seconds>(settings.storage.keep_links);
  if (settings.storage.database == "none")
    return failed(ErrorCode::unavailable, "there is no memory: storage.database is none");
  if (settings.storage.database != "embedded") {
    address_.url = settings.storage.database;
    return {};
  }
  // Nobody asked for a new one.
  if (access((settings.run.state_dir + "/pg").c_str(), F_OK) != 0) {
    return failed(ErrorCode::unavailable, settings.run.state_dir +
                                              ": there is no memory yet; `tapseal up` makes it, "
                                              "and --config or --set name another place");
  }
  EmbeddedCluster::Options options;
  options.state_dir = settings.run.state_dir;
  cluster_ = std::make_unique<EmbeddedCluster>(std::move(options));
  if (auto started = cluster_->start(); !started)
    return failed(ErrorCode::failed, started.error().message);
  address_ = cluster_->address();
  return {};
}

}  // namespace control
