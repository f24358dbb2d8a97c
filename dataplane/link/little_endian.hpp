// SPDX-License-Identifier: Apache-2.0
// The numbers of headers that are little-endian by their standard, or written by hosts that are:
// IEEE 802.11, radiotap, PPI, PKTAP, NFLOG.
#pragma once

#include "flowtable/base/byte_reader.hpp"

#include <cstdint>

namespace dataplane {

// Each reads as ByteReader's function of that width does.
[[nodiscard]] inline bool le16(flowtable::ByteReader& from, uint16_t& out) noexcept {
  if (!from.u16(out)) return false;
  out = __builtin_bswap16(out);
  return true;
}

[[nodiscard]] inline bool le32(flowtable::ByteReader& from, uint32_t& out) noexcept {
  if (!from.u32(out)) return false;
  out = __builtin_bswap32(out);
  return true;
}

}  // namespace dataplane
