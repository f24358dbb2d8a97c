// SPDX-License-Identifier: Apache-2.0
// What a person can set, one small struct per module.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace control {

// The members have no initial values on purpose: defaults, bounds and help stand once, in
// settings_table.cpp, and a Settings that is in use always comes from the loader.

using Duration = std::chrono::nanoseconds;

struct RunSettings {
  std::string state_dir;        // absolute
  std::string socket;           // absolute
  std::string sensor;           // what this machine is called in records
  std::string readers_group;    // empty: nobody but the operators
  std::string operators_group;  // empty: only root and the daemon's own user
};

// The enumerators stand in the order of the setting's words.
enum class UseHugepages : uint8_t { automatic, yes, no };
enum class IdlePolicy : uint8_t { automatic, busy, pause, sleep };
enum class Steering : uint8_t { automatic, software };

struct DataplaneSettings {
  std::vector<uint32_t> cores;  // CPU ids, distinct, at least one
  UseHugepages hugepages;
  uint32_t memory_mb;
  IdlePolicy idle;
  uint32_t burst;  // packets
  Steering steering;
};

struct PortSettings {
  std::string name;    // distinct
  std::string device;  // as DPDK writes it: a PCI address or a virtual device with arguments

  bool operator==(const PortSettings&) const = default;
};

struct TapSettings {
  bool ssh;
};

struct FlowTableSettings {
  uint32_t flows_max;  // per poll core
  Duration embryonic_timeout;
  Duration handshake_timeout;
  Duration idle_timeout;
  Duration closing_timeout;
};

// Per poll core.
struct CaptureSettings {
  uint32_t captures_max;
  uint32_t large_max;  // not above captures_max
  uint32_t probes_max;
};

struct PipelineSettings {
  uint32_t workers;  // 0: one for each CPU that is not a poll core
  uint32_t tokens;
  uint32_t batch_max;
  uint32_t known_certificates_max;
  uint32_t resumable_sessions_max;
};

// In the order of the words in the table of settings.
enum class SpoolFullPolicy : uint8_t { oldest, stop };
enum class SpoolSyncPolicy : uint8_t { record, segment, never };

struct StorageSettings {
  std::string database;  // "embedded", "none" or a postgresql:// address
  uint32_t batch_rows;
  Duration batch_delay;
  uint32_t queue_batches;
  uint32_t spool_max_mb;
  SpoolFullPolicy spool_full;
  SpoolSyncPolicy spool_sync;
  Duration keep_sessions;  // 0: for ever
  Duration keep_links;     // 0: for ever
};

struct BusSettings {
  std::string url;          // empty: none
  std::string credentials;  // file; empty: none
  std::string ca;           // file; empty: none
  bool writer;
  uint32_t replicas;
  uint32_t stream_max_mb;
};

struct OutputSettings {
  std::string json;  // path, "-" for standard output, empty for none
};

// Texts are as the loader accepted them: addresses as address_text.hpp reads them, windows as
// time_windows.hpp does. Rates are packets per second that begin something, of all cores together.
struct ScanSettings {
  std::string port;  // name of one of `ports`; empty: no scanning
  std::vector<std::string> addresses;
  std::vector<std::string> gateways;
  uint16_t vlan;  // 0: none
  std::vector<std::string> allow;
  std::vector<std::string> exclude;
  uint32_t rate_max;
  uint32_t rate;             // not above rate_max
  uint32_t subnet_rate_max;  // to one IPv4 /24 or IPv6 /64
  uint32_t host_rate_max;
  std::string source_ports;  // FIRST-LAST
  uint32_t connections_max;  // per poll core
  Duration silence_max;
  Duration duration_max;
  uint32_t bytes_max;
  uint8_t attempts;
  Duration wait;
  std::vector<std::string> windows;  // empty: always
  std::string own_name;
  bool passive_follow;
  uint32_t passive_rate;  // targets per second
  bool fleet;             // takes ranges of other scanners' jobs
  Duration fleet_lease;
};

struct Settings {
  RunSettings run;
  DataplaneSettings dataplane;
  std::vector<PortSettings> ports;
  TapSettings tap;
  FlowTableSettings flow_table;
  CaptureSettings capture;
  PipelineSettings pipeline;
  StorageSettings storage;
  BusSettings bus;
  OutputSettings output;
  ScanSettings scan;
};

}  // namespace control
