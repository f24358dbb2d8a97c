// SPDX-License-Identifier: Apache-2.0
// How a person names a device, and what we know of each kind.
#pragma once

#include "flowtable/base/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dataplane {

// How many receive queues a port of a driver is given.
enum class QueuePolicy : uint8_t {
  one,       // the driver does not spread packets over its queues
  per_core,  // as many as there are poll cores, where the device has them
  all,       // all that it was made with: packets of a queue that nobody polls would be lost
};

// What DPDK cannot be asked about its virtual devices.
struct VdevTraits {
  std::string_view driver;
  std::string_view alias = {};  // "alias:VALUE" means "driver,alias_key=VALUE"; may be empty
  std::string_view alias_key = {};
  std::string_view required_key = {};  // one devarg without which it cannot work; may be empty
  QueuePolicy queues = QueuePolicy::one;
  bool transmit_queues_too = false;  // refuses to be configured without as many TX queues
  uint16_t packet_buffer_bytes = 0;  // longest piece it delivers; 0: the usual mbuf
  uint32_t packet_clock_ns = 0;      // unit of the time stamps it writes; 0: writes none
};

struct PortSpec {
  std::string text;                  // as the person wrote it, for messages
  std::string device;                // "0000:3b:00.0", or the instance "net_pcap0"
  std::string arguments;             // devargs, "key=value,key=value"
  const VdevTraits* vdev = nullptr;  // null: a PCI device

  // The value of one devarg, the first where it is given more than once; empty where it is not.
  [[nodiscard]] std::string_view argument(std::string_view key) const noexcept;
  // All values of one devarg, in order.
  [[nodiscard]] std::vector<std::string> all_arguments(std::string_view key) const;
};

[[nodiscard]] std::span<const VdevTraits> known_vdevs() noexcept;

// Reads device strings: a PCI address ("0000:3b:00.0" or "3b:00.0", devargs after a comma), a
// virtual device ("net_af_packet,iface=mirror0") or an alias ("iface:mirror0", "pcap:some.pcap").
// Instances of virtual devices are numbered here, whatever number was written. The error names the
// string and the mend; for an unknown name also the nearest known one.
[[nodiscard]] flowtable::OrError<std::vector<PortSpec>> parse_port_specs(
    std::span<const std::string> texts);

// PCI addresses among the ports: EAL's allow list.
[[nodiscard]] std::vector<std::string> pci_devices(std::span<const PortSpec> ports);

}  // namespace dataplane
