// SPDX-License-Identifier: Apache-2.0
// Frames for a poll core's port, made faster than it can take them.
#pragma once

#include "dataplane/mbuf_pool.hpp"
#include "tests/workload/traffic.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

struct rte_mbuf;

namespace bench {

// First every flow opens and says its TLS handshake; then data of all flows in turn, with one
// packet of a hundred from short TLS sessions among it. One thread, which is an lcore of DPDK.
class TapFeed {
 public:
  struct Options {
    uint32_t flows = 1'000'000;
    std::vector<uint16_t> payload_bytes{846};  // of data packets, in turn
    uint32_t handshake_percent = 1;            // of packets, 0 to 100
    // True: the flows are plain connections of three packets and one request.
    bool plain = false;
  };
  TapFeed(const Options& options, const std::vector<workload::Script>& scripts, uint16_t port);

  // Sends the beginnings of all flows.
  void open_flows();
  // Sends bursts of data until `packets` of them are out.
  void send_data(uint64_t packets);
  // The same with SYNs from random sources, one for each data packet.
  void send_flood(uint64_t packets);

  // TLS sessions of which every packet of the handshake has been sent.
  [[nodiscard]] uint64_t sessions_said() const noexcept;
  [[nodiscard]] uint64_t sent() const noexcept { return sent_; }
  // Bursts of which the port took only a part at first, because the core was behind.
  [[nodiscard]] double share_full() const noexcept {
    return bursts_ == 0 ? 0 : static_cast<double>(full_) / static_cast<double>(bursts_);
  }

 private:
  // So many are sent at once, that the core finds whole bursts even where it is the faster one:
  // what a packet costs is asked, not what looking for it does.
  static constexpr uint16_t kBurst = 512;
  // Headers of one flow's next data packet, ready to be copied.
  struct alignas(64) Image {
    std::array<uint8_t, workload::Frame::kHeaderBytes> header;
    uint16_t payload_bytes;
  };

  // Data packets, and where other(number, frame) makes one, that instead.
  template <typename Other>
  void send_among(uint64_t packets, Other&& other);
  void write(const workload::Frame& frame, rte_mbuf& mbuf) const;
  void write_image(rte_mbuf& mbuf);
  void take_mbufs(std::array<rte_mbuf*, kBurst>& out);
  void send(std::array<rte_mbuf*, kBurst>& mbufs);

  const Options options_;
  workload::Conversations flows_;
  std::unique_ptr<workload::Conversations> sessions_;
  workload::SynFlood flood_{7};
  std::vector<Image> images_;
  size_t next_image_ = 0;
  uint16_t port_;
  std::unique_ptr<dataplane::MbufPool> pool_;
  uint64_t sent_ = 0;
  uint64_t bursts_ = 0;
  uint64_t full_ = 0;
};

}  // namespace bench
