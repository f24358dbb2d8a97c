// SPDX-License-Identifier: Apache-2.0
// Where the scanner stands when its sweep is measured.
#pragma once

#include "dataplane/scan/scan_core.hpp"
#include "dataplane/scan/target_space.hpp"
#include "tests/bench/measure.hpp"

#include <array>
#include <cstdint>
#include <span>

namespace bench {

// One address of ours behind a gateway, and 2^28 others that may be asked. `caps`: with a rate per
// subnet and per host that hold nobody up, so that what is measured is the asking for them.
enum class Caps : uint8_t { none, subnet_and_host };
[[nodiscard]] dataplane::ScanSite sweep_site(Caps caps);
// The port 443 of all 2^28.
[[nodiscard]] dataplane::TargetSpace sweep_space();

// Takes every frame, into one place.
class Nothing final : public dataplane::FrameSink {
 public:
  std::span<uint8_t> room() noexcept override { return bytes_; }
  void send(size_t length) noexcept override { use(bytes_[length - 1]); }

 private:
  std::array<uint8_t, 2048> bytes_{};
};

// A core that scans, with the gateway's answer given.
class SweepUnderTest {
 public:
  struct Options {
    Caps caps = Caps::none;
    uint32_t in_flight_max = 1 << 16;
    uint32_t connections_max = 256;
    bool speaks_tls = false;  // whoever is open hears a hello
  };
  static constexpr uint32_t kJob = 7;
  SweepUnderTest(const Options& options, dataplane::FrameSink& sink);

  // Rounds of a loop until so many probes more were sent; the clock goes on by 50 ns for each, so
  // that what is under way is what it would be at 20 million a second. Returns how many it were.
  uint64_t send(uint64_t probes);

  // One round, a frame to us, and what workers have of it, for whoever answers: the clock goes on
  // by `us`.
  bool round(int64_t us) {
    now_ += std::chrono::microseconds(us);
    return core_.work(now_);
  }
  void take(flowtable::Bytes frame) { core_.take(frame, dataplane::ScanCore::Answers::yes, now_); }
  [[nodiscard]] flowtable::ScanExchange& exchange() noexcept { return exchange_; }

 private:
  void learn_gateway();

  dataplane::ScanSite site_;
  dataplane::TargetSpace space_;
  flowtable::ScanExchange exchange_;
  dataplane::ScanControl control_;
  dataplane::ScanProgress progress_;
  dataplane::ScanPlan plan_;
  dataplane::ScanCore core_;
  flowtable::Tick now_;
};

// The stages of a probe, each alone. Prints rows.
void measure_stages(const Wanted& wanted);

}  // namespace bench
