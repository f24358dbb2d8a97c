// SPDX-License-Identifier: Apache-2.0
#include "control/bus/bus_writer.hpp"

#include <condition_variable>
#include <string>
#include <utility>

namespace control {
namespace {

using flowtable::Failure;
using std::chrono::milliseconds;

// How long a thread waits for a record before it looks whether it is to end.
constexpr milliseconds kWaitForDelivery{500};

}  // namespace

// One partition and its thread.
class BusWriter::Lane {
 public:
  Lane(uint32_t partition, const Options& options)
      : partition_(partition), options_(options), thread_([this] { run(); }) {}
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;
  ~Lane() {
    ask_to_stop();
    thread_.join();
  }
  void ask_to_stop() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  [[nodiscard]] const BusCounters& counters() const noexcept { return counters_; }

 private:
  void run() {
    while (!is_stopping()) {
      if (!is_connected()) {
        pause();
        continue;
      }
      auto delivery = session_->take(partition_, kWaitForDelivery);
      if (!delivery) {
        note_failure(delivery.error().message);
        pause();
      } else if (delivery.value()) {
        work_on(*delivery.value());
      }
    }
  }

  bool is_connected() {
    if (session_) return true;
    auto session = BusSession::open(options_.address);
    if (!session) {
      note_failure(session.error().message);
      return false;
    }
    session_ = std::move(session).value();
    failing_ = false;
    return true;
  }

  void work_on(BusDelivery& delivery) {
    counters_.add(BusCounter::records_taken);
    const std::optional<BusRecord> record = decode_bus_record(delivery.bytes());
    if (!record) {
      counters_.add(BusCounter::records_strange);
      return delivery.acknowledge();
    }
    // Not acknowledged, it comes again: to this writer or to another.
    while (!is_stopping()) {
      const OrDatabaseError<StoreOutcome> outcome = store(*record);
      if (outcome) {
        count(outcome.value());
        if (tell(*record, outcome.value())) delivery.acknowledge();
        return;
      }
      writer_.reset();
      counters_.add(BusCounter::store_failures);
      note_failure(outcome.error().message);
      delivery.still_working();
      pause();
    }
  }

  OrDatabaseError<StoreOutcome> store(const BusRecord& record) {
    if (!writer_) {
      if (auto connected = connect(); !connected) return Failure{connected.error()};
    }
    return writer_->store({record.epoch, record.seq, record.after}, record.load, record.payload);
  }

  OrDatabaseError<void> connect() {
    if (options_.revive) {
      if (const auto revived = options_.revive(); !revived) {
        return Failure{DatabaseError{revived.error().message, {}}};
      }
    }
    auto database = DatabaseConnection::open(options_.database,
                                             CopyWriter::session_options("tapseal bus writer"));
    if (!database) return Failure{database.error()};
    auto writer =
        CopyWriter::open(std::move(database).value(), [this](std::string_view line) { log(line); });
    if (!writer) return Failure{writer.error()};
    writer_.emplace(std::move(writer).value());
    return {};
  }

  // False where the database would not say how far it is; then the record comes again.
  bool tell(const BusRecord& record, const StoreOutcome& outcome) {
    BusNotice notice{record.epoch, record.seq, false};
    if (outcome.stored_before || outcome.out_of_turn) {
      const auto stored = writer_->stored_up_to(record.sensor, record.epoch);
      if (!stored) return false;
      notice.seq = stored.value();
      notice.missing = outcome.out_of_turn;
    }
    session_->notify(record.sensor, encode_bus_notice(notice));
    failing_ = false;
    return true;
  }

  void count(const StoreOutcome& outcome) {
    if (outcome.out_of_turn) return counters_.add(BusCounter::records_out_of_turn);
    if (outcome.stored_before) return counters_.add(BusCounter::records_stored_before);
    counters_.add(BusCounter::records_stored);
    counters_.add(BusCounter::rows_stored, outcome.stored.rows);
    counters_.add(BusCounter::rows_refused, outcome.refused.rows);
    counters_.add(BusCounter::scan_rows_stored, outcome.stored.scan_rows);
    counters_.add(BusCounter::scan_rows_refused, outcome.refused.scan_rows);
  }

  void note_failure(const std::string& what) {
    if (!failing_) log("partition " + std::to_string(partition_) + " (trying again): " + what);
    failing_ = true;
  }

  void log(std::string_view line) const {
    static std::mutex one_at_a_time;
    if (!options_.log) return;
    const std::lock_guard lock(one_at_a_time);
    options_.log(line);
  }

  [[nodiscard]] bool is_stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }
  void pause() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, options_.retry, [&] { return stopping_; });
  }

  const uint32_t partition_;
  const Options options_;
  BusCounters counters_;  // written by the thread
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool failing_ = false;  // the thread's, as the next
  std::unique_ptr<BusSession> session_;
  std::optional<CopyWriter> writer_;
  std::thread thread_;
};

BusWriter::BusWriter(Options options) {
  for (uint32_t i = 0; i < kBusPartitions; ++i)
    lanes_.push_back(std::make_unique<Lane>(i, options));
}

// All are asked first: they end side by side.
BusWriter::~BusWriter() {
  for (const auto& lane : lanes_)
    lane->ask_to_stop();
}

uint64_t BusWriter::count(BusCounter counter) const noexcept {
  uint64_t sum = 0;
  for (const auto& lane : lanes_)
    sum += lane->counters().get(counter);
  return sum;
}

}  // namespace control
