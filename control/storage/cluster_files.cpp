// SPDX-License-Identifier: Apache-2.0
#include "control/storage/cluster_files.hpp"

#include <sys/un.h>

#include <charconv>
#include <fstream>
#include <set>

namespace control {
namespace {

namespace fs = std::filesystem;
using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;

// libpq and the server append this to the socket directory.
constexpr std::string_view kSocketName = "/.s.PGSQL.5432";
constexpr size_t kSocketPathMax = sizeof(sockaddr_un{}.sun_path) - 1;

// unix_socket_directories is a list inside a quoted setting: double quotes keep a comma or a space
// in one element, single quotes keep the whole in one setting. Quotes themselves were refused.
std::string socket_directories(const fs::path& directory) {
  return "'\"" + directory.string() + "\"'";
}

constexpr std::string_view kFixedSettings =
    "listen_addresses = ''\n"
    "port = 5432\n"
    "unix_socket_permissions = 0770\n"
    "max_connections = 40\n"
    // A question to all sessions locks each partition with its pivots, and a restore makes them all
    // in one transaction: 1500 days are 27 000 locks. 11 MB.
    "max_locks_per_transaction = 1024\n"
    "timezone = 'UTC'\n"
    "log_timezone = 'UTC'\n"
    // The log is a plain file that only starts rotate: it has to stay small.
    "logging_collector = off\n"
    "log_destination = 'stderr'\n"
    "log_checkpoints = off\n"
    "log_min_messages = warning\n"
    // Batches come in bursts; few long checkpoints cost less than many short ones.
    "max_wal_size = '2GB'\n"
    "wal_compression = on\n"
    // Recovery after a crash flushes the file system once instead of opening every file.
    "recovery_init_sync_method = syncfs\n"
    // Compiling costs more than any of our queries gains.
    "jit = off\n"
    // What is committed survives a power cut: the memory is the product.
    "fsync = on\n"
    "synchronous_commit = on\n"
    "full_page_writes = on\n";

}  // namespace

OrError<ClusterPaths> ClusterPaths::under(const std::string& state_dir) {
  std::error_code error;
  fs::create_directories(state_dir, error);
  const fs::path root = error ? fs::path() : fs::canonical(state_dir, error);
  if (error) {
    return Failure{Error{"state_dir " + state_dir + ": " + error.message() +
                         ": give a directory that this account may make and write"}};
  }
  if (root.string().find_first_of("'\"\\\n") != std::string::npos) {
    return Failure{
        Error{"state_dir " + root.string() +
              ": quotes, backslashes and line ends cannot be part of it: choose another"}};
  }
  const size_t length = (root / "run").string().size() + kSocketName.size();
  if (length > kSocketPathMax) {
    return Failure{Error{"state_dir " + root.string() +
                         ": the database's socket below it would have " + "a path of " +
                         std::to_string(length) + " bytes, and Unix sockets allow " +
                         std::to_string(kSocketPathMax) + ": choose a state_dir at least " +
                         std::to_string(length - kSocketPathMax) + " bytes shorter"}};
  }
  const fs::path home = root / "pg";
  return ClusterPaths{root,        home, home / "data", home / "data.new", home / "postgres.log",
                      root / "run"};
}

std::vector<FileText> cluster_settings(const ClusterPaths& paths,
                                       const std::string& cluster_account,
                                       const std::string& own_account) {
  std::string settings = "# Written by tapseal at every start; see postgresql.conf for your own.\n";
  settings += kFixedSettings;
  settings += "unix_socket_directories = " + socket_directories(paths.sockets) + "\n";

  std::string accounts = "# Written by tapseal at every start.\n";
  for (const std::string& account : std::set<std::string>{"root", cluster_account, own_account})
    accounts += "tapseal \"" + account + "\" tapseal\n";
  return {{(paths.cluster / "tapseal.conf").string(), settings},
          {(paths.cluster / "pg_hba.conf").string(),
           "# Written by tapseal at every start.\nlocal all all peer map=tapseal\n"},
          {(paths.cluster / "pg_ident.conf").string(), accounts}};
}

OrError<int> major_on_disk(const ClusterPaths& paths) {
  std::error_code error;
  if (!fs::exists(paths.cluster, error) || fs::is_empty(paths.cluster, error)) {
    if (!error) return 0;
    return Failure{Error{paths.cluster.string() + ": " + error.message()}};
  }
  std::ifstream file(paths.cluster / "PG_VERSION");
  std::string text;
  std::getline(file, text);
  int major = 0;
  const auto [end, parse_error] = std::from_chars(text.data(), text.data() + text.size(), major);
  if (parse_error == std::errc() && major > 0) return major;
  return Failure{Error{paths.cluster.string() +
                       ": holds files but no PostgreSQL cluster (PG_VERSION is missing or "
                       "unreadable): move it away, or give another state_dir"}};
}

std::string log_tail(const fs::path& log, uintmax_t offset) {
  constexpr uintmax_t kBytesMax = 4096;
  constexpr int kLinesMax = 20;
  std::ifstream file(log, std::ios::binary | std::ios::ate);
  if (!file) return {};
  const auto size = static_cast<uintmax_t>(file.tellg());
  if (size <= offset) return {};
  const uintmax_t begin = std::max(offset, size > kBytesMax ? size - kBytesMax : 0);
  std::string text(size - begin, '\0');
  file.seekg(static_cast<std::streamoff>(begin));
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  size_t cut = text.size();
  for (int line = 0; line <= kLinesMax && cut != std::string::npos && cut > 0; ++line)
    cut = text.rfind('\n', cut - 1);
  return cut == std::string::npos || cut == 0 ? text : text.substr(cut + 1);
}

}  // namespace control
