// SPDX-License-Identifier: Apache-2.0
#include "control/export/session_table.hpp"

#include "control/export/text_format.hpp"
#include "flowtable/base/utf8.hpp"

#include <algorithm>
#include <array>

namespace control {
namespace {

struct Column {
  std::string_view heading;
  size_t width;  // characters; the last one is never cut
};
constexpr std::array kColumns = {
    Column{"time", 19},   Column{"client", 21}, Column{"server", 21},    Column{"name", 28},
    Column{"version", 8}, Column{"ja4", 36},    Column{"certificate", 0}};

// Appends `text`, cut or filled to `width` characters (0: as it is).
void append_cell(std::string& out, std::string_view text, size_t width) {
  size_t characters = 0;
  while (!text.empty() && (width == 0 || characters < width)) {
    const size_t length = std::max<size_t>(1, flowtable::utf8_length(text));
    out += text.substr(0, length);
    text.remove_prefix(length);
    ++characters;
  }
  if (width == 0) return;
  out.append(width - characters + 2, ' ');
}

std::string endpoint_text(const flowtable::Endpoint& endpoint) {
  return text_of(endpoint.address) + " " + std::to_string(endpoint.port);
}

std::string certificate_text(const tls::Observation& seen) {
  if (!seen.complete()) return "(" + std::string(tls::name_of(seen.missing)) + ")";
  if (seen.certs.empty()) return seen.resumed ? "(resumed)" : "(encrypted)";
  const tls::CertificateFacts& leaf = *seen.certs.front();
  std::string out = text_of_bytes(leaf.subject_cn.value_or("(no common name)"));
  if (leaf.not_after) out += " until " + text_of_seconds(*leaf.not_after).substr(0, 10);
  return out;
}

// What differs between the kinds of record.
struct Middle {
  std::string name;
  std::string version;
  std::string fingerprint;
  std::string shown;
};

Middle tls_middle(const tls::Observation& seen) {
  return {seen.sni ? text_of_bytes(*seen.sni) : "-",
          seen.answer ? tls_version_text(seen.answer->version) : "-",
          seen.hello ? seen.hello->ja4.hash : "-", certificate_text(seen)};
}

// No name is asked for and no certificate shown: the programs that speak, and the client's HASSH.
Middle ssh_middle(const tls::Observation& seen) {
  Middle out{"-", "SSH", "-", "-"};
  if (!seen.ssh) return out;
  out.name = text_of_bytes(seen.ssh->client_id);
  if (seen.ssh->hassh) out.fingerprint = seen.ssh->hassh->hash;
  out.shown = text_of_bytes(seen.ssh->server_id);
  return out;
}

}  // namespace

std::string tls_version_text(uint16_t version) {
  switch (version) {
    case 0x0300:
      return "SSL 3.0";
    case 0x0301:
      return "TLS 1.0";
    case 0x0302:
      return "TLS 1.1";
    case 0x0303:
      return "TLS 1.2";
    case 0x0304:
      return "TLS 1.3";
    default:
      return "";
  }
}

std::string session_table_head() {
  std::string out;
  for (const Column& column : kColumns)
    append_cell(out, column.heading, column.width);
  return out + '\n';
}

SessionCells session_cells(const tls::Observation& seen) {
  const Middle middle = seen.kind == tls::RecordKind::ssh ? ssh_middle(seen) : tls_middle(seen);
  return {text_of(seen.seen).substr(0, kColumns[0].width),
          endpoint_text(seen.client),
          endpoint_text(seen.server),
          middle.name,
          middle.version,
          middle.fingerprint,
          middle.shown};
}

void append_session_row(std::string& out, const RecordContext& context) {
  const SessionCells cells = session_cells(context.seen);
  for (size_t i = 0; i < cells.size(); ++i)
    append_cell(out, cells[i], kColumns[i].width);
  out += '\n';
}

}  // namespace control
