// SPDX-License-Identifier: Apache-2.0
#include "control/storage/relay_writer.hpp"

#include <utility>

namespace control {

using flowtable::Failure;

OrDatabaseError<StoreOutcome> RelayWriter::store(const Record& record, const Record* next) {
  // Staged, but not asked for: a transaction that nobody will end.
  if (current_.staged && *current_.staged != record.place) disconnect();
  if (!current_.staged) {
    if (const auto staged = stage(current_, record); !staged) {
      disconnect();
      return Failure{staged.error()};
    }
  }
  current_.writer->send_merge();
  // Where that fails, only its head start is lost: its turn begins with a connection.
  const bool is_ahead = next != nullptr && stage(ahead_, *next);
  OrDatabaseError<StoreOutcome> outcome = current_.writer->finish();
  current_.staged.reset();
  if (!outcome) {
    disconnect();
  } else if (is_ahead) {
    std::swap(current_, ahead_);
  }
  return outcome;
}

OrDatabaseError<void> RelayWriter::stage(Lane& lane, const Record& record) {
  if (!lane.writer) {
    auto writer = connect_();
    if (!writer) return Failure{writer.error()};
    lane.writer.emplace(std::move(writer).value());
  }
  lane.writer->stage(record.place, record.load, record.bytes);
  lane.staged = record.place;
  return {};
}

void RelayWriter::disconnect() {
  current_ = {};
  ahead_ = {};
}

}  // namespace control
