// SPDX-License-Identifier: Apache-2.0
#include "dataplane/port.hpp"

#include "dataplane/capture/capture_file.hpp"
#include "dataplane/poll_loop.hpp"
#include "dataplane/steering_mesh.hpp"
#include "flowtable/base/check.hpp"

#include <net/if.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <cstdlib>

namespace dataplane {
namespace {

using flowtable::Error;
using flowtable::Failure;

// Ethernet header, two VLAN tags and the frame check sequence around an IP packet.
constexpr uint32_t kFrameOverhead = RTE_ETHER_HDR_LEN + 2 * 4 + RTE_ETHER_CRC_LEN;
// DPDK's usual size: one full Ethernet frame in one buffer.
constexpr uint16_t kBufferBytes = 2048;
// Virtual devices keep packets in rings of their own, or none.
constexpr uint16_t kVdevDescriptorsMax = 512;

}  // namespace

Failure<Error> Port::failure(const std::string& what, int code) const {
  const std::string reason = code == 0 ? "" : std::string(": ") + rte_strerror(std::abs(code));
  return Failure{Error{"port \"" + spec_.text + "\": " + what + reason}};
}

flowtable::OrError<std::unique_ptr<Port>> Port::open(const PortSpec& spec,
                                                     const PortOptions& options, bool transmits) {
  std::unique_ptr<Port> port(new Port(spec, options, transmits));
  if (auto checked = port->check_names(); !checked) return Failure{checked.error()};
  if (auto attached = port->attach(); !attached) return Failure{attached.error()};
  return port;
}

Port::~Port() {
  stop();
  if (!attached_) return;
  rte_eth_dev_close(id_);
  if (spec_.vdev != nullptr) rte_eal_hotplug_remove("vdev", spec_.device.c_str());
}

// The mistakes people make, told before a driver says less.
flowtable::OrError<void> Port::check_names() {
  const std::string interface(spec_.argument("iface"));
  const bool kernel_interface =
      spec_.vdev != nullptr && !interface.empty() && spec_.vdev->required_key == "iface";
  if (kernel_interface && if_nametoindex(interface.c_str()) == 0) {
    return failure("no interface " + interface + " here: ip link lists them", 0);
  }
  for (const std::string& path : spec_.all_arguments("rx_pcap")) {
    auto file = CaptureFile::open(path);
    if (!file) return failure(file.error().message, 0);
    CaptureFrame first;
    const bool any = file.value().next(first) == CaptureStep::frame;
    file_links_.push_back(any ? first.link : LinkType::ethernet);
  }
  return {};
}

// Devargs that the person did not give and that the driver's own defaults are bad at. The kernel
// hands over whole frames after its receive offload has joined segments; a first flight of TCP is
// ten segments, so 16 KiB keep every handshake whole. Longer frames, which only bulk data makes,
// arrive with their end cut off. 2048 such places are 32 MiB per queue (and the driver maps as
// much again for sending).
std::string Port::complete_arguments() const {
  std::string out = spec_.arguments;
  if (spec_.vdev->driver != "net_af_packet") return out;
  const bool sized = !spec_.argument("framesz").empty() || !spec_.argument("blocksz").empty() ||
                     !spec_.argument("framecnt").empty();
  if (!sized) out += ",framesz=16384,blocksz=65536,framecnt=2048";
  // What we send keeps to a rate of its own: the kernel's queueing would only cost.
  if (transmits_ && spec_.argument("qdisc_bypass").empty()) out += ",qdisc_bypass=1";
  if (spec_.argument("qpairs").empty()) out += ",qpairs=" + std::to_string(options_.cores);
  return out;
}

flowtable::OrError<void> Port::attach() {
  if (spec_.vdev != nullptr) {
    const int added =
        rte_eal_hotplug_add("vdev", spec_.device.c_str(), complete_arguments().c_str());
    // DPDK gives -1 for every reason; only the driver's log knows the right one.
    const char* mend =
        spec_.vdev->required_key == "iface" ? ", and whether we have CAP_NET_RAW" : "";
    if (added != 0) {
      return failure(std::string("its driver does not take it: see DPDK's log lines") + mend, 0);
    }
  }
  if (rte_eth_dev_get_port_by_name(spec_.device.c_str(), &id_) != 0) {
    if (spec_.vdev != nullptr) rte_eal_hotplug_remove("vdev", spec_.device.c_str());
    return failure(
        "no such device for DPDK: bind it with dpdk-devbind.py --bind=vfio-pci " + spec_.device, 0);
  }
  attached_ = true;
  rte_eth_dev_info device{};
  if (const int code = rte_eth_dev_info_get(id_, &device); code != 0) {
    return failure("tells nothing about itself", code);
  }
  driver_ = device.driver_name;
  return {};
}

PortAbility Port::ability() const {
  rte_eth_dev_info device{};
  if (rte_eth_dev_info_get(id_, &device) != 0) return {};
  return {device.max_rx_queues, device.flow_type_rss_offloads, device.hash_key_size,
          device.reta_size};
}

uint32_t Port::packet_clock_ns() const noexcept {
  return spec_.vdev == nullptr ? 0 : spec_.vdev->packet_clock_ns;
}

void Port::choose_queues(const RssPlan& plan, const rte_eth_dev_info& device) {
  const QueuePolicy policy = spec_.vdev == nullptr ? QueuePolicy::per_core : spec_.vdev->queues;
  const uint16_t most = std::max<uint16_t>(device.max_rx_queues, 1);
  rx_queues_ = policy == QueuePolicy::one   ? uint16_t{1}
               : policy == QueuePolicy::all ? most
                                            : std::min(options_.cores, most);
  if (plan.steering == Steering::hardware) rx_queues_ = options_.cores;
  const bool silent = !transmits_ && (spec_.vdev == nullptr || !spec_.vdev->transmit_queues_too);
  tx_queues_ = silent ? uint16_t{0} : std::min(rx_queues_, device.max_tx_queues);
  if (transmits_) tx_queues_ = std::min(options_.cores, device.max_tx_queues);
}

// Frames longer than a buffer arrive in several where the device can do that (scatter), else the
// buffers are as long as the frame. Checksums are not asked for: a tap sees packets before their
// sender's card has filled them in, and follows them all the same. Nor are the card's time stamps:
// DPDK defines neither their unit nor their epoch, and one TSC reading per burst is exact enough.
void Port::choose_rx_mode(const rte_eth_dev_info& device, rte_eth_conf& wanted) {
  // A virtual device's MTU is its interface's business, not ours.
  const uint32_t longest = spec_.vdev != nullptr ? RTE_ETHER_MAX_LEN : device.max_rx_pktlen;
  frame_bytes_max_ = std::min<uint32_t>(options_.frame_bytes_max, longest);
  const uint32_t mtu = std::min<uint32_t>(frame_bytes_max_ - kFrameOverhead, device.max_mtu);
  if (spec_.vdev == nullptr && mtu > RTE_ETHER_MTU) wanted.rxmode.mtu = mtu;

  const bool scatter = (device.rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER) != 0;
  buffer_bytes_ = kBufferBytes;
  if (scatter) {
    wanted.rxmode.offloads |= RTE_ETH_RX_OFFLOAD_SCATTER;
  } else if (frame_bytes_max_ > kBufferBytes) {
    buffer_bytes_ = static_cast<uint16_t>(frame_bytes_max_);
  }
  if (spec_.vdev != nullptr && spec_.vdev->packet_buffer_bytes != 0) {
    const std::string given(spec_.argument("framesz"));
    const long framesz = given.empty() ? spec_.vdev->packet_buffer_bytes : std::atol(given.c_str());
    buffer_bytes_ = static_cast<uint16_t>(
        std::clamp<long>(framesz, kBufferBytes, UINT16_MAX - RTE_PKTMBUF_HEADROOM));
    frame_bytes_max_ = buffer_bytes_;
  }
  const auto least = static_cast<uint16_t>(
      std::min<uint32_t>(device.min_rx_bufsize, UINT16_MAX - RTE_PKTMBUF_HEADROOM));
  buffer_bytes_ = std::max(buffer_bytes_, least);
}

flowtable::OrError<void> Port::configure(const RssPlan& plan) {
  rte_eth_dev_info device{};
  if (const int code = rte_eth_dev_info_get(id_, &device); code != 0) {
    return failure("tells nothing about itself", code);
  }
  rte_eth_conf wanted{};
  choose_queues(plan, device);
  choose_rx_mode(device, wanted);
  std::vector<uint8_t> key = symmetric_key(device.hash_key_size);
  if (plan.steering == Steering::hardware) {
    wanted.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    wanted.rx_adv_conf.rss_conf.rss_key = key.data();
    wanted.rx_adv_conf.rss_conf.rss_key_len = device.hash_key_size;
    wanted.rx_adv_conf.rss_conf.rss_hf = plan.rss_types;
  }
  if (const int code = rte_eth_dev_configure(id_, rx_queues_, tx_queues_, &wanted); code != 0) {
    return failure("cannot be configured with " + std::to_string(rx_queues_) + " queues", code);
  }
  const uint16_t most = spec_.vdev != nullptr ? kVdevDescriptorsMax : UINT16_MAX;
  rx_descriptors_ = std::min(options_.rx_descriptors, most);
  tx_descriptors_ = std::min(options_.tx_descriptors, most);
  if (const int code = rte_eth_dev_adjust_nb_rx_tx_desc(id_, &rx_descriptors_, &tx_descriptors_);
      code != 0) {
    return failure("has no number of descriptors it likes", code);
  }
  if (auto made = set_up_queues(wanted); !made) return made;
  // The table belongs to started devices with some drivers, to stopped ones with none.
  reta_period_ = plan.reta_period;
  return {};
}

flowtable::OrError<void> Port::set_up_queues(const rte_eth_conf& wanted) {
  const int socket = rte_eth_dev_socket_id(id_);
  auto pool = MbufPool::create({
      .name = "rx_" + std::to_string(id_),
      .mbufs = mbufs_needed({.rx_descriptors = uint32_t{rx_descriptors_} * rx_queues_,
                             .tx_descriptors = uint32_t{tx_descriptors_} * tx_queues_,
                             .in_mesh = static_cast<uint32_t>(mesh_items_max(options_.cores)),
                             .cores = options_.cores}),
      .buffer_bytes = buffer_bytes_,
      .socket = socket,
  });
  if (!pool) return failure(pool.error().message, 0);
  pool_ = std::move(pool).value();
  if (transmits_) {
    auto tx_pool = MbufPool::create({
        .name = "tx_" + std::to_string(id_),
        .mbufs = mbufs_needed(
            {.tx_descriptors = uint32_t{tx_descriptors_} * tx_queues_, .cores = options_.cores}),
        .buffer_bytes = kBufferBytes,
        .socket = socket,
    });
    if (!tx_pool) return failure(tx_pool.error().message, 0);
    tx_pool_ = std::move(tx_pool).value();
  }
  const auto node = static_cast<unsigned>(socket);
  rte_eth_dev_info device{};
  rte_eth_dev_info_get(id_, &device);
  rte_eth_rxconf receive = device.default_rxconf;
  receive.offloads = wanted.rxmode.offloads;
  for (uint16_t queue = 0; queue < rx_queues_; ++queue) {
    const int code =
        rte_eth_rx_queue_setup(id_, queue, rx_descriptors_, node, &receive, pool_->get());
    if (code != 0) return failure("cannot set up receive queue " + std::to_string(queue), code);
  }
  for (uint16_t queue = 0; queue < tx_queues_; ++queue) {
    const int code = rte_eth_tx_queue_setup(id_, queue, tx_descriptors_, node, nullptr);
    if (code != 0) return failure("cannot set up send queue " + std::to_string(queue), code);
  }
  return {};
}

flowtable::OrError<void> Port::set_reta(uint16_t entries) {
  const std::vector<uint16_t> queues = reta_queues(entries, reta_period_, rx_queues_);
  std::vector<rte_eth_rss_reta_entry64> table((entries + RTE_ETH_RETA_GROUP_SIZE - 1) /
                                              RTE_ETH_RETA_GROUP_SIZE);
  for (size_t i = 0; i < queues.size(); ++i) {
    rte_eth_rss_reta_entry64& group = table[i / RTE_ETH_RETA_GROUP_SIZE];
    group.mask |= uint64_t{1} << i % RTE_ETH_RETA_GROUP_SIZE;
    group.reta[i % RTE_ETH_RETA_GROUP_SIZE] = queues[i];
  }
  const int code = rte_eth_dev_rss_reta_update(id_, table.data(), entries);
  if (code != 0) return failure("cannot spread flows over its queues", code);
  return {};
}

flowtable::OrError<void> Port::start() {
  CHECK(pool_ != nullptr);
  if (const int code = rte_eth_dev_start(id_); code != 0) return failure("does not start", code);
  started_ = true;
  if (reta_period_ != 0) {
    if (auto spread = set_reta(ability().reta_entries); !spread) return spread;
  }
  // A device without the notion of an address filter says so, and lets everything pass.
  const int code = rte_eth_promiscuous_enable(id_);
  if (code != 0 && code != -ENOTSUP) return failure("cannot receive others' frames", code);
  rte_eth_stats_reset(id_);
  if (driver_ == "net_af_packet") kernel_drops_.watch(std::string(spec_.argument("iface")));
  return {};
}

void Port::stop() noexcept {
  if (!started_) return;
  rte_eth_dev_stop(id_);
  started_ = false;
}

std::array<uint8_t, 6> Port::mac() const noexcept {
  rte_ether_addr address{};
  std::array<uint8_t, 6> out{};
  if (rte_eth_macaddr_get(id_, &address) == 0)
    std::copy_n(address.addr_bytes, out.size(), out.begin());
  return out;
}

PortLink Port::link() const {
  rte_eth_link link{};
  if (rte_eth_link_get_nowait(id_, &link) != 0) return {};
  const bool known = link.link_speed != RTE_ETH_SPEED_NUM_UNKNOWN;
  return {link.link_status == RTE_ETH_LINK_UP, known ? link.link_speed : 0};
}

PortStats Port::stats() {
  rte_eth_stats raw{};
  if (rte_eth_stats_get(id_, &raw) != 0) return {};
  return {.rx_missed = raw.imissed + kernel_drops_.total(),
          .rx_errors = raw.ierrors,
          .rx_no_mbuf = raw.rx_nombuf,
          .rx_packets = raw.ipackets,
          .rx_bytes = raw.ibytes,
          .tx_packets = raw.opackets,
          .tx_bytes = raw.obytes,
          .tx_errors = raw.oerrors};
}

flowtable::OrError<OpenPorts> open_ports(std::span<const PortSpec> specs,
                                         const PortOptions& options) {
  OpenPorts all;
  std::vector<PortAbility> abilities;
  for (size_t i = 0; i < specs.size(); ++i) {
    auto port = Port::open(specs[i], options, i == options.transmit_port);
    if (!port) return Failure{port.error()};
    abilities.push_back(port.value()->ability());
    all.ports.push_back(std::move(port).value());
  }
  all.plan = plan_rss(abilities, options.cores);
  if (!options.hardware_steering && all.plan.steering == Steering::hardware) {
    all.plan = {.steering = Steering::software, .rss_types = 0, .reta_period = 0};
  }
  if (options.cores > 1) {
    // Without a cache per core, so that what it says to be free is free for every core.
    auto pool = MbufPool::create({.name = "joined",
                                  .mbufs = PollLoop::joined_pool_mbufs(options.cores),
                                  .buffer_bytes = PollLoop::kJoinedBufferBytes,
                                  .cache = 0});
    if (!pool) return Failure{pool.error()};
    all.joined_pool = std::move(pool).value();
  }
  for (const auto& port : all.ports) {
    if (auto configured = port->configure(all.plan); !configured) {
      return Failure{configured.error()};
    }
  }
  return all;
}

}  // namespace dataplane
