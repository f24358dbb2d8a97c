// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/serve_mode.hpp"

#include "control/cli/exit_code.hpp"
#include "control/daemon/commands.hpp"
#include "control/daemon/engine.hpp"
#include "control/daemon/ledger.hpp"
#include "control/daemon/log.hpp"
#include "control/ipc/server.hpp"
#include "control/ipc/service_notify.hpp"
#include "control/ipc/unique_fd.hpp"
#include "control/ipc/version.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <thread>
#include <utility>

namespace control {
namespace {

int fail(const flowtable::Error& error) {
  log_line("tapseald", error.message);
  return static_cast<int>(ExitCode::failed);
}

// Signals become events of the server's loop. Blocked before any other thread exists, so that no
// thread is interrupted by them.
UniqueFd catch_signals() {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGTERM);
  sigaddset(&wanted, SIGINT);
  sigaddset(&wanted, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return UniqueFd(signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
}

void on_signal(int descriptor, Server& server) {
  signalfd_siginfo signal{};
  while (read(descriptor, &signal, sizeof signal) == sizeof signal) {
    if (signal.ssi_signo == SIGHUP) {
      log_line("tapseald", "SIGHUP: settings are not reloaded yet; restart to apply changes");
      continue;
    }
    log_line("tapseald", "asked to end: draining");
    server.stop();
  }
}

}  // namespace

int run_daemon(LoadedSettings settings) {
  const UniqueFd signals = catch_signals();
  const RunSettings run = settings.settings.run;
  auto access = AccessRules::of_groups(run.readers_group, run.operators_group);
  if (!access) return fail(access.error());
  // The socket's place is taken before anything is started or seen, and served once all is there:
  // the handlers find the commands then.
  std::unique_ptr<Commands> commands;
  ServerOptions options;
  options.socket_path = run.socket;
  options.version = program_version();
  options.access = access.value();
  options.every_second = [&commands] { commands->every_second(); };
  Server server(std::move(options), Commands::handlers(commands));
  if (auto listening = server.listen(); !listening) return fail(listening.error());

  auto started = Engine::start(std::move(settings), [&server] { server.wake(); });
  if (!started) return fail(started.error());
  Engine& engine = *started.value();
  commands = std::make_unique<Commands>(engine, server.counters(), [&server] { server.stop(); });
  server.watch(signals.get(), [&] { on_signal(signals.get(), server); });

  log_line("tapseald", "running, pid " + std::to_string(getpid()) + ", socket " + run.socket);
  notify_service("READY=1");
  server.run(Server::AtEnd::stay);
  notify_service("STOPPING=1");
  commands->drain_begins();
  // A drain can take as long as the database does: who asks meanwhile is told so.
  std::thread answering([&server] { server.run(); });
  engine.drain();
  server.stop();
  answering.join();
  log_line("tapseald", "the book is " + read_book(engine, BookMoment::end).verdict);
  log_line("tapseald", "drained, good-bye");
  return static_cast<int>(ExitCode::ok);
}

}  // namespace control
