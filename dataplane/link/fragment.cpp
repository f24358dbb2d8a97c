// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/decode_cursor.hpp"
#include "flowtable/base/big_endian.hpp"

namespace dataplane {

using flowtable::load_be64;

DropReason end_at_fragment(DecodeCursor& at, const FragmentFields& fields) noexcept {
  if (at.missing > 0) return DropReason::frame_truncated;
  if (at.fragment == nullptr) return DropReason::ip_fragment;
  FragmentView& out = *at.fragment;
  const bool v4 = fields.version == FragmentView::Version::v4;
  const uint64_t version = static_cast<uint64_t>(fields.version) << 40;
  const uint64_t protocol = v4 ? fields.protocol : 0;
  out.key.words = {load_be64(at.source.bytes.data()), load_be64(at.source.bytes.data() + 8),
                   load_be64(at.destination.bytes.data()),
                   load_be64(at.destination.bytes.data() + 8),
                   version | uint64_t{fields.id} << 8 | protocol};
  out.hash = hash_flow_key(out.key, at.hash_seed);
  out.payload = at.bytes.rest();
  out.offset = fields.offset;
  out.version = fields.version;
  out.more_follow = fields.more_follow;
  out.protocol = fields.protocol;
  out.ttl = at.ttl;
  return DropReason::ip_fragment;
}

}  // namespace dataplane
