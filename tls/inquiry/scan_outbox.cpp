// SPDX-License-Identifier: Apache-2.0
#include "tls/inquiry/scan_outbox.hpp"

#include "flowtable/base/check.hpp"

#include <algorithm>

namespace tls {

using flowtable::ScanDial;
using flowtable::ScanOrder;

void ScanOutbox::add(const InquiryAction& action, const DialOf& dial, Time now) {
  if (action.kind == InquiryAction::Kind::dial) {
    CHECK(action.bytes.size() <= ScanDial::kBytesMax);
    ScanDial out;
    out.token = action.token;
    out.job = dial.job;
    out.server = dial.server;
    out.udp = dial.udp;
    out.size = static_cast<uint16_t>(action.bytes.size());
    std::ranges::copy(action.bytes, out.bytes.begin());
    if (action.wait > flowtable::TickSpan{}) {
      counters_.add(ScanWorkCounter::redials);
      later_.emplace(now + action.wait, out);
    } else {
      dials_.push_back(out);
    }
    return;
  }
  CHECK(action.bytes.size() <= ScanOrder::kBytesMax);
  ScanOrder out;
  out.connection = action.connection;
  out.kind =
      action.kind == InquiryAction::Kind::send ? ScanOrder::Kind::send : ScanOrder::Kind::close;
  out.size = static_cast<uint16_t>(action.bytes.size());
  std::ranges::copy(action.bytes, out.bytes.begin());
  orders_.push_back(out);
}

bool ScanOutbox::flush(Time now) {
  while (!later_.empty() && later_.begin()->first <= now) {
    dials_.push_back(later_.begin()->second);
    later_.erase(later_.begin());
  }
  bool moved = false;
  for (; !orders_.empty() && exchange_.orders.push(orders_.front()); orders_.pop_front()) {
    counters_.add(ScanWorkCounter::orders);
    moved = true;
  }
  for (; !dials_.empty() && exchange_.dials.push(dials_.front()); dials_.pop_front()) {
    counters_.add(ScanWorkCounter::dials);
    moved = true;
  }
  if (!orders_.empty()) counters_.add(ScanWorkCounter::orders_waited);
  if (!dials_.empty()) counters_.add(ScanWorkCounter::dials_waited);
  return moved;
}

}  // namespace tls
