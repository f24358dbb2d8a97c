// SPDX-License-Identifier: Apache-2.0
#include "control/export/session_table.hpp"

#include <gtest/gtest.h>

#include <string>

namespace control {
namespace {

std::string row_of(const tls::Observation& seen) {
  std::string out;
  append_session_row(out, {seen, "here"});
  return out;
}

tls::Observation named(const std::string& sni) {
  tls::Observation seen;
  seen.hello.emplace();
  seen.sni = sni;
  return seen;
}

TEST(SessionTable, KeepsItsColumnsUnderLongNames) {
  const std::string head = session_table_head();
  const std::string row = row_of(named(std::string(200, 'x')));
  EXPECT_EQ(row.find("x"), head.find("name"));
  EXPECT_EQ(row.substr(head.find("version") - 2, 2), "  ");
}

TEST(SessionTable, CutsBetweenCharactersNotInsideThem) {
  std::string name;
  for (int i = 0; i < 40; ++i)
    name += "\u00fc";
  const std::string row = row_of(named(name));
  size_t characters = 0;
  for (size_t at = 0; (at = row.find("\u00fc", at)) != std::string::npos; at += 2)
    ++characters;
  EXPECT_EQ(characters, 28U);
}

TEST(SessionTable, NothingInALineActsOnATerminal) {
  const std::string row = row_of(named("\x1b]0;gone\x07\n"));
  EXPECT_EQ(row.find('\x1b'), std::string::npos);
  EXPECT_EQ(row.find('\n'), row.size() - 1);
}

TEST(SessionTable, ShowsWhichProgramsSpeakSsh) {
  tls::Observation seen;
  seen.kind = tls::RecordKind::ssh;
  seen.ssh.emplace();
  seen.ssh->client_id = "SSH-2.0-PuTTY";
  seen.ssh->server_id = "SSH-2.0-dropbear";
  seen.ssh->hassh = tls::Fingerprint{"", "8a8ae540028bf433cd68356c1b9e8d5b"};
  const std::string head = session_table_head();
  const std::string row = row_of(seen);
  EXPECT_EQ(row.find("SSH-2.0-PuTTY"), head.find("name"));
  EXPECT_EQ(row.find("8a8ae540"), head.find("ja4"));
  EXPECT_EQ(row.find("SSH-2.0-dropbear"), head.find("certificate"));
}

TEST(SessionTable, SaysWhyASessionIsNotComplete) {
  tls::Observation seen;
  seen.missing = tls::MissingReason::server_hello_missing;
  EXPECT_NE(row_of(seen).find("(server_hello_missing)"), std::string::npos);
}

}  // namespace
}  // namespace control
