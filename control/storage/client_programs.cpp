// SPDX-License-Identifier: Apache-2.0
#include "control/storage/client_programs.hpp"

#include "control/storage/server_programs.hpp"

#include <libpq-fe.h>
#include <unistd.h>

#include <charconv>
#include <memory>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;

// Longer than any dump takes: what ends one is its server, or the person.
constexpr std::chrono::hours kTimeMax{24 * 14};

struct FreeOptions {
  void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};

// PostgreSQL manual, "Connection Strings": quotes and backslashes in a value are escaped.
std::string quoted(const char* value) {
  std::string out = "'";
  for (const char* c = value; *c != '\0'; ++c) {
    if (*c == '\'' || *c == '\\') out += '\\';
    out += *c;
  }
  return out + "'";
}

int server_major(DatabaseConnection& database) {
  const auto rows = database.query("SELECT current_setting('server_version_num')::int / 10000");
  int major = 0;
  if (!rows || rows.value().num_rows() == 0) return major;
  const std::string_view text = rows.value().text(0, 0);
  std::from_chars(text.data(), text.data() + text.size(), major);
  return major;
}

}  // namespace

OrError<ClientAddress> client_address(const DatabaseAddress& address) {
  if (address.url.empty()) {
    return ClientAddress{{"PGHOST=" + address.socket_dir, "PGPORT=5432", "PGUSER=tapseal",
                          "PGDATABASE=" + address.database},
                         ""};
  }
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, FreeOptions> options(
      PQconninfoParse(address.url.c_str(), &message));
  if (options == nullptr) {
    // Its words quote the address, and so the password.
    PQfreemem(message);
    return Failure{Error{"the database's address cannot be understood"}};
  }
  ClientAddress out;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    if (option->envvar != nullptr) {
      out.environment.push_back(std::string(option->envvar) + "=" + option->val);
    } else {
      out.options += (out.options.empty() ? "" : " ") + std::string(option->keyword) + "=" +
                     quoted(option->val);
    }
  }
  return out;
}

OrError<ClientPrograms> ClientPrograms::find(const DatabaseAddress& address,
                                             DatabaseConnection& database) {
  OrError<Account> account = account_of(geteuid());
  if (!account) return Failure{account.error()};
  OrError<ClientAddress> told = client_address(address);
  if (!told) return Failure{told.error()};
  OrError<ServerPrograms> programs =
      find_server_programs(account.value(), "", server_major(database));
  if (!programs) programs = find_server_programs(account.value(), "");
  if (!programs) return Failure{programs.error()};
  ClientPrograms out;
  out.directory_ = programs.value().directory;
  out.address_ = std::move(told).value();
  out.account_ = std::move(account).value();
  return out;
}

std::string ClientPrograms::path(const std::string& program) const {
  return directory_ + "/" + program;
}

std::vector<std::string> ClientPrograms::address_options() const {
  if (address_.options.empty()) return {};
  return {"--dbname=" + address_.options};
}

OrError<ProgramOutput> ClientPrograms::run(std::vector<std::string> arguments, int cancel) const {
  const std::string program = arguments.front().substr(arguments.front().rfind('/') + 1);
  ChildCommand command{std::move(arguments), {}, -1, -1, address_.environment};
  OrError<ProgramOutput> out = run_program(account_, std::move(command), {kTimeMax, cancel});
  if (!out || out.value().cancelled || out.value().exit_status == 0) return out;
  return Failure{Error{program + " failed: " + out.value().text}};
}

}  // namespace control
