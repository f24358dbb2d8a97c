// SPDX-License-Identifier: Apache-2.0
// How messages are cut out of the control socket's byte stream.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace control {

// A frame is a length of four bytes, big endian, and that many bytes of JSON text. A reader of
// replies may see up to kReplyFrameBytesMax, the server accepts requests up to
// kRequestFrameBytesMax, and from operators, who may send lists of targets, up to
// kOperatorFrameBytesMax.
inline constexpr size_t kFrameHeaderBytes = 4;
inline constexpr size_t kFrameBytesMin = 2;  // "{}"
inline constexpr size_t kRequestFrameBytesMax = size_t{64} << 10;
inline constexpr size_t kOperatorFrameBytesMax = size_t{5} << 20;
inline constexpr size_t kReplyFrameBytesMax = size_t{8} << 20;

// Appends a frame. The payload must be within kFrameBytesMin and kReplyFrameBytesMax.
void append_frame(std::string& out, std::string_view payload);

// Collects bytes as they come and gives out whole frames. Holds at most one frame and what was fed
// beyond it, so whoever feeds in pieces bounds it. One thread.
class FrameReader {
 public:
  explicit FrameReader(size_t payload_bytes_max) : payload_bytes_max_(payload_bytes_max) {}

  void feed(std::string_view bytes) { buffer_.append(bytes); }

  enum class Next {
    frame,      // `payload` is the next one
    need_more,  // nothing whole yet
    bad_length  // the stream is lost: it has to be closed
  };
  [[nodiscard]] Next next(std::string& payload);

  [[nodiscard]] size_t num_buffered_bytes() const noexcept { return buffer_.size() - start_; }

 private:
  size_t payload_bytes_max_;
  std::string buffer_;
  size_t start_ = 0;  // of what has not been given out
};

}  // namespace control
