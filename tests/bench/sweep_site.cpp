// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/sweep_site.hpp"

#include "dataplane/scan/neighbour_frames.hpp"
#include "tls/inquiry/scan_workers.hpp"

#include <array>
#include <utility>

namespace bench {

using dataplane::AddressRange;
using dataplane::AddressSet;
using dataplane::MacAddress;
using dataplane::ScanCounter;
using flowtable::IpAddress;
using flowtable::Tick;

namespace {

constexpr MacAddress kOurMac{2, 0, 0, 0, 0, 1};
constexpr MacAddress kGatewayMac{2, 0, 0, 0, 0, 2};
constexpr int64_t kNsPerProbe = 50;

IpAddress ip4(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
  return IpAddress::from_bytes(std::array<uint8_t, 4>{a, b, c, d});
}

AddressSet targets() {
  return AddressSet(std::array{AddressRange::of_prefix(ip4(16, 0, 0, 0), 100)});
}

}  // namespace

dataplane::ScanSite sweep_site(Caps caps) {
  dataplane::ScanSite site;
  site.addresses = {{ip4(10, 0, 0, 1), 120, ip4(10, 0, 0, 254)}};
  site.mac = kOurMac;
  site.allowed = targets();
  site.excluded = AddressSet(std::array{AddressRange::of_prefix(ip4(192, 168, 0, 0), 112),
                                        AddressRange::of_prefix(ip4(224, 0, 0, 0), 100)});
  if (caps == Caps::subnet_and_host) site.caps = {0, 1e6, 1e6};
  return site;
}

dataplane::TargetSpace sweep_space() {
  return std::move(dataplane::TargetSpace::make({targets(), targets(), {}, {443}})).value();
}

namespace {

dataplane::ScanSite sweep_site(const SweepUnderTest::Options& options) {
  dataplane::ScanSite site = sweep_site(options.caps);
  site.tcp.connections_max = options.connections_max;
  return site;
}

}  // namespace

SweepUnderTest::SweepUnderTest(const Options& options, dataplane::FrameSink& sink)
    : site_(sweep_site(options)),
      space_(sweep_space()),
      exchange_({}),
      core_({site_, exchange_, sink, control_, progress_},
            flowtable::tick_from_ns(1'700'000'000'000'000'000)),
      now_(flowtable::tick_from_ns(1'700'000'000'000'000'000)) {
  plan_.job = kJob;
  plan_.space = &space_;
  plan_.probes.group = dataplane::TargetGroup::make(space_.size(), 3);
  plan_.probes.in_flight_max = options.in_flight_max;
  plan_.probes.attempts = 1;
  // Half of what may be under way is.
  plan_.probes.wait = std::chrono::nanoseconds(options.in_flight_max / 2 * kNsPerProbe);
  plan_.cookie_key = {1, 2};
  if (options.speaks_tls) {
    // Answers come when they come, and nobody is to be asked twice.
    plan_.probes.wait = std::chrono::seconds(1);
    tls::SweepWords words = tls::sweep_words(443);
    plan_.other_words = {443, std::move(words.bytes), words.fresh_at};
  }
  control_.plan = &plan_;
  learn_gateway();
}

void SweepUnderTest::learn_gateway() {
  (void)core_.work(now_);  // asks for it
  std::array<uint8_t, 64> frame{};
  const size_t length = dataplane::write_arp(
      {kOurMac, kGatewayMac, std::nullopt},
      {dataplane::ArpMessage::kReply, kGatewayMac, ip4(10, 0, 0, 254), kOurMac, ip4(10, 0, 0, 1)},
      frame);
  core_.take(flowtable::Bytes(frame).first(length), dataplane::ScanCore::Answers::yes, now_);
}

uint64_t SweepUnderTest::send(uint64_t probes) {
  const auto sent = [this] { return core_.counters().get(ScanCounter::probes_sent); };
  const uint64_t begin = sent();
  const Tick first = now_;
  for (uint64_t done = 0; done < probes; done = sent() - begin) {
    now_ = first + std::chrono::nanoseconds(static_cast<int64_t>(done) * kNsPerProbe + 1000);
    if (!core_.work(now_)) now_ += std::chrono::microseconds(1);
  }
  return sent() - begin;
}

}  // namespace bench
