// SPDX-License-Identifier: Apache-2.0
// A row that the database would not take, for the books and for a person.
#pragma once

#include "control/spool/spool_load.hpp"
#include "control/storage/store_record.hpp"

#include <string>
#include <string_view>

namespace control {

struct RefusedRow {
  SpoolLoad load;    // what it counts for; nothing where no book counts its table
  std::string text;  // "row of session: dst 192.0.2.1, dport 443, sni \"…\""
};

[[nodiscard]] RefusedRow refused_row(const StoreSection& section, std::string_view tuple);

}  // namespace control
