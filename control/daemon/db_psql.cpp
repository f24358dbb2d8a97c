// SPDX-License-Identifier: Apache-2.0
#include "control/cli/exit_code.hpp"
#include "control/daemon/db_mode.hpp"
#include "control/storage/client_programs.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace control {
namespace {

int psql_failed(const std::string& message) {
  std::fprintf(stderr, "tapseal: db: %s\n", message.c_str());
  return static_cast<int>(ExitCode::failed);
}

// Takes this process's terminal, and its environment with the address in it.
int become(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execv(arguments[0], arguments.data());
  return psql_failed(words.front() + ": cannot be executed: " + std::strerror(errno));
}

// Ctrl-C is for psql, which ends a query by it and not itself.
int wait_for(pid_t child) {
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGQUIT, SIG_IGN);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : static_cast<int>(ExitCode::failed);
}

}  // namespace

int run_psql(const OpenedMemory& memory, bool write) {
  auto database = DatabaseConnection::open(memory.address(), {.application_name = "tapseal db"});
  if (!database) return psql_failed(database.error().message);
  const auto programs = ClientPrograms::find(memory.address(), database.value());
  if (!programs) return psql_failed(programs.error().message);
  for (const std::string& variable : programs.value().address().environment) {
    const size_t equals = variable.find('=');
    setenv(variable.substr(0, equals).c_str(), variable.substr(equals + 1).c_str(), 1);
  }
  if (!write) {
    // Beside options that the address itself has.
    const char* const given = std::getenv("PGOPTIONS");
    setenv("PGOPTIONS",
           (std::string(given == nullptr ? "" : given) + " -c default_transaction_read_only=on")
               .c_str(),
           1);
  }
  std::vector<std::string> words{programs.value().path("psql")};
  for (const std::string& option : programs.value().address_options())
    words.push_back(option);
  if (!memory.is_own_server()) return become(std::move(words));
  const pid_t child = fork();
  if (child == 0) _exit(become(std::move(words)));
  if (child < 0) return psql_failed(std::string("cannot fork: ") + std::strerror(errno));
  return wait_for(child);
}

}  // namespace control
