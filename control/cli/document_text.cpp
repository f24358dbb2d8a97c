// SPDX-License-Identifier: Apache-2.0
#include "control/cli/document_text.hpp"

#include "control/ipc/unique_fd.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace control {

using flowtable::Error;
using flowtable::Failure;

flowtable::OrError<std::string> document_text(const std::string& path) {
  const UniqueFd file(path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string out;
  std::array<char, 65536> piece;
  while (file.get() >= 0) {
    const ssize_t size = read(file.get(), piece.data(), piece.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) break;
    if (size == 0) return out;
    out.append(piece.data(), static_cast<size_t>(size));
    if (out.size() > kDocumentBytesMax) {
      return Failure{Error{path + ": longer than 4 MiB: write networks and ranges, or cut it into "
                                  "several scans"}};
    }
  }
  return Failure{Error{path + ": cannot be read: " + std::strerror(errno)}};
}

}  // namespace control
