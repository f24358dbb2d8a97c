// SPDX-License-Identifier: Apache-2.0
#include "tls/probe/arrived_pieces.hpp"

namespace tls::probe {

using flowtable::Bytes;

// `offset` is not behind a gap.
void ArrivedPieces::append(uint64_t offset, Bytes piece) {
  const size_t known = in_order_.size() - static_cast<size_t>(offset);
  if (piece.size() <= known) return;
  const Bytes fresh = piece.subspan(known);
  in_order_.insert(in_order_.end(), fresh.begin(), fresh.end());
}

void ArrivedPieces::add(uint64_t offset, Bytes piece) {
  if (offset > in_order_.size()) {
    if (waiting_.size() >= kWaitingMax || piece.size() > kWaitingBytesMax - num_waiting_bytes_) {
      return;
    }
    std::vector<uint8_t>& kept = waiting_[offset];
    if (kept.size() >= piece.size()) return;
    num_waiting_bytes_ += piece.size() - kept.size();
    kept.assign(piece.begin(), piece.end());
    return;
  }
  append(offset, piece);
  while (!waiting_.empty() && waiting_.begin()->first <= in_order_.size()) {
    const auto next = waiting_.begin();
    append(next->first, next->second);
    num_waiting_bytes_ -= next->second.size();
    waiting_.erase(next);
  }
}

}  // namespace tls::probe
