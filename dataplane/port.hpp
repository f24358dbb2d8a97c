// SPDX-License-Identifier: Apache-2.0
// One network device, from its name to bursts.
#pragma once

#include "dataplane/link_type.hpp"
#include "dataplane/mbuf_pool.hpp"
#include "dataplane/port_spec.hpp"
#include "dataplane/rss.hpp"
#include "dataplane/socket_drops.hpp"
#include "flowtable/base/result.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

struct rte_eth_conf;
struct rte_eth_dev_info;

namespace dataplane {

struct PortOptions {
  uint16_t cores = 1;              // poll cores of the run
  uint16_t rx_descriptors = 2048;  // per queue; adjusted to what the device can have
  uint16_t tx_descriptors = 1024;
  uint16_t frame_bytes_max = 9216;  // longest frame to be received, where the device can
  // Which of the ports sends frames of ours, by a TX queue for every core where the device has
  // them; none by default.
  size_t transmit_port = SIZE_MAX;
  // False: the cores steer, whatever the devices can do.
  bool hardware_steering = true;
};

// All since start(), except where DPDK's driver says otherwise. Losses first.
struct PortStats {
  uint64_t rx_missed = 0;   // the device, or the kernel before it, had no room
  uint64_t rx_errors = 0;   // broken on the wire
  uint64_t rx_no_mbuf = 0;  // no free packet buffer
  uint64_t rx_packets = 0;
  uint64_t rx_bytes = 0;
  uint64_t tx_packets = 0;
  uint64_t tx_bytes = 0;
  uint64_t tx_errors = 0;
};

struct PortLink {
  bool up = false;
  uint32_t speed_mbps = 0;  // 0: unknown
};

// Opened, configured and closed by the main thread; queue i is polled by one poll core at a time.
// Must not outlive Eal. Life: open (the device exists and tells what it can), plan_rss over all
// ports, configure, start, poll, destroy (which stops it).
class Port {
 public:
  [[nodiscard]] static flowtable::OrError<std::unique_ptr<Port>> open(const PortSpec& spec,
                                                                      const PortOptions& options,
                                                                      bool transmits = false);
  ~Port();
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  [[nodiscard]] PortAbility ability() const;
  [[nodiscard]] flowtable::OrError<void> configure(const RssPlan& plan);
  [[nodiscard]] flowtable::OrError<void> start();
  void stop() noexcept;

  [[nodiscard]] const PortSpec& spec() const noexcept { return spec_; }
  [[nodiscard]] const std::string& driver() const noexcept { return driver_; }
  [[nodiscard]] uint16_t id() const noexcept { return id_; }
  [[nodiscard]] uint16_t num_rx_queues() const noexcept { return rx_queues_; }
  [[nodiscard]] uint16_t num_tx_queues() const noexcept { return tx_queues_; }
  [[nodiscard]] const MbufPool& pool() const noexcept { return *pool_; }
  // Where frames of ours are made; null where the port sends none.
  [[nodiscard]] rte_mempool* tx_pool() const noexcept {
    return tx_pool_ == nullptr ? nullptr : tx_pool_->get();
  }
  [[nodiscard]] std::array<uint8_t, 6> mac() const noexcept;
  // Longest frame that arrives whole.
  [[nodiscard]] uint32_t frame_bytes_max() const noexcept { return frame_bytes_max_; }
  // Unit of the time stamps that its packets bear, in ns since the epoch; 0: they bear none.
  [[nodiscard]] uint32_t packet_clock_ns() const noexcept;
  // What the packets of a queue begin with: Ethernet, except from files of other links.
  [[nodiscard]] LinkType link_of(uint16_t queue) const noexcept {
    return queue < file_links_.size() ? file_links_[queue] : LinkType::ethernet;
  }
  // Main thread.
  [[nodiscard]] PortStats stats();
  [[nodiscard]] PortLink link() const;

 private:
  Port(const PortSpec& spec, const PortOptions& options, bool transmits)
      : spec_(spec), options_(options), transmits_(transmits) {}

  [[nodiscard]] flowtable::OrError<void> attach();
  [[nodiscard]] flowtable::OrError<void> check_names();
  [[nodiscard]] std::string complete_arguments() const;
  void choose_queues(const RssPlan& plan, const rte_eth_dev_info& device);
  void choose_rx_mode(const rte_eth_dev_info& device, rte_eth_conf& wanted);
  [[nodiscard]] flowtable::OrError<void> set_up_queues(const rte_eth_conf& wanted);
  [[nodiscard]] flowtable::OrError<void> set_reta(uint16_t entries);
  [[nodiscard]] flowtable::Failure<flowtable::Error> failure(const std::string& what,
                                                             int code) const;

  PortSpec spec_;
  PortOptions options_;
  bool transmits_;
  std::string driver_;
  std::vector<LinkType> file_links_;  // of net_pcap's files, one per queue
  std::unique_ptr<MbufPool> pool_;
  std::unique_ptr<MbufPool> tx_pool_;
  SocketDrops kernel_drops_;
  uint32_t frame_bytes_max_ = 0;
  uint16_t id_ = 0xffff;
  uint16_t rx_queues_ = 0;
  uint16_t tx_queues_ = 0;
  uint16_t rx_descriptors_ = 0;
  uint16_t tx_descriptors_ = 0;
  uint16_t buffer_bytes_ = 0;
  uint16_t reta_period_ = 0;
  bool attached_ = false;
  bool started_ = false;
};

// All ports of a run, configured for one way of steering.
struct OpenPorts {
  std::vector<std::unique_ptr<Port>> ports;
  RssPlan plan;
  // Buffers for packets that one core has put together of fragments and another follows; null with
  // one core. Poll cores borrow it.
  std::unique_ptr<MbufPool> joined_pool;
};
// Opens, plans and configures; start() is left to the caller, who gives the poll cores their plans
// in between. The first port that fails is the error, and none stays open.
[[nodiscard]] flowtable::OrError<OpenPorts> open_ports(std::span<const PortSpec> specs,
                                                       const PortOptions& options);

}  // namespace dataplane
