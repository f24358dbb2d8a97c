// SPDX-License-Identifier: Apache-2.0
// The dialogues, one maker each. starttls_table says which is whose.
#pragma once

#include "tls/probe/dialogue.hpp"

#include <memory>

namespace tls::probe {

using DialoguePtr = std::unique_ptr<Dialogue>;
// Never null. Only SMTP, LMTP and XMPP use the names.
using DialogueMaker = DialoguePtr (*)(const DialogueNames&);

[[nodiscard]] DialoguePtr make_smtp(const DialogueNames& names);
[[nodiscard]] DialoguePtr make_lmtp(const DialogueNames& names);
[[nodiscard]] DialoguePtr make_imap(const DialogueNames& names);
[[nodiscard]] DialoguePtr make_pop3(const DialogueNames& names);
[[nodiscard]] DialoguePtr make_ftp(const DialogueNames& names);
[[nodiscard]] DialoguePtr make_ldap(const DialogueNames& names);
[[nodiscard]] DialoguePtr make_xmpp(const DialogueNames& names);
[[nodiscard]] DialoguePtr make_xmpp_server(const DialogueNames& names);
[[nodiscard]] DialoguePtr make_nntp(const DialogueNames& names);
[[nodiscard]] DialoguePtr make_sieve(const DialogueNames& names);
[[nodiscard]] DialoguePtr make_irc(const DialogueNames& names);
[[nodiscard]] DialoguePtr make_postgresql(const DialogueNames& names);
[[nodiscard]] DialoguePtr make_mysql(const DialogueNames& names);
[[nodiscard]] DialoguePtr make_mssql(const DialogueNames& names);
[[nodiscard]] DialoguePtr make_rdp(const DialogueNames& names);
[[nodiscard]] DialoguePtr make_vnc(const DialogueNames& names);
[[nodiscard]] DialoguePtr make_telnet(const DialogueNames& names);

}  // namespace tls::probe
