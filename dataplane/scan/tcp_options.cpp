// SPDX-License-Identifier: Apache-2.0
#include "dataplane/scan/tcp_options.hpp"

#include "flowtable/base/big_endian.hpp"

#include <algorithm>
#include <initializer_list>

namespace dataplane {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

enum Kind : uint8_t {
  end = 0,
  nothing = 1,
  mss = 2,
  scale = 3,
  sack_permitted = 4,
  timestamps = 8
};

void append(OptionBytes& out, std::initializer_list<uint8_t> bytes) noexcept {
  std::ranges::copy(bytes, out.bytes.begin() + out.size);
  out.size = static_cast<uint8_t>(out.size + bytes.size());
}

void append32(OptionBytes& out, uint32_t number) noexcept {
  flowtable::store_be32(out.bytes.data() + out.size, number);
  out.size = static_cast<uint8_t>(out.size + 4);
}

void note(TcpOptions& out, uint8_t kind, ByteReader body) noexcept {
  uint16_t half = 0;
  uint8_t byte = 0;
  TcpOptions::Timestamps stamps;
  if (kind == mss && body.size() == 2 && body.u16(half)) out.mss = half;
  if (kind == scale && body.size() == 1 && body.u8(byte))
    out.window_shift = std::min<uint8_t>(byte, 14);
  if (kind == sack_permitted && body.empty()) out.sack_permitted = true;
  if (kind == timestamps && body.size() == 8 && body.u32(stamps.value) && body.u32(stamps.echo))
    out.timestamps = stamps;
}

}  // namespace

TcpOptions read_tcp_options(Bytes options) noexcept {
  TcpOptions out;
  ByteReader reader(options);
  uint8_t kind = 0, length = 0;
  while (reader.u8(kind) && kind != end) {
    if (kind == nothing) continue;
    Bytes body;
    if (!reader.u8(length) || length < 2 || !reader.take(length - 2u, body)) break;
    note(out, kind, ByteReader(body));
  }
  return out;
}

OptionBytes syn_options(uint16_t mss_bytes, uint8_t window_shift, uint32_t timestamp) noexcept {
  OptionBytes out;
  append(out, {mss, 4, static_cast<uint8_t>(mss_bytes >> 8), static_cast<uint8_t>(mss_bytes),
               sack_permitted, 2, timestamps, 10});
  append32(out, timestamp);
  append32(out, 0);
  append(out, {nothing, scale, 3, window_shift});
  return out;
}

OptionBytes timestamp_option(const TcpOptions::Timestamps& stamps) noexcept {
  OptionBytes out;
  append(out, {nothing, nothing, timestamps, 10});
  append32(out, stamps.value);
  append32(out, stamps.echo);
  return out;
}

}  // namespace dataplane
