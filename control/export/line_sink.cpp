// SPDX-License-Identifier: Apache-2.0
#include "control/export/line_sink.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

namespace control {

LineSink::LineSink(int descriptor, std::string sensor, LineWriter append)
    : descriptor_(descriptor), sensor_(std::move(sensor)), append_(append) {}

void LineSink::write(const tls::RecordBatch& batch) {
  if (batch.empty()) return;
  if (error_ == EPIPE) {
    lost_ += batch.size();
    return;
  }
  buffer_.assign(torn_ ? "\n" : "");
  const size_t torn_end = buffer_.size();
  for (const tls::Observation& seen : batch)
    append_(buffer_, {seen, sensor_, &memo_});
  const size_t num_bytes = write_buffer();
  if (num_bytes > 0) torn_ = buffer_[num_bytes - 1] != '\n';
  if (num_bytes == buffer_.size()) {
    written_ += batch.size();
    return;
  }
  const auto begin = buffer_.begin() + static_cast<ptrdiff_t>(std::min(torn_end, num_bytes));
  const auto end = buffer_.begin() + static_cast<ptrdiff_t>(num_bytes);
  const auto num_lines = static_cast<uint64_t>(std::count(begin, end, '\n'));
  written_ += num_lines;
  lost_ += batch.size() - num_lines;
}

size_t LineSink::write_buffer() {
  // With a limit, pieces of PIPE_BUF: poll(2) promises room for as much, so write() cannot block.
  const size_t piece_max = patience_.count() < 0 ? buffer_.size() : PIPE_BUF;
  size_t done = 0;
  while (done < buffer_.size()) {
    if (!wait_until_writable()) return done;
    const size_t piece = std::min(piece_max, buffer_.size() - done);
    const ssize_t written = ::write(descriptor_, buffer_.data() + done, piece);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      error_ = errno;
      return done;
    }
    done += static_cast<size_t>(written);
  }
  return done;
}

bool LineSink::wait_until_writable() {
  if (patience_.count() < 0) return true;
  pollfd wait{descriptor_, POLLOUT, 0};
  // A reader that was asleep once is not waited for again before it takes something.
  const bool was_late = error_ == ETIMEDOUT;
  if (poll(&wait, 1, was_late ? 0 : static_cast<int>(patience_.count())) == 0) {
    error_ = ETIMEDOUT;
    return false;
  }
  if (was_late) error_ = 0;
  return true;
}

}  // namespace control
