// SPDX-License-Identifier: Apache-2.0
// What one transaction is to store.
#pragma once

#include "control/storage/scan_log.hpp"
#include "tls/pipeline/service_report.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace control {

// One delivery to the writer, owned.
struct StoreBatch {
  tls::RecordBatch observations;
  std::vector<tls::ServiceReport> reports;
  std::vector<flowtable::ScanReply> replies;
  std::vector<ScanRow> scans;
};

using ObservationRefs = std::span<const tls::Observation* const>;

// Of several deliveries, borrowed.
struct StoreItems {
  ObservationRefs observations;
  std::span<const tls::ServiceReport* const> reports;
  std::span<const flowtable::ScanReply* const> replies;
  std::span<const ScanRow* const> scans;

  [[nodiscard]] size_t size() const noexcept {
    return observations.size() + reports.size() + replies.size() + scans.size();
  }
  // `count` items from `offset` on, counted through the lists in their order; both within size().
  [[nodiscard]] StoreItems part(size_t offset, size_t count) const noexcept {
    StoreItems out;
    const auto take = [&](auto& to, auto from) {
      const size_t skipped = std::min(offset, from.size());
      const size_t taken = std::min(count, from.size() - skipped);
      to = from.subspan(skipped, taken);
      offset -= skipped;
      count -= taken;
    };
    take(out.observations, observations);
    take(out.reports, reports);
    take(out.replies, replies);
    take(out.scans, scans);
    return out;
  }
};

// Pointers to everything in them; borrows.
class StoreItemRefs {
 public:
  explicit StoreItemRefs(const std::vector<StoreBatch>& batches);
  [[nodiscard]] StoreItems items() const noexcept {
    return {observations_, reports_, replies_, scans_};
  }

 private:
  std::vector<const tls::Observation*> observations_;
  std::vector<const tls::ServiceReport*> reports_;
  std::vector<const flowtable::ScanReply*> replies_;
  std::vector<const ScanRow*> scans_;
};

// What a batch weighs in the queue and in the books. Audit rows weigh nothing: there are as many as
// there are jobs.
struct StoreLoad {
  size_t rows = 0;       // sessions of the tap
  size_t scan_rows = 0;  // sessions, services and targets of the scanner
  size_t bytes = 0;

  [[nodiscard]] size_t all_rows() const noexcept { return rows + scan_rows; }
  StoreLoad& operator+=(const StoreLoad& other) noexcept {
    rows += other.rows;
    scan_rows += other.scan_rows;
    bytes += other.bytes;
    return *this;
  }
  StoreLoad& operator-=(const StoreLoad& other) noexcept {
    rows -= other.rows;
    scan_rows -= other.scan_rows;
    bytes -= other.bytes;
    return *this;
  }
};
[[nodiscard]] StoreLoad load_of(const StoreBatch& batch);

// Rows of the scanner have a book of their own, for the tap's is compared with what its pipeline
// reported.
[[nodiscard]] inline bool is_of_scanner(const tls::Observation& seen) noexcept {
  return seen.source != tls::Source::passive;
}

}  // namespace control
