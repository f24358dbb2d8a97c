// SPDX-License-Identifier: Apache-2.0
#include "control/export/line_sink.hpp"

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace control {
namespace {

// 0, or the errno that stopped it.
int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return 0;
}

}  // namespace

LineSink::LineSink(int descriptor, std::string sensor, LineWriter append)
    : descriptor_(descriptor), sensor_(std::move(sensor)), append_(append) {}

void LineSink::write(const tls::RecordBatch& batch) {
  if (batch.empty()) return;
  if (error_ != EPIPE) {
    buffer_.clear();
    for (const tls::Observation& seen : batch)
      append_(buffer_, {seen, sensor_});
    const int error = write_all(descriptor_, buffer_);
    if (error == 0) {
      written_ += batch.size();
      return;
    }
    error_ = error;
  }
  lost_ += batch.size();
}

}  // namespace control
