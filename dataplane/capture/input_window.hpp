// SPDX-License-Identifier: Apache-2.0
// A file or a pipe, seen through a window that moves along it.
#pragma once

#include "flowtable/base/byte_reader.hpp"

#include <cstddef>
#include <vector>

namespace dataplane {

// Reads in large pieces and lends the bytes where they lie, so that nothing is copied twice. One
// thread; may block in read(). Movable.
class InputWindow {
 public:
  // Takes the descriptor.
  explicit InputWindow(int descriptor);
  ~InputWindow();
  InputWindow(InputWindow&& from) noexcept;
  InputWindow& operator=(InputWindow&& from) noexcept;

  // What has been read and not been passed. Borrowed until the next call of fetch().
  [[nodiscard]] flowtable::Bytes there() const noexcept {
    return flowtable::Bytes(bytes_).subspan(begin_, end_ - begin_);
  }
  // Reads on until so many bytes are there; false where the input ends before, or cannot be read.
  // What there() lent may move.
  [[nodiscard]] bool fetch(size_t bytes) noexcept;
  // At most there().size().
  void pass(size_t bytes) noexcept { begin_ += bytes; }
  // read() has failed: an end that is none.
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  [[nodiscard]] int error_number() const noexcept { return error_number_; }

 private:
  void make_place(size_t bytes);
  [[nodiscard]] bool read_more() noexcept;

  int descriptor_;
  std::vector<uint8_t> bytes_;
  size_t begin_ = 0;
  size_t end_ = 0;
  bool failed_ = false;
  int error_number_ = 0;
};

}  // namespace dataplane
