// SPDX-License-Identifier: Apache-2.0
// Sessions as lines into a file descriptor.
#pragma once

#include "control/export/native_record.hpp"
#include "tls/pipeline/record_sink.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace control {

// How a session becomes a line (with its line feed), appended.
using LineWriter = void (*)(std::string& out, const RecordContext& context);

// Writes each batch at once (one write() per batch where the kernel takes it whole). A descriptor
// that refuses (disk full, reader gone, reader asleep) does not stop anybody: the error is kept,
// the lines that did not get through whole are counted as lost, and later batches are tried again
// unless the reader is gone (EPIPE). After a torn line the next one begins on a line of its own.
class LineSink {
 public:
  // `descriptor` is borrowed and stays open as long as the sink.
  LineSink(int descriptor, std::string sensor, LineWriter append = append_native_record);

  // How long a reader may let the sink wait before lines are lost; negative (as at first): for
  // ever.
  void set_patience(std::chrono::milliseconds limit) noexcept { patience_ = limit; }

  // By the pipeline's last stage, one call at a time.
  void write(const tls::RecordBatch& batch);

  // Any thread.
  [[nodiscard]] uint64_t lines_written() const noexcept { return written_; }
  [[nodiscard]] uint64_t lines_lost() const noexcept { return lost_; }
  // errno of the last failed write, 0 where none failed.
  [[nodiscard]] int last_error() const noexcept { return error_; }

 private:
  // Writes buffer_ as far as it goes and returns how many bytes went.
  [[nodiscard]] size_t write_buffer();
  // False where the descriptor takes nothing in time.
  [[nodiscard]] bool wait_until_writable();

  int descriptor_;
  std::chrono::milliseconds patience_{-1};
  bool torn_ = false;  // the last line in the file has no end
  std::string sensor_;
  LineWriter append_;
  RecordMemo memo_;
  std::string buffer_;  // reused: no allocation once it has grown
  std::atomic<uint64_t> written_{0};
  std::atomic<uint64_t> lost_{0};
  std::atomic<int> error_{0};
};

}  // namespace control
