// SPDX-License-Identifier: Apache-2.0
#include "control/export/native_record.hpp"
#include "control/export/record_parts.hpp"

namespace control {
namespace {

using record_parts::join;
using record_parts::kHead;
using record_parts::kMd5;
using record_parts::kTail;
using record_parts::kText;
using record_parts::write_text_or_null;
using Context = RecordContext;

void write_id(JsonLine& out, const Context& c, std::string tls::SshFacts::*id) {
  c.seen.ssh ? write_text_or_null(out, text_of_bytes((*c.seen.ssh).*id)) : out.null();
}

using OptionalPrint = std::optional<tls::Fingerprint> tls::SshFacts::*;
void write_print(JsonLine& out, const Context& c, OptionalPrint print,
                 std::string tls::Fingerprint::*form) {
  const bool known = c.seen.ssh && ((*c.seen.ssh).*print).has_value();
  known ? write_text_or_null(out, *((*c.seen.ssh).*print).*form) : out.null();
}

constexpr std::array kSshType = {
    RecordField{"type", R"({"const":"ssh"})", "kind of record",
                [](JsonLine& out, const Context&) { out.text("ssh"); }}};

constexpr std::array kOwn = {
    RecordField{
        "client_id", kText, "identification line of the client (RFC 4253 section 4.2)",
        [](JsonLine& out, const Context& c) { write_id(out, c, &tls::SshFacts::client_id); }},
    RecordField{
        "server_id", kText, "identification line of the server",
        [](JsonLine& out, const Context& c) { write_id(out, c, &tls::SshFacts::server_id); }},
    RecordField{"hassh", kMd5, "HASSH of the client's KEXINIT",
                [](JsonLine& out, const Context& c) {
                  write_print(out, c, &tls::SshFacts::hassh, &tls::Fingerprint::hash);
                }},
    RecordField{"hassh_raw", kText, "HASSH, raw",
                [](JsonLine& out, const Context& c) {
                  write_print(out, c, &tls::SshFacts::hassh, &tls::Fingerprint::raw);
                }},
    RecordField{"hassh_server", kMd5, "HASSHServer of the server's KEXINIT",
                [](JsonLine& out, const Context& c) {
                  write_print(out, c, &tls::SshFacts::hassh_server, &tls::Fingerprint::hash);
                }},
    RecordField{"hassh_server_raw", kText, "HASSHServer, raw",
                [](JsonLine& out, const Context& c) {
                  write_print(out, c, &tls::SshFacts::hassh_server, &tls::Fingerprint::raw);
                }},
};

constexpr auto kSshFields = join(kSshType, kHead, kOwn, kTail);

}  // namespace

std::span<const RecordField> ssh_fields() noexcept {
  return kSshFields;
}

}  // namespace control
