// SPDX-License-Identifier: Apache-2.0
// The last look at a frame before it leaves.
#pragma once

#include "dataplane/scan/address_words.hpp"
#include "dataplane/scan/askable_v4.hpp"
#include "dataplane/scan/frame_sink.hpp"
#include "dataplane/scan/scan_counter.hpp"
#include "dataplane/scan/scan_plan.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace dataplane {

// Addresses that nobody is ever sent anything at, whatever is allowed: 0/8, loopback, multicast,
// broadcast (of all, and of each on-link IPv4 prefix), and our own.
[[nodiscard]] bool is_never_asked(const ScanSite& site,
                                  const flowtable::IpAddress& address) noexcept;
// All of these.
[[nodiscard]] AddressSet never_asked(const ScanSite& site);
// All that decides whether a packet may go to `address`.
[[nodiscard]] bool may_be_asked(const ScanSite& site, const flowtable::IpAddress& address) noexcept;

// Stands before the sink: all that probes, dials and connections send goes through here, and what
// may not go is counted and dropped. It reads the frame itself, so that no mistake on the way to
// here counts. ARP, neighbour discovery and echo replies, which stay on the link or answer, do not
// come this way. Borrows all.
class LastLine final : public FrameSink {
 public:
  LastLine(const ScanSite& site, FrameSink& sink, ScanCounters& counters);

  [[nodiscard]] std::span<uint8_t> room() noexcept override { return room_ = sink_.room(); }
  void send(size_t length) noexcept override {
    refused_last_ = !may_go(flowtable::Bytes(room_.first(std::min(length, room_.size()))));
    if (refused_last_) return counters_.add(ScanCounter::frames_refused);
    sink_.send(length);
  }
  [[nodiscard]] bool refused_last() const noexcept { return refused_last_; }

  // is_never_asked(), where most addresses may be asked.
  [[nodiscard]] bool is_never_asked_fast(const flowtable::IpAddress& address) const noexcept {
    const AddressWords words = words_of(address);
    if (is_mapped(words) && askable_v4_.contains(v4_number_of(words))) return false;
    return is_never_asked(site_, address);
  }

 private:
  static constexpr size_t kIpv4Header = 20;

  [[nodiscard]] bool may_go(flowtable::Bytes frame) const noexcept {
    return is_plain_v4(frame)
               ? askable_v4_.contains(flowtable::load_be32(frame.data() + ip_at_ + 16))
               : may_go_otherwise(frame);
  }
  [[nodiscard]] bool may_go_otherwise(flowtable::Bytes frame) const noexcept;
  // As write_segment() makes them, and nothing else: Ethernet, our tag, a header without options,
  // and no more bytes stated than there are.
  [[nodiscard]] bool is_plain_v4(flowtable::Bytes frame) const noexcept {
    using flowtable::load_be16;
    if (frame.size() < ip_at_ + kIpv4Header) return false;
    const uint8_t* const ip = frame.data() + ip_at_;
    const bool tagged = ip_at_ != 14;
    if (tagged && (load_be16(frame.data() + 12) != EtherType::kVlan ||
                   (load_be16(frame.data() + 14) & 0xfff) != site_.vlan))
      return false;
    const uint16_t length = load_be16(ip + 2);
    return load_be16(ip - 2) == EtherType::kIpv4 && ip[0] == 0x45 && length >= kIpv4Header &&
           length <= frame.size() - ip_at_;
  }

  const ScanSite& site_;
  FrameSink& sink_;
  ScanCounters& counters_;
  const AskableV4 askable_v4_;
  const size_t ip_at_;  // of frames of ours
  std::span<uint8_t> room_;
  bool refused_last_ = false;
};

}  // namespace dataplane
