// SPDX-License-Identifier: Apache-2.0
// Gathers the entries of a file by the server they are of.
#pragma once

#include "control/scan/imported_results.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace control {

// Fields of one entry; what is empty says nothing.
struct ImportedEntry {
  std::string_view address;
  std::string_view protocol;  // "tcp", "udp", "sctp"
  uint64_t port = 0;
  ImportedState state = ImportedState::unknown;
  uint64_t seconds = 0;  // since the epoch
  std::string_view reason;
  std::string_view service;  // as the scanner names it
  std::string_view banner;   // of masscan; of the service "X509" a certificate in base64
  std::string_view host_name;
  bool tls = false;
};

class ImportCollector {
 public:
  // `place` is where it stands, for problems: "line 7". Entries of no port are skipped and counted.
  // Null: skipped, broken, or too many. The pointer holds until the next call.
  ImportedResult* add(const ImportedEntry& entry, const std::string& place);
  // One in base64 with or without PEM's first and last line.
  void add_certificate(ImportedResult& result, std::string_view text, const std::string& place);
  void add_problem(const std::string& place, const std::string& why);
  void skip() noexcept { ++import_.num_skipped; }

  [[nodiscard]] bool is_full() const noexcept { return is_full_; }
  [[nodiscard]] flowtable::OrError<Import> result();

 private:
  using Key = std::pair<flowtable::Endpoint, uint8_t>;

  static void merge(const ImportedEntry& entry, ImportedResult& result);

  std::map<Key, ImportedResult> by_server_;
  Import import_;
  bool is_full_ = false;
};

// The formats, one file each.
[[nodiscard]] flowtable::OrError<void> import_masscan_list(std::string_view text,
                                                           ImportCollector& collector);
[[nodiscard]] flowtable::OrError<void> import_masscan_json(std::string_view text,
                                                           ImportCollector& collector);
[[nodiscard]] flowtable::OrError<void> import_masscan_binary(std::string_view bytes,
                                                             ImportCollector& collector);
[[nodiscard]] flowtable::OrError<void> import_xml(std::string_view text,
                                                  ImportCollector& collector);

// "open", "closed", "filtered", "open|filtered" (which is nothing known).
[[nodiscard]] ImportedState imported_state_named(std::string_view name) noexcept;
// Digits only; nothing where it is no number of 64 bits.
[[nodiscard]] std::optional<uint64_t> imported_number(std::string_view text) noexcept;

}  // namespace control
