// SPDX-License-Identifier: Apache-2.0
#include "control/storage/refused_row.hpp"

#include "control/storage/stored_text.hpp"
#include "flowtable/base/big_endian.hpp"

#include <arpa/inet.h>

#include <array>

namespace control {
namespace {

// Longest value of a column in a line of the log.
constexpr size_t kTextMax = 200;

const uint8_t* field_bytes(std::string_view field) {
  return reinterpret_cast<const uint8_t*>(field.data());
}

// "192.0.2.1" of COPY's family, prefix, flag, length and address.
std::string address_text(std::string_view field) {
  const bool is_v4 = field.size() == 8;
  if (!is_v4 && field.size() != 20) return "?";
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(is_v4 ? AF_INET : AF_INET6, field.data() + 4, text.data(), text.size());
  return text.data();
}

int64_t number_in_field(std::string_view field) {
  if (field.size() == 8) return static_cast<int64_t>(flowtable::load_be64(field_bytes(field)));
  if (field.size() == 4) return static_cast<int32_t>(flowtable::load_be32(field_bytes(field)));
  return 0;
}

enum class Shown : uint8_t { address, number, text, digest };
struct ShownColumn {
  std::string_view name;
  Shown as;
};
// What tells one row from another, of every table.
constexpr std::array<ShownColumn, 11> kShownColumns = {{{"scan", Shown::number},
                                                        {"id", Shown::digest},
                                                        {"server", Shown::address},
                                                        {"dst", Shown::address},
                                                        {"port", Shown::number},
                                                        {"dport", Shown::number},
                                                        {"sni", Shown::text},
                                                        {"name", Shown::text},
                                                        {"method", Shown::text},
                                                        {"hash", Shown::text},
                                                        {"sha256", Shown::digest}}};

std::string value_text(std::string_view field, Shown as) {
  switch (as) {
    case Shown::address:
      return address_text(field);
    case Shown::number:
      return std::to_string(number_in_field(field));
    case Shown::digest:
      return hex_text({field_bytes(field), field.size()});
    case Shown::text:
      return '"' + std::string(field.substr(0, kTextMax)) + '"';
  }
  return {};
}

SpoolLoad load_of(const StoreSection& section, std::string_view tuple) {
  switch (section.table) {
    case StoredTable::session:
      return field_of(section, tuple, "source") == "passive" ? SpoolLoad{1, 0, 0}
                                                             : SpoolLoad{0, 1, 0};
    // One row may stand for several connections.
    case StoredTable::ssh_sighting: {
      const auto count = field_of(section, tuple, "count");
      return {static_cast<uint64_t>(count ? number_in_field(*count) : 0), 0, 0};
    }
    case StoredTable::scan:
      return {0, 0, 1};
    case StoredTable::scan_service:
    case StoredTable::scan_target:
      return {0, 1, 0};
    default:
      return {};
  }
}

}  // namespace

RefusedRow refused_row(const StoreSection& section, std::string_view tuple) {
  RefusedRow out{load_of(section, tuple), "row of " + std::string(rules_of(section.table).name)};
  std::string_view before = ": ";
  for (const ShownColumn& column : kShownColumns) {
    const auto field = field_of(section, tuple, column.name);
    if (!field) continue;
    out.text +=
        std::string(before) + std::string(column.name) + " " + value_text(*field, column.as);
    before = ", ";
  }
  return out;
}

}  // namespace control
