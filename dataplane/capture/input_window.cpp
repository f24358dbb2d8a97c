// SPDX-License-Identifier: Apache-2.0
#include "dataplane/capture/input_window.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace dataplane {
namespace {

// What is read at once: enough that the call costs nothing beside the bytes, and little enough
// that they are still in a core's cache when they are looked at.
constexpr size_t kReadBytes = 64 * 1024;
constexpr size_t kWindowBytes = 2 * kReadBytes;

}  // namespace

InputWindow::InputWindow(int descriptor) : descriptor_(descriptor), bytes_(kWindowBytes) {}

InputWindow::~InputWindow() {
  if (descriptor_ >= 0) close(descriptor_);
}

InputWindow::InputWindow(InputWindow&& from) noexcept
    : descriptor_(std::exchange(from.descriptor_, -1)),
      bytes_(std::move(from.bytes_)),
      begin_(std::exchange(from.begin_, 0)),
      end_(std::exchange(from.end_, 0)),
      failed_(from.failed_),
      error_number_(from.error_number_) {}

InputWindow& InputWindow::operator=(InputWindow&& from) noexcept {
  std::swap(descriptor_, from.descriptor_);
  std::swap(bytes_, from.bytes_);
  std::swap(begin_, from.begin_);
  std::swap(end_, from.end_);
  failed_ = from.failed_;
  error_number_ = from.error_number_;
  return *this;
}

bool InputWindow::fetch(size_t bytes) noexcept {
  if (there().size() >= bytes) return true;
  make_place(bytes);
  while (there().size() < bytes)
    if (!read_more()) return false;
  return true;
}

// Behind what is there is room for at least `bytes` in all, and for a whole read().
void InputWindow::make_place(size_t bytes) {
  const size_t left = end_ - begin_;
  const size_t wanted = std::max(bytes, left + kReadBytes);
  if (begin_ + wanted <= bytes_.size()) return;
  std::memmove(bytes_.data(), bytes_.data() + begin_, left);
  begin_ = 0;
  end_ = left;
  if (wanted > bytes_.size()) bytes_.resize(wanted);
}

bool InputWindow::read_more() noexcept {
  const size_t room = std::min(bytes_.size() - end_, kReadBytes);
  ssize_t got = 0;
  do {
    got = read(descriptor_, bytes_.data() + end_, room);
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    failed_ = true;
    error_number_ = errno;
  }
  if (got <= 0) return false;
  end_ += static_cast<size_t>(got);
  return true;
}

}  // namespace dataplane
