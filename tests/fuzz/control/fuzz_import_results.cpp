// SPDX-License-Identifier: Apache-2.0
// Any bytes as a file of another scanner, in the format that they begin like and in every other.
#include "control/scan/imported_results.hpp"
#include "flowtable/base/check.hpp"

#include <algorithm>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using control::ImportFormat;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(control::recognise_import(bytes));
  for (const ImportFormat format : {ImportFormat::masscan_list, ImportFormat::masscan_json,
                                    ImportFormat::masscan_binary, ImportFormat::xml}) {
    const auto import = control::import_results(bytes, format);
    if (!import.ok()) {
      CHECK(!import.error().message.empty());
      continue;
    }
    const auto& results = import.value().results;
    CHECK(import.value().problems.size() == std::min<uint64_t>(import.value().num_broken, 10));
    for (size_t i = 0; i < results.size(); ++i) {
      CHECK(results[i].server.port != 0);
      CHECK(i == 0 || results[i - 1].server <= results[i].server);
      CHECK(results[i].certificates.size() <= control::ImportLimits::kCertificatesMax);
      CHECK(results[i].certificates.empty() || results[i].tls);
      CHECK(results[i].service.size() <= control::ImportLimits::kTextBytesMax);
    }
  }
  return 0;
}
