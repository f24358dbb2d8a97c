// SPDX-License-Identifier: Apache-2.0
// What the scanner found out about one service: the active eye's product.
#pragma once

#include "flowtable/scan_exchange.hpp"
#include "tls/pipeline/observation.hpp"
#include "tls/probe/dialogue.hpp"
#include "tls/probe/tls_result.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tls {

// What a job wants to know of each service beyond its certificates.
struct InquiryWish {
  bool other_certificate = true;  // the RSA one beside the ECDSA one, and the other way round
  bool without_name = true;       // of a named target also what it shows without a name
  bool legacy = true;             // probe c where a and b are refused
  bool old_ssl = false;           // SSL 3.0 and 2.0
  bool jarm = false;
  bool versions = false;  // every protocol version that is accepted
  bool ciphers = false;   // every cipher suite of these
  bool groups = false;    // the group selected, with and without a post-quantum share
  std::string own_name;   // for EHLO; empty: a name that cannot exist
};

// One service to ask, by a connection of its own.
struct ServiceQuestion {
  uint32_t job = 0;
  flowtable::Endpoint server;
  Transport transport = Transport::tcp;
  std::string name;  // SNI, and XMPP's domain; empty: none
  std::string_view
      protocol;            // of the STARTTLS table, static; empty: by port, then by what is heard
  uint64_t reference = 0;  // the asker's own; comes back in the report
  // When the tap saw the session whose certificate it could not read, where that is why it is
  // asked; epoch: it is not.
  flowtable::Tick wanted_since{};
};

// One connection and what it came to.
struct ProbeOutcome {
  std::string_view probe;  // id of the hello, static: "a", "b-rsa", …
  std::string name;        // SNI that was sent
  probe::Refusal refusal = probe::Refusal::none;
  probe::Reached reached = probe::Reached::nothing;
  std::optional<uint8_t> alert;
  uint16_t version = 0;  // 0: no ServerHello
  uint16_t cipher = 0;
  std::optional<uint16_t> group;
  bool hello_retry = false;
  bool client_certificate_asked = false;
  std::vector<Sha256> certs;  // in the order sent
};

// Deep looks; empty where they were not asked for or came to nothing.
struct AcceptedSuites {
  uint16_t version = 0;
  std::vector<uint16_t> suites;  // in the order in which the server chose them
};
struct SelectedGroups {
  std::optional<uint16_t> classic;       // chosen when no post-quantum group is offered
  std::optional<uint16_t> post_quantum;  // chosen when X25519MLKEM768 is offered, too
};

// Why an open service ended without TLS. One value is one word of the scan's book.
enum class NoTlsReason : uint8_t {
  none,        // there was TLS
  refused,     // TLS was refused: `alert`, or the server agreed to it and then went
  starttls,    // the dialogue before TLS came to nothing: see `dialogue`
  timed_out,   // silent at `step`
  not_tls,     // it speaks something else, see `speaks`
  closed,      // at `step`, without a word of TLS or an agreement to it
  reset,       // the same by RST
  too_much,    // more bytes than a service has reason for
  malformed,   // it begins like TLS and breaks the format
  false_open,  // says yes on every port and never a word: a middlebox
  stopped,     // the job was stopped before it was known
  count_
};

[[nodiscard]] constexpr std::string_view name_of(NoTlsReason reason) noexcept {
  constexpr std::array<std::string_view, static_cast<size_t>(NoTlsReason::count_)> kNames{
      "none",  "refused",  "starttls",  "timed_out",  "not_tls", "closed",
      "reset", "too_much", "malformed", "false_open", "stopped",
  };
  static_assert(!kNames.back().empty(), "a NoTlsReason has no name");
  const auto index = static_cast<size_t>(reason);
  return index < kNames.size() ? kNames[index] : std::string_view{};
}

struct ServiceReport {
  uint32_t job = 0;
  uint64_t reference = 0;
  flowtable::Tick began{};
  flowtable::Tick ended{};
  flowtable::Endpoint server;
  Transport transport = Transport::tcp;
  std::string name;
  flowtable::TargetOutcome outcome = flowtable::TargetOutcome::open;
  NoTlsReason no_tls = NoTlsReason::none;
  std::string_view starttls;  // protocol spoken before TLS, static; empty: TLS at once
  std::string_view speaks;    // what it is where it is not TLS (recognise()), static; may be empty
  std::string step;           // where it ended
  std::string code;           // the protocol's own word for a refusal; printable
  std::optional<uint8_t> alert;
  std::vector<ProbeOutcome> probes;  // in the order made
  flowtable::SynFacts syn_ack;
  std::string jarm;  // 62 characters
  std::string jarm_raw;
  std::vector<AcceptedSuites> accepted;
  SelectedGroups groups;
  uint32_t connections = 0;  // made in all

  [[nodiscard]] bool has_tls() const noexcept {
    return outcome == flowtable::TargetOutcome::open && no_tls == NoTlsReason::none;
  }
};

// Each list of one delivery; both may be empty. Everything of one report comes in one call.
struct ScanDelivery {
  RecordBatch observations;  // with certificates, source active
  std::vector<ServiceReport> reports;
  std::vector<flowtable::ScanReply> replies;
};

class ScanSink {
 public:
  virtual ~ScanSink() = default;
  // One call at a time, by the workers' thread. May wait: the cores then hold back.
  virtual void accept(ScanDelivery&& delivery) = 0;
};

}  // namespace tls
