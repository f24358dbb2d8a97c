// SPDX-License-Identifier: Apache-2.0
// What the daemon's commands answer. Part of command_table.cpp, apart only for its length.
#pragma once

#include "control/ipc/command_table.hpp"

namespace control::command_columns {

using Kind = ColumnKind;

inline constexpr ColumnSpec kDownFields[] = {{"draining", "draining", Kind::text, "Always true."}};

inline constexpr ColumnSpec kStatusFields[] = {
    {"state", "state", Kind::text, "starting, running or draining."},
    {"version", "version", Kind::text, "Of the daemon."},
    {"pid", "pid", Kind::count, "Of the daemon."},
    {"sensor", "sensor", Kind::text, "Name of this machine in records."},
    {"since", "since", Kind::time, "Start of the daemon."},
    {"uptime", "uptime", Kind::duration, "Time since then."},
    {"config", "config", Kind::text, "Configuration file, if any."},
    {"cores", "cores", Kind::count, "Poll cores."},
    {"ports", "ports", Kind::count, "Ports."},
    {"database", "database", Kind::text, "What the memory is doing: connected, away, none."},
    {"packet_rate", "packets", Kind::rate, "Packets received, over the last seconds."},
    {"byte_rate", "bytes", Kind::rate, "Bytes received, over the last seconds."},
    {"session_rate", "sessions", Kind::rate, "TLS sessions observed, over the last seconds."},
    {"flows", "flows", Kind::count, "Flows in the tables now."},
    {"flows_max", "of at most", Kind::count, "Room in the tables."},
    {"book", "book", Kind::text, "Whether everything that began like TLS has one outcome."},
};

inline constexpr ColumnSpec kStatusColumns[] = {
    {"group", "group", Kind::text, "Part of the program that counts."},
    {"name", "counter", Kind::text, "Name, as in the metrics."},
    {"value", "value", Kind::count, "Since the start of the daemon."},
    {"help", "meaning", Kind::text, "What was counted."},
};

inline constexpr ColumnSpec kPortsColumns[] = {
    {"name", "port", Kind::text, "As in the configuration."},
    {"device", "device", Kind::text, "As DPDK writes it."},
    {"driver", "driver", Kind::text, "DPDK's driver."},
    {"link", "link", Kind::text, "up or down."},
    {"speed_mbps", "Mbit/s", Kind::count, "Link speed."},
    {"queues", "queues", Kind::count, "Receive queues."},
    {"packets", "packets", Kind::count, "Received."},
    {"bytes", "bytes", Kind::bytes, "Received."},
    {"packet_rate", "packets/s", Kind::rate, "Over the last seconds."},
    {"missed", "missed", Kind::count, "Lost by the card: the poll cores were too slow."},
    {"errors", "errors", Kind::count, "Refused by the card: broken frames."},
    {"no_mbuf", "no buffer", Kind::count, "Lost because packet buffers ran out."},
};

inline constexpr ColumnSpec kFlowsColumns[] = {
    {"originator", "originator", Kind::address, "Who sent the SYN, else the first packet seen."},
    {"responder", "responder", Kind::address, "The other side."},
    {"class", "class", Kind::text, "embryonic, handshaking, established or closing."},
    {"stage", "stage", Kind::text, "probing, capturing or finished."},
    {"packets", "packets", Kind::count, "Both directions."},
    {"bytes", "bytes", Kind::bytes, "Both directions, on the wire."},
    {"age", "age", Kind::duration, "Since the first packet."},
    {"idle", "idle", Kind::duration, "Since the last packet."},
    {"core", "core", Kind::count, "Poll core that follows it."},
};

inline constexpr ColumnSpec kConfigColumns[] = {
    {"key", "setting", Kind::text, "Its name in the file, groups joined by a dot."},
    {"value", "value", Kind::text, "As one writes it in YAML."},
    {"origin", "origin", Kind::text, "default, flag, or the file and line."},
};

inline constexpr ColumnSpec kMetricsFields[] = {
    {"text", "text", Kind::text, "Prometheus text format."}};

}  // namespace control::command_columns
