// SPDX-License-Identifier: Apache-2.0
// What other scanners found, from the files they write.
#pragma once

#include "flowtable/base/result.hpp"
#include "flowtable/flow_key.hpp"

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace control {

enum class ImportFormat : uint8_t {
  masscan_list,    // -oL
  masscan_json,    // -oJ, -oD
  masscan_binary,  // -oB, "masscan/1.1"
  xml,             // nmap's -oX, and masscan's, which is like it
};

enum class ImportedState : uint8_t { unknown, open, closed, filtered };

struct ImportedResult {
  flowtable::Endpoint server;
  uint8_t protocol = 6;  // number of the IP protocol: TCP, UDP (17) or SCTP (132)
  ImportedState state = ImportedState::unknown;
  std::chrono::sys_seconds seen{};  // the latest; the epoch where nothing says when
  std::string reason;               // the other scanner's word, such as "syn-ack"
  bool tls = false;                 // it spoke TLS with the other scanner
  std::string service;              // as the other scanner names it
  std::string host_name;            // one that it was asked by, or that its address stands for
  // DER, each once, in the order of the file, which need not be the order sent. Outermost lengths
  // are right; whether it is a certificate is for tls/x509 to say.
  std::vector<std::vector<uint8_t>> certificates;
};

struct Import {
  std::vector<ImportedResult> results;  // one for each server and protocol, sorted by these
  uint64_t num_skipped = 0;             // entries of no interest here: hosts, ICMP, ARP
  uint64_t num_broken = 0;              // entries that cannot be read
  std::vector<std::string> problems;    // of the first ten broken ones, with their place
};

struct ImportLimits {
  static constexpr size_t kResultsMax = size_t{1} << 24;
  static constexpr size_t kCertificateBytesMax = 65'536;
  static constexpr size_t kCertificatesMax = 32;  // of one server
  static constexpr size_t kTextBytesMax = 255;    // longer ones are cut
};

// By how the bytes begin; nothing where they are none of these.
[[nodiscard]] std::optional<ImportFormat> recognise_import(std::string_view bytes) noexcept;

// All of a file. A broken entry is counted and the next one read; a file that is cut off gives what
// it holds and says so. Error: not of that format at all, or more than the limits.
[[nodiscard]] flowtable::OrError<Import> import_results(std::string_view bytes,
                                                        ImportFormat format);

}  // namespace control
