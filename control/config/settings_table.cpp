// SPDX-License-Identifier: Apache-2.0
#include "control/config/settings_table.hpp"

#include "control/config/setting_limits.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace control {
namespace {

using enum SettingType;
using std::string_view;

constexpr uint64_t kDay = 86'400 * kSecond;

constexpr std::array<string_view, 3> kHugepagesWords{"auto", "yes", "no"};
constexpr std::array<string_view, 4> kIdleWords{"auto", "busy", "pause", "sleep"};
constexpr std::array<string_view, 2> kSteeringWords{"auto", "software"};
constexpr std::array<string_view, 2> kSpoolFullWords{"oldest", "stop"};
constexpr std::array<string_view, 3> kSpoolSyncWords{"record", "segment", "never"};

bool is_absolute_path(string_view text) {
  return text.starts_with('/');
}

bool is_database(string_view text) {
  return text == "embedded" || text == "none" || text.starts_with("postgresql://") ||
         text.starts_with("postgres://");
}

bool has_no_controls(string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

constexpr std::array<SettingGroup, 11> kGroups{{
    {"run", "Where the daemon keeps its things, and who may talk to it."},
    {"dataplane", "Poll cores: threads that do nothing but take packets from ports."},
    {"ports", "What to listen to."},
    {"tap", "What is reported of the traffic besides TLS."},
    {"flow_table", "The flows each poll core follows. A flow that outlasts its silence expires."},
    {"capture", "Buffers for handshake bytes, laid out once at start for each poll core."},
    {"pipeline", "Workers that turn handshake bytes into fingerprints and certificates."},
    {"storage", "The memory: who showed which certificate, where, from when until when."},
    {"output", "Further places for the sessions seen."},
    {"scan",
     "Asking machines for their certificates. Nothing is asked until a port, an address of our "
     "own and what may be asked are set. The ceilings hold whatever a command says."},
    {"bus", "Records to a database elsewhere, over NATS JetStream, and from sensors elsewhere."},
}};

constexpr SettingSpec kSettings[] = {
    {.key = "run.state_dir",
     .default_value = "/var/lib/tapseal as root and as a service, else ~/.local/state/tapseal",
     .default_from = default_state_dir,
     .min = 1,
     .max = kPathMax,
     .accepts = is_absolute_path,
     .allowed = "an absolute path",
     .help = "Directory for the embedded database, the spool and the process lock.",
     .example = "/var/lib/tapseal",
     .place = kept_in<&Settings::run, &RunSettings::state_dir>},
    {.key = "run.socket",
     .default_value =
         "/run/tapseal/control.sock as root and as a service, else in $XDG_RUNTIME_DIR, "
         "else in the state directory",
     .default_from = default_socket,
     .min = 1,
     .max = kSocketPathMax,
     .accepts = is_absolute_path,
     .allowed = "an absolute path",
     .help = "Unix socket on which the daemon answers `tapseal`.",
     .example = "/run/tapseal/control.sock",
     .place = kept_in<&Settings::run, &RunSettings::socket>},
    {.key = "run.sensor",
     .default_value = "this machine's host name",
     .default_from = default_sensor,
     .min = 1,
     .max = 255,
     .accepts = has_no_controls,
     .allowed = "printable text",
     .help = "What this machine is called in every record it writes.",
     .example = "tap-berlin-1",
     .place = kept_in<&Settings::run, &RunSettings::sensor>},
    {.key = "run.readers_group",
     .max = 255,
     .help = "Group whose members may ask (status, flows, certificates). Empty: only operators.",
     .example = "tapseal-readers",
     .place = kept_in<&Settings::run, &RunSettings::readers_group>},
    {.key = "run.operators_group",
     .max = 255,
     .help = "Group whose members may also change and stop things. Empty: only root and the user "
             "the daemon runs as.",
     .example = "tapseal-operators",
     .place = kept_in<&Settings::run, &RunSettings::operators_group>},
    {.key = "dataplane.cores",
     .type = cpu_list,
     .default_value = "[0]",
     .min = 1,
     .max = 64,
     .help = "CPU ids that become poll cores, on the same NUMA node as the ports. Ranges are "
             "written 2-5.",
     .place = kept_in<&Settings::dataplane, &DataplaneSettings::cores>},
    {.key = "dataplane.hugepages",
     .type = word,
     .default_value = "auto",
     .words = kHugepagesWords,
     .help = "Whether packet buffers and flow tables live in huge pages. auto: where the machine "
             "has enough of them.",
     .place = kept_in<&Settings::dataplane, &DataplaneSettings::hugepages>},
    {.key = "dataplane.memory_mb",
     .type = count,
     .unit = "MiB",
     .default_value = "512",
     .min = 64,
     .max = 1'048'576,
     .help = "Memory for packet buffers.",
     .place = kept_in<&Settings::dataplane, &DataplaneSettings::memory_mb>},
    {.key = "dataplane.idle",
     .type = word,
     .default_value = "auto",
     .words = kIdleWords,
     .help = "What a poll core does while no packets come: spin (busy), spin politely (pause) or "
             "sleep. auto: busy on hardware, sleep on virtual devices.",
     .place = kept_in<&Settings::dataplane, &DataplaneSettings::idle>},
    {.key = "dataplane.burst",
     .type = count,
     .unit = "packets",
     .default_value = "32",
     .min = 1,
     .max = 64,
     .help = "Most packets taken from a queue at once.",
     .place = kept_in<&Settings::dataplane, &DataplaneSettings::burst>},
    {.key = "dataplane.steering",
     .type = word,
     .default_value = "auto",
     .words = kSteeringWords,
     .help = "How packets find their flow's core. auto: by the card where it can (RSS); software: "
             "always handed from core to core.",
     .place = kept_in<&Settings::dataplane, &DataplaneSettings::steering>},
    {.key = "ports",
     .type = port_list,
     .default_value = "[]",
     .max = 16,
     .help = "Each has a name of your choice and a device as DPDK writes it: a PCI address, or a "
             "virtual device such as net_af_packet0,iface=eth1.",
     .example = "[{name: mirror0, device: 0000:03:00.0}]",
     .place = kept_in<&Settings::ports>},
    {.key = "tap.ssh",
     .type = word,
     .default_value = "no",
     .words = kNoYes,
     .help = "Whether SSH connections are reported too, with HASSH and HASSHServer.",
     .place = kept_in<&Settings::tap, &TapSettings::ssh>},
    {.key = "flow_table.flows_max",
     .type = count,
     .unit = "flows",
     .default_value = "262144",
     .min = 16,
     .max = 67'108'864,
     .help = "Most flows one poll core follows at one time; each takes 128 bytes. When full, a "
             "flow that has shown the least leaves first.",
     .place = kept_in<&Settings::flow_table, &FlowTableSettings::flows_max>},
    {.key = "flow_table.embryonic_timeout",
     .type = duration,
     .default_value = "10s",
     .min = kSecond / 10,
     .max = kDay,
     .help = "Silence after which a flow of which only a SYN was seen is forgotten.",
     .place = kept_in<&Settings::flow_table, &FlowTableSettings::embryonic_timeout>},
    {.key = "flow_table.handshake_timeout",
     .type = duration,
     .default_value = "30s",
     .min = kSecond / 10,
     .max = kDay,
     .help = "Silence after which an unfinished handshake is reported as it is.",
     .place = kept_in<&Settings::flow_table, &FlowTableSettings::handshake_timeout>},
    {.key = "flow_table.idle_timeout",
     .type = duration,
     .default_value = "5m",
     .min = kSecond,
     .max = 7 * kDay,
     .help = "Silence after which a flow that is only counted any more is forgotten.",
     .place = kept_in<&Settings::flow_table, &FlowTableSettings::idle_timeout>},
    {.key = "flow_table.closing_timeout",
     .type = duration,
     .default_value = "2s",
     .min = kSecond / 10,
     .max = kDay,
     .help = "Silence after a FIN or RST before a flow is forgotten.",
     .place = kept_in<&Settings::flow_table, &FlowTableSettings::closing_timeout>},
    {.key = "capture.captures_max",
     .type = count,
     .unit = "captures",
     .default_value = "8192",
     .min = 16,
     .max = 1'048'576,
     .help = "Handshakes under way or with the workers at one time; each takes 16 KiB. When all "
             "are out, new handshakes are counted as capture_pool_empty.",
     .place = kept_in<&Settings::capture, &CaptureSettings::captures_max>},
    {.key = "capture.large_max",
     .type = count,
     .unit = "captures",
     .default_value = "256",
     .min = 1,
     .max = 65'536,
     .help = "Captures that may grow to hold a 64 KiB message in each direction (132 KiB each).",
     .place = kept_in<&Settings::capture, &CaptureSettings::large_max>},
    {.key = "capture.probes_max",
     .type = count,
     .unit = "payloads",
     .default_value = "24",
     .min = 1,
     .max = 255,
     .help = "Payloads looked at in each direction before a flow counts as not TLS. Protocols that "
             "start in clear text (STARTTLS) need several.",
     .place = kept_in<&Settings::capture, &CaptureSettings::probes_max>},
    {.key = "pipeline.workers",
     .type = count,
     .unit = "threads",
     .default_value = "0",
     .max = 1024,
     .help = "Worker threads. 0: one for each CPU that is not a poll core.",
     .place = kept_in<&Settings::pipeline, &PipelineSettings::workers>},
    {.key = "pipeline.tokens",
     .type = count,
     .unit = "batches",
     .default_value = "16",
     .min = 1,
     .max = 4096,
     .help = "Batches under way in the pipeline at one time; bounds its memory.",
     .place = kept_in<&Settings::pipeline, &PipelineSettings::tokens>},
    {.key = "pipeline.batch_max",
     .type = count,
     .unit = "captures",
     .default_value = "64",
     .min = 1,
     .max = 4096,
     .help = "Most captures in one batch.",
     .place = kept_in<&Settings::pipeline, &PipelineSettings::batch_max>},
    {.key = "pipeline.known_certificates_max",
     .type = count,
     .unit = "certificates",
     .default_value = "65536",
     .min = 16,
     .max = 16'777'216,
     .help = "Certificates remembered so that they are read only once; about 4 KiB each.",
     .place = kept_in<&Settings::pipeline, &PipelineSettings::known_certificates_max>},
    {.key = "pipeline.resumable_sessions_max",
     .type = count,
     .unit = "entries",
     .default_value = "131072",
     .min = 16,
     .max = 16'777'216,
     .help = "Session ids and tickets of full handshakes remembered, so that a resumed session can "
             "be linked to the one it goes back to; about 300 bytes each.",
     .place = kept_in<&Settings::pipeline, &PipelineSettings::resumable_sessions_max>},
    {.key = "storage.database",
     .default_value = "embedded",
     .min = 1,
     .max = 4095,
     .accepts = is_database,
     .allowed = "embedded, none or a postgresql:// address",
     .help = "embedded: a private PostgreSQL in the state directory, on a Unix socket only. none: "
             "nothing is kept.",
     .place = kept_in<&Settings::storage, &StorageSettings::database>},
    {.key = "storage.batch_rows",
     .type = count,
     .unit = "sessions",
     .default_value = "50000",
     .min = 1,
     .max = 1'000'000,
     .help = "Most sessions in one record of the spool, which is one transaction of the database.",
     .place = kept_in<&Settings::storage, &StorageSettings::batch_rows>},
    {.key = "storage.batch_delay",
     .type = duration,
     .default_value = "1s",
     .min = kSecond / 100,
     .max = 3600 * kSecond,
     .help = "Longest a session waits in memory for its record to fill.",
     .place = kept_in<&Settings::storage, &StorageSettings::batch_delay>},
    {.key = "storage.queue_batches",
     .type = count,
     .unit = "batches",
     .default_value = "16",
     .min = 1,
     .max = 65'536,
     .help = "Records' worth of sessions that may wait in memory for the spool's disk before the "
             "pipeline is held up.",
     .place = kept_in<&Settings::storage, &StorageSettings::queue_batches>},
    {.key = "storage.spool_max_mb",
     .type = count,
     .unit = "MiB",
     .default_value = "4096",
     .min = 16,
     .max = 1'073'741'824,
     .help = "Most disk that the spool takes: what was seen and is not yet in the database, in "
             "state_dir/spool.",
     .place = kept_in<&Settings::storage, &StorageSettings::spool_max_mb>},
    {.key = "storage.spool_full",
     .type = word,
     .default_value = "oldest",
     .words = kSpoolFullWords,
     .help = "What gives way when the spool has reached its limit, counted either way: the oldest "
             "records in it, or (stop) whatever comes new.",
     .place = kept_in<&Settings::storage, &StorageSettings::spool_full>},
    {.key = "storage.spool_sync",
     .type = word,
     .default_value = "record",
     .words = kSpoolSyncWords,
     .help = "When the spool forces its records to the disk. A killed process loses nothing with "
             "any of them; record alone outlasts a power failure.",
     .place = kept_in<&Settings::storage, &StorageSettings::spool_sync>},
    {.key = "storage.keep_sessions",
     .type = duration,
     .default_value = "90d",
     .max = 36'500 * kDay,
     .help = "How long single sessions are kept, in whole days (UTC); links, certificates and "
             "fingerprints stay. 0s: for ever.",
     .place = kept_in<&Settings::storage, &StorageSettings::keep_sessions>},
    {.key = "storage.keep_links",
     .type = duration,
     .default_value = "0s",
     .max = 36'500 * kDay,
     .help = "How long after it was last seen it is remembered who was linked to what: servers, "
             "names, chains, clients. 0s: for ever.",
     .place = kept_in<&Settings::storage, &StorageSettings::keep_links>},
    {.key = "output.json",
     .max = kPathMax,
     .accepts = has_no_controls,
     .allowed = "a path, - or nothing",
     .help = "File to which every session is appended as one JSON line; - is standard output. "
             "Empty: none.",
     .example = "/var/log/tapseal/sessions.jsonl",
     .place = kept_in<&Settings::output, &OutputSettings::json>},
};

}  // namespace

std::span<const SettingSpec> settings_table() noexcept {
  static const std::vector<SettingSpec> whole = [] {
    std::vector<SettingSpec> specs(std::begin(kSettings), std::end(kSettings));
    specs.insert(specs.end(), scan_settings().begin(), scan_settings().end());
    specs.insert(specs.end(), bus_settings().begin(), bus_settings().end());
    return specs;
  }();
  return whole;
}

const SettingSpec* find_setting(std::string_view key) noexcept {
  const std::span<const SettingSpec> table = settings_table();
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const SettingSpec& spec) { return spec.key == key; });
  return found == table.end() ? nullptr : &*found;
}

std::span<const SettingGroup> setting_groups() noexcept {
  return kGroups;
}

}  // namespace control
