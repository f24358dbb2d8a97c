// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/scan_row.hpp"

#include "control/export/session_table.hpp"
#include "control/export/text_format.hpp"
#include "control/ipc/message.hpp"

namespace control {
namespace {

using flowtable::TargetOutcome;

std::string server_text(const flowtable::Endpoint& server) {
  return text_of(server.address) + " " + std::to_string(server.port);
}

// The version of the first conversation that came to one.
std::string version_of(const tls::ServiceReport& report) {
  for (const tls::ProbeOutcome& probe : report.probes) {
    if (probe.version != 0) return tls_version_text(probe.version);
  }
  return "";
}

// Why there is no certificate.
std::string reason_text(const tls::ServiceReport& report) {
  if (report.outcome != TargetOutcome::open) return std::string(name_of(report.outcome));
  std::string out = "(" + std::string(name_of(report.no_tls));
  if (!report.speaks.empty()) out += ": " + std::string(report.speaks);
  if (report.alert) out += ": alert " + std::to_string(*report.alert);
  if (!report.step.empty()) out += " at " + text_of_bytes(report.step);
  if (!report.code.empty()) out += ": " + text_of_bytes(report.code);
  return out + ")";
}

}  // namespace

std::string service_row(const tls::ServiceReport& report, const tls::CertificateFacts* leaf) {
  std::string result;
  if (leaf != nullptr) {
    result = text_of_bytes(leaf->subject_cn.value_or("(no common name)"));
    if (leaf->not_after) result += " until " + text_of_seconds(*leaf->not_after).substr(0, 10);
  } else {
    result = report.has_tls() ? "(no certificate)" : reason_text(report);
  }
  const Json row{{"ts", text_of(report.ended).substr(0, 19)},
                 {"server", server_text(report.server)},
                 {"name", report.name.empty() ? Json() : Json(text_of_bytes(report.name))},
                 {"protocol", report.starttls.empty() ? Json() : Json(report.starttls)},
                 {"version", version_of(report)},
                 {"result", result}};
  return to_text(row);
}

std::string target_row(const flowtable::ScanReply& reply) {
  const Json row{{"ts", text_of(reply.tick).substr(0, 19)},
                 {"server", server_text(reply.server)},
                 {"result", name_of(reply.outcome)}};
  return to_text(row);
}

}  // namespace control
