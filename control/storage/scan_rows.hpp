// SPDX-License-Identifier: Apache-2.0
// The rows that the scanner's findings become, each thing once.
#pragma once

#include "control/storage/store_items.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace control {

struct ScanJobRow {
  const ScanRow* scan;
  std::string_view sensor;
};

struct ScanServiceRow {
  const tls::ServiceReport* report;
  std::string_view sensor;
  std::string name;  // as it is stored (indexed_text); empty: none
};

struct ScanTargetRow {
  const flowtable::ScanReply* reply;
  std::string_view sensor;
};

// Everything borrows from the items. Sorted by key, each key once: the later finding stays.
struct ScanRows {
  std::vector<ScanJobRow> jobs;
  std::vector<ScanServiceRow> services;
  std::vector<ScanTargetRow> targets;
};

[[nodiscard]] ScanRows make_scan_rows(const StoreItems& items, std::string_view sensor);

}  // namespace control
