// SPDX-License-Identifier: Apache-2.0
// DPDK's environment, once per process.
#pragma once

#include "flowtable/base/result.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dataplane {

enum class Hugepages : uint8_t {
  automatic,  // where there are enough of them, ordinary memory otherwise
  yes,        // refuse to start without
  no,
};

struct EalOptions {
  Hugepages hugepages = Hugepages::automatic;
  uint32_t memory_mb = 512;            // for packet buffers; with hugepages: least that is free
  std::vector<unsigned> cores;         // CPU of each poll core, in order; a CPU may be named twice
  std::vector<unsigned> main_cpus;     // where all other threads may run; empty: on no poll core
  std::vector<std::string> pci_allow;  // PCI devices; empty: the PCI bus is not touched
  std::string log_level = "notice";    // EAL's names: debug, info, notice, warning, error …
  std::string file_prefix = "tapseal";
  // Takes each line that DPDK and its drivers write, on any thread. Empty: lines are dropped.
  std::function<void(std::string_view line)> log;
};

// Owner: the thread that starts it, which becomes DPDK's main lcore and is free to float over
// main_cpus. Poll core i is lcore i + 1 and runs on cores[i] alone: lcore numbers are ours, so two
// poll cores and the main thread share two CPUs without trouble. Must outlive every port, and can
// be started only once in the life of a process: DPDK itself cannot be started again.
class Eal {
 public:
  [[nodiscard]] static flowtable::OrError<std::unique_ptr<Eal>> start(const EalOptions& options);
  ~Eal();
  Eal(const Eal&) = delete;
  Eal& operator=(const Eal&) = delete;

  [[nodiscard]] bool uses_hugepages() const noexcept { return uses_hugepages_; }
  // One line that the person should see (hugepages wanted and not there); empty: nothing to say.
  [[nodiscard]] const std::string& notice() const noexcept { return notice_; }
  [[nodiscard]] size_t num_poll_cores() const noexcept { return num_poll_cores_; }
  [[nodiscard]] static unsigned lcore_of(size_t poll_core) noexcept {
    return static_cast<unsigned>(poll_core) + 1;
  }

 private:
  class Log;
  explicit Eal(const EalOptions& options);
  [[nodiscard]] flowtable::OrError<void> choose_memory(const EalOptions& options);
  [[nodiscard]] std::vector<std::string> arguments(const EalOptions& options) const;
  [[nodiscard]] flowtable::OrError<void> initialise(const EalOptions& options);

  std::unique_ptr<Log> log_;
  std::vector<std::string> arguments_;  // EAL keeps pointers into them
  std::string notice_;
  size_t num_poll_cores_;
  bool uses_hugepages_ = false;
  bool initialised_ = false;
};

}  // namespace dataplane
