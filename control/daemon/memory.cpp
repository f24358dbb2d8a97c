// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/memory.hpp"

#include "control/daemon/log.hpp"
#include "control/storage/connection.hpp"
#include "control/storage/migrate.hpp"

#include <filesystem>
#include <string>
#include <utility>

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

std::string spool_directory(const Settings& settings) {
  return settings.run.state_dir + "/spool";
}

Spool::Options spool_options(const Settings& settings) {
  const StorageSettings& storage = settings.storage;
  Spool::Options options;
  options.directory = spool_directory(settings);
  options.bytes_max = uint64_t{storage.spool_max_mb} << 20;
  options.when_full = storage.spool_full == SpoolFullPolicy::oldest ? Spool::WhenFull::drop_oldest
                                                                    : Spool::WhenFull::stop;
  switch (storage.spool_sync) {
    case SpoolSyncPolicy::record:
      options.sync = Spool::Sync::record;
      break;
    case SpoolSyncPolicy::segment:
      options.sync = Spool::Sync::segment;
      break;
    case SpoolSyncPolicy::never:
      options.sync = Spool::Sync::none;
      break;
  }
  options.log = log_storage;
  return options;
}

StoreWriter::Options writer_options(const Settings& settings) {
  StoreWriter::Options options;
  options.feeder.sensor = settings.run.sensor;
  options.feeder.batch_rows = settings.storage.batch_rows;
  options.feeder.batch_delay =
      std::chrono::duration_cast<std::chrono::milliseconds>(settings.storage.batch_delay);
  options.feeder.queue_rows_max =
      size_t{settings.storage.queue_batches} * settings.storage.batch_rows;
  options.spool = spool_options(settings);
  options.drain.log = log_storage;
  return options;
}

BusAddress bus_address(const BusSettings& bus) {
  return {bus.url, bus.credentials, bus.ca, bus.replicas, uint64_t{bus.stream_max_mb} << 20};
}

// Of a sensor on a bus the memory is elsewhere; a private one would stay empty.
bool has_database(const Settings& settings) {
  if (settings.storage.database == "none") return false;
  if (settings.bus.url.empty() || settings.bus.writer) return true;
  return settings.storage.database != "embedded";
}

Retention::Options retention_options(const Settings& settings, const DatabaseAddress& address) {
  const auto seconds_of = [](Duration duration) {
    return std::chrono::ceil<std::chrono::seconds>(duration);
  };
  return {.address = address,
          .window = {seconds_of(settings.storage.keep_sessions),
                     seconds_of(settings.storage.keep_links)},
          .log = log_storage};
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
  if (has_database(settings)) {
    OrError<DatabaseAddress> address = memory->choose_database(settings);
    if (!address) return Failure{address.error()};
    memory->address_ = address.value();
    if (OrError<void> schema = memory->prepare_schema(settings); !schema) {
      return Failure{schema.error()};
    }
    memory->queries_ = std::make_unique<Queries>(Queries::Options{.address = address.value()});
    memory->labels_ = std::make_unique<Labels>(address.value());
    memory->retention_ = std::make_unique<Retention>(retention_options(settings, address.value()));
  } else if (settings.bus.url.empty()) {
    return memory;
  }
  if (OrError<void> writing = memory->start_writing(settings); !writing) {
    return Failure{writing.error()};
  }
  return memory;
}

OrError<void> Memory::prepare_schema(const Settings& settings) {
  OrError<void> up = bring_schema_up(*address_);
  // Where there is a spool there was a start that reached a database.
  const bool is_first = !std::filesystem::exists(spool_directory(settings));
  if (up || cluster_ || is_first || server_answers(*address_)) return up;
  log_storage(up.error().message + "; what comes waits in the spool until it answers");
  is_schema_due_ = true;
  return {};
}

OrError<void> Memory::start_writing(const Settings& settings) {
  const auto revive = [this] { return this->revive(); };
  StoreWriter::Options options = writer_options(settings);
  if (settings.bus.url.empty()) {
    options.drain.address = address_.value();
    options.drain.revive = revive;
  } else {
    options.feeder.record_bytes_max = BusDrain::kRecordBytesMax;
    options.make_drain = [&](Spool& spool) {
      BusDrain::Options drain;
      drain.address = bus_address(settings.bus);
      drain.sensor = settings.run.sensor;
      drain.log = log_storage;
      auto made = std::make_unique<BusDrain>(spool, std::move(drain));
      bus_drain_ = made.get();
      return made;
    };
  }
  auto writer = StoreWriter::open(std::move(options));
  if (!writer) return Failure{writer.error()};
  writer_ = std::move(writer).value();
  if (!settings.bus.writer) return {};
  bus_writer_ = std::make_unique<BusWriter>(BusWriter::Options{.address = bus_address(settings.bus),
                                                               .database = address_.value(),
                                                               .revive = revive,
                                                               .log = log_storage});
  return {};
}

std::string_view Memory::state() const {
  if (!writer_) return "none";
  return writer_->is_storing() && !is_schema_due_ ? "connected" : "away";
}

void Memory::drain() {
  queries_.reset();
  if (retention_) retention_->stop();
  // A daemon that stores its own records over the bus stores them before it stops storing.
  if (writer_) stop_writer();
  bus_writer_.reset();
  if (!cluster_) return;
  if (OrError<void> stopped = cluster_->stop(); !stopped) log_storage(stopped.error().message);
  cluster_.reset();
}

// Before each connection of a writer. They are several threads, and the cluster belongs to one at a
// time.
OrError<void> Memory::revive() {
  const std::lock_guard lock(reviving_);
  if (cluster_) return cluster_->ensure_running();
  if (!is_schema_due_) return {};
  OrError<void> up = bring_schema_up(*address_);
  if (up) is_schema_due_ = false;
  return up;
}

void Memory::stop_writer() {
  if (!writer_->stop(kDrainLimit)) {
    log_storage("not all rows could be stored: see store_stopped");
  }
  const uint64_t left = writer_->spool().state().records;
  if (left == 0) return;
  log_storage(std::to_string(left) + " records wait in the spool; the next start stores them");
}

Memory::~Memory() {
  drain();
}

}  // namespace control
