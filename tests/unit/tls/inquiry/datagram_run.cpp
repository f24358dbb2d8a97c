// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/tls/inquiry/datagram_run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace tests {

namespace {

using flowtable::Bytes;
using flowtable::ScanEvent;
using flowtable::ScanEventKind;
using tls::Inquiry;
using tls::InquiryAction;

constexpr flowtable::Tick kBegin = flowtable::tick_from_ns(1'700'000'000'000'000'000);

class UdpWire {
 public:
  UdpWire(Inquiry& inquiry, const DatagramServiceMaker& maker, const AskedDatagrams& asked)
      : inquiry_(inquiry), maker_(maker), asked_(asked) {}

  DatagramRun run() {
    inquiry_.begin(kBegin);
    while (!inquiry_.finished()) {
      for (const InquiryAction& each : inquiry_.take_actions())
        obey(each);
      if (inquiry_.finished() || !service_) continue;
      hear(service_->say());
    }
    for (const InquiryAction& each : inquiry_.take_actions())
      obey(each);
    EXPECT_FALSE(is_open_);
    run_.report = inquiry_.take_report();
    run_.observations = inquiry_.take_observations();
    return std::move(run_);
  }

 private:
  void obey(const InquiryAction& action) {
    EXPECT_LE(action.bytes.size(), flowtable::ScanOrder::kBytesMax);
    if (action.kind == InquiryAction::Kind::dial) return dial(action);
    EXPECT_TRUE(is_open_ && action.connection == connection_);
    if (action.kind == InquiryAction::Kind::send) {
      run_.said.back().push_back(action.bytes);
      service_->hear(action.bytes);
    } else {
      is_open_ = false;
      service_.reset();
    }
  }

  void dial(const InquiryAction& action) {
    EXPECT_FALSE(is_open_);
    run_.said.push_back({action.bytes});
    token_ = action.token;
    connection_ = {9, ++generation_};
    service_ = maker_();
    if (service_) return service_->hear(action.bytes);
    if (asked_.icmp) return tell(ScanEventKind::dial_unreachable, *asked_.icmp);
    tell(ScanEventKind::dial_silent, {});
  }

  void hear(const std::optional<ByteVector>& datagram) {
    if (!datagram) {
      service_.reset();
      return tell(
          std::exchange(is_open_, false) ? ScanEventKind::timed_out : ScanEventKind::dial_silent,
          {});
    }
    if (!std::exchange(is_open_, true)) tell(ScanEventKind::established, run_.said.back().front());
    tell(ScanEventKind::heard, *datagram);
  }

  void tell(ScanEventKind kind, Bytes bytes) {
    tick_ += std::chrono::milliseconds(1);
    ScanEvent event;
    event.kind = kind;
    event.token = token_;
    event.connection = connection_;
    event.server = asked_.server;
    event.ours = endpoint_of(200, 50000);
    event.job = 3;
    event.tick = tick_;
    if (kind == ScanEventKind::established) event.syn_sent = tick_ - std::chrono::milliseconds(1);
    event.size = static_cast<uint16_t>(bytes.size());
    std::ranges::copy(bytes, event.bytes.begin());
    inquiry_.hear(event);
  }

  Inquiry& inquiry_;
  const DatagramServiceMaker& maker_;
  const AskedDatagrams& asked_;
  DatagramRun run_;
  DatagramServicePtr service_;
  flowtable::ScanConnection connection_;
  uint32_t generation_ = 0;
  uint64_t token_ = 0;
  bool is_open_ = false;
  flowtable::Tick tick_ = kBegin;
};

}  // namespace

DatagramRun ask_datagrams(const DatagramServiceMaker& service, const AskedDatagrams& asked) {
  static const tls::probe::KeyShares kKeys;
  static tls::CertificateCache certificates(1000);
  tls::ServiceQuestion question;
  question.job = 3;
  question.server = asked.server;
  question.transport = asked.transport;
  question.name = asked.name;
  question.reference = 99;
  question.wanted_since = asked.wanted_since;
  Inquiry inquiry(5, {kKeys, certificates}, std::make_shared<const tls::InquiryWish>(asked.wish),
                  question);
  return UdpWire(inquiry, service, asked).run();
}

}  // namespace tests
