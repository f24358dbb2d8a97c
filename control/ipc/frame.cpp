// SPDX-License-Identifier: Apache-2.0
#include "control/ipc/frame.hpp"

#include "flowtable/base/big_endian.hpp"
#include "flowtable/base/byte_reader.hpp"
#include "flowtable/base/check.hpp"

#include <array>

namespace control {

void append_frame(std::string& out, std::string_view payload) {
  CHECK(payload.size() >= kFrameBytesMin && payload.size() <= kReplyFrameBytesMax);
  std::array<uint8_t, kFrameHeaderBytes> header{};
  flowtable::store_be32(header.data(), static_cast<uint32_t>(payload.size()));
  out.append(header.begin(), header.end());
  out.append(payload);
}

FrameReader::Next FrameReader::next(std::string& payload) {
  flowtable::ByteReader reader(flowtable::Bytes(
      reinterpret_cast<const uint8_t*>(buffer_.data()) + start_, num_buffered_bytes()));
  uint32_t length = 0;
  if (!reader.u32(length)) return Next::need_more;
  if (length < kFrameBytesMin || length > payload_bytes_max_) return Next::bad_length;
  flowtable::Bytes bytes;
  if (!reader.take(length, bytes)) return Next::need_more;
  payload.assign(bytes.begin(), bytes.end());
  start_ += kFrameHeaderBytes + length;
  // Moving what is left to the front only now and then keeps many small frames linear.
  if (start_ == buffer_.size() || start_ > payload_bytes_max_) {
    buffer_.erase(0, start_);
    start_ = 0;
  }
  return Next::frame;
}

}  // namespace control
