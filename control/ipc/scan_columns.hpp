// SPDX-License-Identifier: Apache-2.0
// What the scanner's commands answer. Part of command_table.cpp, apart only for its length.
#pragma once

#include "control/ipc/command_table.hpp"

namespace control::scan_command {

using Kind = ColumnKind;

inline constexpr ColumnSpec kScanFields[] = {
    {"scan", "scan", Kind::count, "Its number."},
    {"state", "state", Kind::text, "running, waiting, paused, stopped, finished, failed; planned."},
    {"targets", "targets", Kind::count, "Addresses times ports, and those of lists."},
    {"addresses", "addresses", Kind::count, "Asked, allowed and not excluded."},
    {"ports", "ports", Kind::count, "Asked of each address."},
    {"left_out", "left out", Kind::count, "Addresses asked for that are not allowed or excluded."},
    {"rate", "rate", Kind::rate, "Probes per second."},
    {"rate_max", "at most", Kind::rate, "scan.rate_max, which no command passes."},
    {"packets_min", "packets", Kind::count, "If every target answers the first probe."},
    {"packets_max", "at most", Kind::count, "If none does."},
    {"duration", "time", Kind::duration, "At this rate, if none answers."},
    {"bound", "bound by", Kind::text, "rate, ceiling, subnet or host: what makes it as long."},
    {"ranges", "ranges", Kind::count, "Parts that scanners take on loan; of --fleet."},
    {"pieces", "pieces", Kind::count, "Of the networks, by which scanners may ask; of --fleet."},
    {"seed", "seed", Kind::count, "Gives the same order again."},
};

// What `tapseal scan` shows as it comes.
inline constexpr ColumnSpec kScanColumns[] = {
    {"ts", "time", Kind::text, "UTC.", 19},
    {"server", "server", Kind::text, "Address and port.", 21},
    {"name", "name", Kind::text, "Asked for.", 24},
    {"protocol", "protocol", Kind::text, "What came before TLS.", 11},
    {"version", "version", Kind::text, "Chosen by the server.", 8},
    {"result", "result", Kind::text, "Name and end of the certificate, or what it is instead."},
};

inline constexpr ColumnSpec kScansColumns[] = {
    {"scan", "scan", Kind::count, "Its number."},
    {"fleet", "fleet", Kind::text,
     "Of one that scanners share: all, or the scanner whose part the row is."},
    {"state", "state", Kind::text, "running, waiting, paused, stopped, finished or failed."},
    {"who", "who", Kind::text, "Who asked for it."},
    {"started", "started", Kind::time, ""},
    {"targets", "targets", Kind::count, "Addresses times ports, and those of lists."},
    {"done", "done", Kind::count, "Of these, those with an outcome."},
    {"probes", "probes", Kind::count, "SYNs sent."},
    {"rate", "rate", Kind::rate, "Of the last second; of a shared one: what it may."},
    {"loss", "loss %", Kind::count, "Answers to a later probe only, of all answers."},
    {"open", "open", Kind::count, ""},
    {"closed", "closed", Kind::count, ""},
    {"unreachable", "unreachable", Kind::count, ""},
    {"silent", "silent", Kind::count, ""},
    {"lost_locally", "lost", Kind::count, "Targets whose probes could not leave."},
    {"tls", "TLS", Kind::count, "Services that speak it."},
    {"certificates", "certificates", Kind::count, "Different ones."},
    {"remaining", "remaining", Kind::duration, "At the present rate."},
    {"ranges", "ranges", Kind::count, "Parts; of a scanner: those it has or finished."},
    {"ranges_done", "done", Kind::count, "Of these, finished."},
    {"ranges_leased", "leased", Kind::count, "Of these, on loan."},
    {"note", "note", Kind::text, "What it waits for, or why it ended."},
    {"spec", "what", Kind::text, "As it was written."},
};

inline constexpr ColumnSpec kStateFields[] = {
    {"scan", "scan", Kind::count, "Its number."},
    {"state", "state", Kind::text, "As it is now."},
};

inline constexpr ColumnSpec kStoreFields[] = {
    {"services", "services", Kind::count, "Open ones."},
    {"certificates", "certificates", Kind::count, "Of these, read and handed to the memory."},
};

}  // namespace control::scan_command
