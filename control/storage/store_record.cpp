// SPDX-License-Identifier: Apache-2.0
#include "control/storage/store_record.hpp"

#include "control/storage/row_map.hpp"
#include "flowtable/base/byte_reader.hpp"

#include <algorithm>
#include <set>

namespace control {
namespace {

using flowtable::ByteReader;
using flowtable::Bytes;
using flowtable::Failure;
using flowtable::Result;

constexpr std::string_view kMagic = "TSR1";
constexpr uint32_t kNullField = 0xffffffff;

Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void put32_at(std::string& out, size_t at, uint32_t value) {
  flowtable::store_be32(reinterpret_cast<uint8_t*>(out.data() + at), value);
}
void put32(std::string& out, uint32_t value) {
  out.resize(out.size() + 4);
  put32_at(out, out.size() - 4, value);
}

template <typename Row>
void put_section(std::string& out, StoredTable table, std::span<const Column<Row>> columns,
                 const std::vector<Row>& rows) {
  if (rows.empty()) return;
  const StoredTableRules& rules = rules_of(table);
  out += static_cast<char>(rules.name.size());
  out += rules.name;
  put32(out, static_cast<uint32_t>(rules.columns().size()));
  out += rules.columns();
  put32(out, static_cast<uint32_t>(rows.size()));
  const size_t mark = out.size();
  put32(out, 0);
  CopyEncoder encoder(std::move(out));
  for (const Row& row : rows)
    encode_row(encoder, columns, row);
  out = encoder.take();
  put32_at(out, mark, static_cast<uint32_t>(out.size() - mark - 4));
}

bool take_text(ByteReader& reader, uint32_t length, std::string_view& out) {
  Bytes bytes;
  if (!reader.take(length, bytes)) return false;
  out = text_of(bytes);
  return true;
}

bool take_long_text(ByteReader& reader, std::string_view& out) {
  uint32_t length = 0;
  return reader.u32(length) && take_text(reader, length, out);
}

// Calls with each name of "a, b, c" until it says false.
template <typename OnName>
bool for_each_name(std::string_view columns, OnName on_name) {
  while (true) {
    const size_t comma = columns.find(", ");
    if (!on_name(columns.substr(0, comma))) return false;
    if (comma == std::string_view::npos) return true;
    columns.remove_prefix(comma + 2);
  }
}

// The text goes into a statement: every name has to be one of ours.
bool knows_columns(const StoredTableRules& rules, std::string_view columns) {
  if (columns == rules.columns()) return true;
  std::set<std::string_view> known;
  for_each_name(rules.columns(), [&](std::string_view name) { return known.insert(name).second; });
  return for_each_name(columns, [&](std::string_view name) { return known.erase(name) == 1; });
}

Failure<RecordError> damaged(std::string_view where) {
  return Failure{RecordError{"a record of the spool is damaged in its " + std::string(where)}};
}

Result<StoreSection, RecordError> parse_section(ByteReader& reader) {
  StoreSection section{};
  uint8_t length = 0;
  std::string_view name;
  if (!reader.u8(length) || !take_text(reader, length, name) ||
      !take_long_text(reader, section.columns) || !reader.u32(section.num_rows) ||
      !take_long_text(reader, section.tuples)) {
    return damaged("sections");
  }
  const std::optional<StoredTable> table = find_stored_table(name);
  if (!table || !knows_columns(rules_of(*table), section.columns)) {
    return Failure{RecordError{"a record of the spool fills columns of table " + std::string(name) +
                                   " that this tapseal does not know: it was written by a newer "
                                   "one; upgrade this one",
                               true}};
  }
  section.table = *table;
  return section;
}

// Length of the tuple at the beginning of `rest`; 0 where there is none.
size_t tuple_length(std::string_view rest) {
  ByteReader reader(bytes_of(rest));
  uint16_t num_fields = 0;
  if (!reader.u16(num_fields) || num_fields > 0x7fff) return 0;
  for (uint16_t i = 0; i < num_fields; ++i) {
    uint32_t length = 0;
    if (!reader.u32(length)) return 0;
    if (length != kNullField && !reader.skip(length)) return 0;
  }
  return rest.size() - reader.size();
}

}  // namespace

std::string encode_store_record(const BatchRows& rows, std::string_view sensor) {
  std::string out(kMagic);
  sensor = sensor.substr(0, 0xffff);
  out += static_cast<char>(sensor.size() >> 8);
  out += static_cast<char>(sensor.size());
  out += sensor;
  std::set<std::chrono::sys_days> days;
  for (const SessionRow& row : rows.sessions)
    days.insert(std::chrono::floor<std::chrono::days>(row.observation->seen));
  put32(out, static_cast<uint32_t>(days.size()));
  for (const std::chrono::sys_days day : days)
    put32(out, static_cast<uint32_t>(day.time_since_epoch().count()));
  using enum StoredTable;
  put_section(out, certificate, certificate_columns(), rows.certificates);
  put_section(out, certificate_seen, certificate_seen_columns(), rows.certificates_seen);
  put_section(out, certificate_chain, chain_columns(), rows.chains);
  put_section(out, fingerprint, fingerprint_columns(), rows.fingerprints);
  put_section(out, sighting, sighting_columns(), rows.sightings);
  put_section(out, client_sighting, client_sighting_columns(), rows.client_sightings);
  put_section(out, service_fingerprint, service_fingerprint_columns(), rows.service_fingerprints);
  put_section(out, suite_day, suite_day_columns(), rows.suite_days);
  put_section(out, ssh_sighting, ssh_columns(), rows.ssh);
  put_section(out, scan, scan_columns(), rows.scan.jobs);
  put_section(out, scan_service, scan_service_columns(), rows.scan.services);
  put_section(out, scan_target, scan_target_columns(), rows.scan.targets);
  put_section(out, session, session_columns(), rows.sessions);
  return out;
}

Result<StoreRecord, RecordError> parse_store_record(std::string_view bytes) {
  ByteReader reader(bytes_of(bytes));
  StoreRecord record;
  std::string_view magic;
  uint16_t length = 0;
  uint32_t num_days = 0;
  if (!take_text(reader, kMagic.size(), magic) || magic != kMagic || !reader.u16(length) ||
      !take_text(reader, length, record.sensor) || !reader.u32(num_days)) {
    return damaged("head");
  }
  for (uint32_t i = 0; i < num_days; ++i) {
    uint32_t day = 0;
    if (!reader.u32(day)) return damaged("days");
    record.days.emplace_back(std::chrono::days(static_cast<int32_t>(day)));
  }
  while (!reader.empty()) {
    Result<StoreSection, RecordError> section = parse_section(reader);
    if (!section) return Failure{section.error()};
    if (!record.sections.empty() && record.sections.back().table >= section.value().table) {
      return damaged("order of sections");
    }
    record.sections.push_back(section.value());
  }
  return record;
}

std::vector<std::string_view> tuples_of(const StoreSection& section) {
  std::vector<std::string_view> out;
  std::string_view rest = section.tuples;
  while (!rest.empty()) {
    const size_t length = tuple_length(rest);
    if (length == 0) return {};
    out.push_back(rest.substr(0, length));
    rest.remove_prefix(length);
  }
  if (out.size() != section.num_rows) return {};
  return out;
}

std::optional<std::string_view> field_of(const StoreSection& section, std::string_view tuple,
                                         std::string_view column) {
  ByteReader reader(bytes_of(tuple));
  uint16_t num_fields = 0;
  if (!reader.u16(num_fields)) return std::nullopt;
  std::optional<std::string_view> found;
  for_each_name(section.columns, [&](std::string_view name) {
    uint32_t length = 0;
    if (!reader.u32(length)) return false;
    std::string_view value;
    const bool is_null = length == kNullField;
    if (!is_null && !take_text(reader, length, value)) return false;
    if (name != column) return true;
    if (!is_null) found = value;
    return false;
  });
  return found;
}

}  // namespace control
