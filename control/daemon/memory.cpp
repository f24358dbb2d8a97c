// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/memory.hpp"

#include "control/daemon/log.hpp"
#include "control/storage/connection.hpp"
#include "control/storage/migrate.hpp"

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;

// Longest wait for the last rows to be stored at a shutdown.
constexpr std::chrono::seconds kDrainLimit{30};

void log_storage(std::string_view line) {
  log_line("storage", line);
}

OrError<void> bring_schema_up(const DatabaseAddress& address) {
  auto database = DatabaseConnection::open(address, {});
  if (!database) {
    return Failure{Error{"storage.database: " + database.error().message +
                         "; start that database, or use `database: embedded`"}};
  }
  auto applied = migrate(database.value());
  if (!applied) return Failure{applied.error()};
  if (applied.value() > 0) {
    log_storage("schema brought up to date, migrations applied: " +
                std::to_string(applied.value()));
  }
  return {};
}

StoreWriter::Options writer_options(const Settings& settings) {
  StoreWriter::Options options;
  options.sensor = settings.run.sensor;
  options.batch_rows = settings.storage.batch_rows;
  options.batch_delay =
      std::chrono::duration_cast<std::chrono::milliseconds>(settings.storage.batch_delay);
  options.queue_rows_max = size_t{settings.storage.queue_batches} * settings.storage.batch_rows;
  options.log = log_storage;
  return options;
}

}  // namespace

OrError<DatabaseAddress> Memory::choose_database(const Settings& settings) {
  if (settings.storage.database != "embedded") {
    DatabaseAddress address;
    address.url = settings.storage.database;
    return address;
  }
  EmbeddedCluster::Options options;
  options.state_dir = settings.run.state_dir;
  options.log = log_storage;
  cluster_ = std::make_unique<EmbeddedCluster>(std::move(options));
  if (OrError<void> started = cluster_->start(); !started) return Failure{started.error()};
  return cluster_->address();
}

OrError<std::unique_ptr<Memory>> Memory::open(const Settings& settings) {
  std::unique_ptr<Memory> memory(new Memory);
  if (settings.storage.database == "none") return memory;
  OrError<DatabaseAddress> address = memory->choose_database(settings);
  if (!address) return Failure{address.error()};
  if (OrError<void> schema = bring_schema_up(address.value()); !schema) {
    return Failure{schema.error()};
  }
  StoreWriter::Options options = writer_options(settings);
  options.address = address.value();
  if (memory->cluster_) {
    options.revive = [cluster = memory->cluster_.get()] { return cluster->ensure_running(); };
  }
  memory->writer_ = std::make_unique<StoreWriter>(std::move(options));
  memory->queries_ = std::make_unique<Queries>(Queries::Options{.address = address.value()});
  memory->labels_ = std::make_unique<Labels>(address.value());
  return memory;
}

std::string_view Memory::state() const {
  if (!writer_) return "none";
  return writer_->is_storing() ? "connected" : "away";
}

void Memory::drain() {
  queries_.reset();
  if (writer_ && !writer_->stop(kDrainLimit)) {
    log_storage("not all rows could be stored: see store_stopped");
  }
  if (!cluster_) return;
  if (OrError<void> stopped = cluster_->stop(); !stopped) log_storage(stopped.error().message);
  cluster_.reset();
}

Memory::~Memory() {
  drain();
}

}  // namespace control
