// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/tls/inquiry/fake_core.hpp"

#include "tests/unit/tls/inquiry/inquiry_run.hpp"
#include "tls/inquiry/scan_workers.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace tests {

using flowtable::Bytes;
using flowtable::Endpoint;
using flowtable::ScanDial;
using flowtable::ScanEvent;
using flowtable::ScanEventKind;
using flowtable::ScanOrder;

ScanEvent FakeCore::event_of(const Open& of, ScanEventKind kind) {
  tick_ += std::chrono::microseconds(1);
  ScanEvent out;
  out.connection = of.connection;
  out.server = of.server;
  out.ours = endpoint_of(200, 50000);
  out.tick = tick_;
  out.token = of.token;
  out.job = of.job;
  out.kind = kind;
  if (kind == ScanEventKind::established || kind == ScanEventKind::unserved) {
    out.syn_ack.seen = true;
    out.syn_ack.ttl = 57;
    out.syn_ack.window = 8192;
  }
  return out;
}

void FakeCore::tell(const Open& of, ScanEventKind kind, Bytes bytes) {
  ScanEvent event = event_of(of, kind);
  event.size = static_cast<uint16_t>(bytes.size());
  std::ranges::copy(bytes, event.bytes.begin());
  events_.push_back(event);
}

FakeCore::Open& FakeCore::begin(uint32_t job, const Endpoint& server, uint64_t token) {
  Open& open = open_[next_slot_];
  open.connection = {next_slot_++, ++generation_};
  open.server = server;
  open.token = token;
  open.job = job;
  open.service = world_(server);
  return open;
}

void FakeCore::greet(uint32_t slot, const ByteVector& words) {
  tell(open_[slot], ScanEventKind::established, words);
  take(slot, open_[slot].service->opened());
  if (!words.empty() && open_.contains(slot)) take(slot, open_[slot].service->heard(words));
}

void FakeCore::open(uint32_t job, const Endpoint& server) {
  const uint32_t slot = begin(job, server, 0).connection.slot;
  greet(slot, tls::sweep_words(server.port).bytes);
}

void FakeCore::open_unserved(uint32_t job, const Endpoint& server) {
  Open open;
  open.server = server;
  open.job = job;
  events_.push_back(event_of(open, ScanEventKind::unserved));
}

void FakeCore::tell_stray() {
  Open open;
  open.connection = {UINT32_MAX, UINT32_MAX};
  open.token = UINT64_MAX;
  events_.push_back(event_of(open, ScanEventKind::heard));
  events_.push_back(event_of(open, ScanEventKind::established));
}

void FakeCore::dial(const ScanDial& dial) {
  ++num_dials_;
  const uint32_t slot = begin(dial.job, dial.server, dial.token).connection.slot;
  const bool is_refused = dials_to_refuse_ > 0;
  if (is_refused) --dials_to_refuse_;
  if (is_refused || open_[slot].service == nullptr) {
    tell(open_[slot], is_refused ? ScanEventKind::dial_not_sent : ScanEventKind::dial_closed, {});
    open_.erase(slot);
    return;
  }
  greet(slot, {dial.bytes.begin(), dial.bytes.begin() + dial.size});
}

void FakeCore::obey(const ScanOrder& order) {
  const auto found = open_.find(order.connection.slot);
  if (found == open_.end() || !(found->second.connection == order.connection)) return;
  found->second.idle_steps = 0;
  if (order.kind == ScanOrder::Kind::close) {
    open_.erase(found);
    return;
  }
  take(order.connection.slot, found->second.service->heard(Bytes(order.bytes).first(order.size)));
}

void FakeCore::take(uint32_t slot, const Reply& reply) {
  Open& open = open_[slot];
  constexpr size_t kSegment = 1460;
  for (Bytes rest = reply.bytes; !rest.empty();) {
    const Bytes piece = rest.first(std::min(rest.size(), kSegment));
    tell(open, ScanEventKind::heard, piece);
    rest = rest.subspan(piece.size());
  }
  if (!reply.end) return;
  tell(open, *reply.end, {});
  open_.erase(slot);
}

bool FakeCore::flush() {
  bool moved = false;
  for (; !events_.empty() && exchange_.events.push(events_.front()); events_.pop_front())
    moved = true;
  for (; !replies_.empty() && exchange_.replies.push(replies_.front()); replies_.pop_front())
    moved = true;
  return moved;
}

bool FakeCore::step() {
  bool is_busy = flush();
  ScanDial dials[8];
  for (size_t i = 0, count = exchange_.dials.pop(dials); i < count; ++i) {
    dial(dials[i]);
    is_busy = true;
  }
  ScanOrder orders[8];
  for (size_t i = 0, count = exchange_.orders.pop(orders); i < count; ++i) {
    obey(orders[i]);
    is_busy = true;
  }
  for (auto at = open_.begin(); at != open_.end();) {
    const auto next = std::next(at);
    if (++at->second.idle_steps > silence_steps_) {
      tell(at->second, ScanEventKind::timed_out, {});
      open_.erase(at);
      is_busy = true;
    }
    at = next;
  }
  return flush() || is_busy;
}

}  // namespace tests
