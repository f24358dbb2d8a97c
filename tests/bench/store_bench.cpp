// SPDX-License-Identifier: Apache-2.0
// The writer's rate: records of generated sessions into a database, and the same rows as files that
// psql can copy.
//
//   store_bench SOCKET_DIR DATABASE FILES_DIR SESSIONS
//
// DATABASE is migrated and empty. FILES_DIR gets one file per table, in COPY's binary format, with
// its columns beside it (<table>.columns). Prints a line per measurement, as the others here.
#include "control/storage/batch_rows.hpp"
#include "control/storage/copy_encoder.hpp"
#include "control/storage/copy_writer.hpp"
#include "control/storage/known_things.hpp"
#include "control/storage/relay_writer.hpp"
#include "control/storage/store_items.hpp"
#include "control/storage/store_record.hpp"
#include "tests/bench/measure.hpp"
#include "tests/unit/storage/observations.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace bench {
namespace {

using control::BatchRows;
using control::CopyEncoder;
using control::CopyWriter;
using control::DatabaseAddress;
using control::DatabaseConnection;
using control::KnownThings;
using control::SpoolLoad;
using control::StoreBatch;
using control::StoredTableRules;
using control::StoreItemRefs;
using control::StoreSection;
namespace tests = control::tests;

constexpr size_t kBatch = 50'000;
// What one tap sees in some minutes: services, their certificates, the clients that ask them.
constexpr uint32_t kServices = 5000;
constexpr uint32_t kCertificates = 2000;
constexpr uint32_t kClients = 3000;
constexpr uint32_t kHellos = 60;

[[noreturn]] void fail(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::exit(1);
}

// Numbers that look unrelated (SplitMix64).
uint64_t mixed(uint64_t value) {
  value = (value + 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

class Traffic {
 public:
  Traffic() {
    for (uint32_t i = 0; i < kCertificates; ++i)
      certificates_.push_back(tests::certificate(i, "host" + std::to_string(i) + ".example.net"));
  }
  tls::RecordBatch batch(uint32_t first, size_t count) const {
    tls::RecordBatch out;
    for (uint32_t i = first; i < first + count; ++i)
      out.push_back(one(i));
    return out;
  }

 private:
  // Half of all sessions are of a tenth of the services, and a client keeps to few of them.
  tls::Observation one(uint32_t number) const {
    const uint64_t random = mixed(number);
    const auto service = static_cast<uint32_t>(random % 2 == 0 ? random / 2 % (kServices / 10)
                                                               : random / 2 % kServices);
    const auto client = static_cast<uint32_t>(mixed(service * 16 + random / 77 % 16) % kClients);
    const uint32_t which = service % kCertificates;
    tls::Observation out =
        tests::session(number, {certificates_[which], certificates_[which / 50]});
    out.server = tests::endpoint(
        "10.1." + std::to_string(service / 250) + "." + std::to_string(service % 250 + 1), 443);
    out.client = tests::endpoint(
        "10.9." + std::to_string(client / 250) + "." + std::to_string(client % 250 + 1),
        static_cast<uint16_t>(1024 + number % 60'000));
    out.sni = "host" + std::to_string(which) + ".example.net";
    char ja4[40];
    std::snprintf(ja4, sizeof ja4, "t13d1516h2_8daaf61527%02x_e5627efa2ab1", client % kHellos);
    out.hello.own().ja4.hash = ja4;
    return out;
  }

  std::vector<tls::CertificatePtr> certificates_;
};

struct Record {
  std::string bytes;
  SpoolLoad load;
  size_t num_links = 0;
};

// Every row of every record, by table.
class Files {
 public:
  explicit Files(std::string directory) : directory_(std::move(directory)) {}
  void add(const Record& record) {
    const auto parsed = control::parse_store_record(record.bytes);
    if (!parsed) fail(parsed.error().message);
    for (const StoreSection& section : parsed.value().sections) {
      const StoredTableRules& rules = control::rules_of(section.table);
      std::ofstream& out = file_of(rules);
      out.write(section.tuples.data(), static_cast<std::streamsize>(section.tuples.size()));
    }
  }
  void close() {
    CopyEncoder end;
    end.end();
    for (auto& [name, out] : files_)
      out << end.bytes();
    files_.clear();
  }

 private:
  std::ofstream& file_of(const StoredTableRules& rules) {
    const std::string name(rules.name);
    const auto [at, is_new] = files_.try_emplace(name);
    if (!is_new) return at->second;
    at->second.open(directory_ + "/" + name, std::ios::binary);
    CopyEncoder begin;
    begin.begin();
    at->second << begin.bytes();
    std::ofstream(directory_ + "/" + name + ".columns") << rules.columns();
    return at->second;
  }
  std::string directory_;
  std::map<std::string, std::ofstream> files_;
};

Record make_record(const StoreBatch& batch, KnownThings& known) {
  std::vector<StoreBatch> one;
  one.push_back(batch);
  const StoreItemRefs refs(one);
  BatchRows rows = control::make_batch_rows(refs.items(), "bench");
  known.strip(rows);
  const size_t links = rows.sightings.size() + rows.client_sightings.size() +
                       rows.service_fingerprints.size() + rows.suite_days.size();
  return {control::encode_store_record(rows, "bench"), {batch.observations.size(), 0, 0}, links};
}

std::vector<Record> make_records(size_t sessions) {
  const Traffic traffic;
  std::vector<StoreBatch> batches;
  for (size_t first = 0; first < sessions; first += kBatch)
    batches.push_back({traffic.batch(static_cast<uint32_t>(first), kBatch), {}, {}, {}});
  KnownThings known;
  std::vector<Record> records;
  const Stopwatch watch;
  for (const StoreBatch& batch : batches)
    records.push_back(make_record(batch, known));
  print_rate("sessions made into records", "tapseal", "sessions/s", static_cast<double>(sessions),
             watch.taken());
  return records;
}

void store(const std::vector<Record>& records, const DatabaseAddress& address, size_t sessions) {
  control::RelayWriter writer([&]() -> control::OrDatabaseError<CopyWriter> {
    auto database = DatabaseConnection::open(address, {});
    if (!database) fail(database.error().message);
    return CopyWriter::open(std::move(database).value(), {});
  });
  std::vector<control::RelayWriter::Record> places;
  for (const Record& each : records)
    places.push_back({{1, static_cast<int64_t>(places.size() + 1)}, each.load, each.bytes});
  size_t links = 0;
  const Stopwatch watch;
  for (size_t i = 0; i < places.size(); ++i) {
    const auto stored = writer.store(places[i], i + 1 < places.size() ? &places[i + 1] : nullptr);
    if (!stored) fail(stored.error().message);
    links += records[i].num_links;
  }
  const Taken taken = watch.taken();
  print_rate("sessions stored", "tapseal", "sessions/s", static_cast<double>(sessions), taken);
  print_rate("links merged beside them", "tapseal", "links/s", static_cast<double>(links), taken);
}

int run(int argc, char** argv) {
  if (argc != 5) fail("usage: store_bench SOCKET_DIR DATABASE FILES_DIR SESSIONS");
  const DatabaseAddress address{{}, argv[1], argv[2]};
  const size_t sessions = std::strtoul(argv[4], nullptr, 10) / kBatch * kBatch;
  const std::vector<Record> records = make_records(sessions);
  Files files(argv[3]);
  for (const Record& record : records)
    files.add(record);
  files.close();
  store(records, address, sessions);
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  return bench::run(argc, argv);
}
