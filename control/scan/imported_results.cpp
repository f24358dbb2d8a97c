// SPDX-License-Identifier: Apache-2.0
#include "control/scan/imported_results.hpp"

#include "control/scan/import_collector.hpp"

namespace control {

using flowtable::Failure;
using flowtable::OrError;
using std::string_view;

std::optional<ImportFormat> recognise_import(string_view bytes) noexcept {
  if (bytes.starts_with("masscan/1.1")) return ImportFormat::masscan_binary;
  const size_t begin = bytes.find_first_not_of(" \t\r\n");
  if (begin == string_view::npos) return std::nullopt;
  const string_view text = bytes.substr(begin);
  if (text.starts_with("<?xml") || text.starts_with("<nmaprun")) return ImportFormat::xml;
  if (text.front() == '[' || text.front() == '{') return ImportFormat::masscan_json;
  for (const string_view word : {"#masscan", "open ", "closed ", "banner "}) {
    if (text.starts_with(word)) return ImportFormat::masscan_list;
  }
  return std::nullopt;
}

OrError<Import> import_results(string_view bytes, ImportFormat format) {
  ImportCollector collector;
  OrError<void> read;
  switch (format) {
    case ImportFormat::masscan_list:
      read = import_masscan_list(bytes, collector);
      break;
    case ImportFormat::masscan_json:
      read = import_masscan_json(bytes, collector);
      break;
    case ImportFormat::masscan_binary:
      read = import_masscan_binary(bytes, collector);
      break;
    case ImportFormat::xml:
      read = import_xml(bytes, collector);
      break;
  }
  if (!read.ok()) return Failure{read.error()};
  return collector.result();
}

}  // namespace control
