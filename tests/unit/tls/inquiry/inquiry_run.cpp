// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/tls/inquiry/inquiry_run.hpp"

#include "tls/inquiry/scan_workers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <utility>

namespace tests {

namespace {

using flowtable::Bytes;
using flowtable::ScanEvent;
using flowtable::ScanEventKind;
using tls::Inquiry;
using tls::InquiryAction;

// The core's part.
class Wire {
 public:
  Wire(Inquiry& inquiry, const ServiceMaker& service, const AskedService& asked)
      : inquiry_(inquiry), maker_(service), asked_(asked) {}

  // What a connection that is opened hears of the core.
  ScanEvent opened(uint64_t token, Bytes words) {
    service_ = maker_();
    run_.said.emplace_back(words.begin(), words.end());
    connection_ = {7, ++generation_};
    is_open_ = true;
    ScanEvent out = event_of(ScanEventKind::established, token);
    out.size = static_cast<uint16_t>(words.size());
    std::ranges::copy(words, out.bytes.begin());
    out.syn_ack.seen = true;
    out.syn_ack.ttl = 64;
    out.syn_ack.window = 64240;
    out.syn_ack.tick = tick_;
    return out;
  }

  void told_opened(uint64_t token, const ByteVector& words) {
    replies_.push_back(service_->opened());
    if (!words.empty()) replies_.push_back(service_->heard(words));
    token_ = token;
  }

  InquiryRun run() {
    while (!inquiry_.finished()) {
      obey(inquiry_.take_actions());
      if (inquiry_.finished()) break;
      if (replies_.empty()) {
        tell(ScanEventKind::timed_out, {});
        continue;
      }
      const Reply reply = std::move(replies_.front());
      replies_.pop_front();
      tell_reply(reply);
    }
    obey(inquiry_.take_actions());
    run_.num_thrown_away = inquiry_.num_thrown_away();
    run_.report = inquiry_.take_report();
    run_.observations = inquiry_.take_observations();
    return std::move(run_);
  }

 private:
  ScanEvent event_of(ScanEventKind kind, uint64_t token) {
    tick_ += std::chrono::milliseconds(1);
    ScanEvent out;
    out.kind = kind;
    out.token = token;
    out.connection = connection_;
    out.server = endpoint_of(1, asked_.port);
    out.ours = endpoint_of(200, 50000);
    out.job = 3;
    out.tick = tick_;
    return out;
  }

  void tell(ScanEventKind kind, Bytes bytes) {
    ScanEvent event = event_of(kind, token_);
    event.size = static_cast<uint16_t>(bytes.size());
    std::ranges::copy(bytes, event.bytes.begin());
    inquiry_.hear(event);
  }

  void tell_reply(const Reply& reply) {
    const uint32_t generation = generation_;
    for (Bytes bytes = reply.bytes; !bytes.empty();) {
      const Bytes piece = bytes.first(std::min(bytes.size(), asked_.piece_bytes));
      bytes = bytes.subspan(piece.size());
      tell(ScanEventKind::heard, piece);
      if (inquiry_.finished()) return;
    }
    for (const ByteVector& datagram : reply.datagrams) {
      if (generation == generation_ && !inquiry_.finished()) {
        tell(ScanEventKind::heard, datagram);
      }
    }
    obey(inquiry_.take_actions());
    if (reply.end && is_open_ && generation == generation_) tell(*reply.end, {});
  }

  void obey(const std::vector<InquiryAction>& actions) {
    for (const InquiryAction& each : actions) {
      if (each.kind == InquiryAction::Kind::dial) {
        replies_.clear();
        const ScanEvent event = opened(each.token, each.bytes);
        token_ = each.token;
        inquiry_.hear(event);
        told_opened(each.token, each.bytes);
      } else if (each.kind == InquiryAction::Kind::send) {
        EXPECT_LE(each.bytes.size(), flowtable::ScanOrder::kBytesMax);
        EXPECT_FALSE(each.bytes.empty());
        EXPECT_TRUE(each.connection == connection_);
        run_.said.back().insert(run_.said.back().end(), each.bytes.begin(), each.bytes.end());
        replies_.push_back(service_->heard(each.bytes));
      } else {
        EXPECT_TRUE(each.connection == connection_);
        is_open_ = false;
        replies_.clear();
      }
    }
  }

  Inquiry& inquiry_;
  const ServiceMaker& maker_;
  const AskedService& asked_;
  InquiryRun run_;
  ServicePtr service_;
  std::deque<Reply> replies_;
  flowtable::ScanConnection connection_;
  uint32_t generation_ = 0;
  uint64_t token_ = 0;
  bool is_open_ = false;
  flowtable::Tick tick_ = flowtable::tick_from_ns(1'700'000'000'000'000'000);
};

InquiryRun run(const ServiceMaker& service, const AskedService& asked, bool sweeps) {
  static const tls::probe::KeyShares kKeys;
  static tls::CertificateCache certificates(1000);
  tls::ServiceQuestion question;
  question.job = 3;
  question.server = endpoint_of(1, asked.port);
  question.name = asked.name;
  question.protocol = asked.protocol;
  question.reference = 99;
  question.transport = asked.transport;
  Inquiry inquiry(5, {kKeys, certificates}, std::make_shared<const tls::InquiryWish>(asked.wish),
                  question);
  Wire wire(inquiry, service, asked);
  if (sweeps) {
    tls::SweepWords words = tls::sweep_words(asked.port);
    if (words.fresh_at >= 0) std::fill_n(words.bytes.begin() + words.fresh_at, 32, uint8_t{0x5a});
    inquiry.adopt(wire.opened(0, words.bytes));
    wire.told_opened(0, words.bytes);
  } else {
    inquiry.begin(flowtable::tick_from_ns(1'700'000'000'000'000'000));
  }
  return wire.run();
}

}  // namespace

flowtable::Endpoint endpoint_of(uint8_t last_byte, uint16_t port) {
  const std::array<uint8_t, 4> address{192, 0, 2, last_byte};
  return {flowtable::IpAddress::from_bytes(address), port};
}

InquiryRun ask(const ServiceMaker& service, const AskedService& asked) {
  return run(service, asked, false);
}

InquiryRun sweep(const ServiceMaker& service, const AskedService& asked) {
  return run(service, asked, true);
}

}  // namespace tests
