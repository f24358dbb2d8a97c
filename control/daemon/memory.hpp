// SPDX-License-Identifier: Apache-2.0
// The memory: which database, who writes it, who asks it.
#pragma once

#include "control/config/settings.hpp"
#include "control/storage/embedded_cluster.hpp"
#include "control/storage/labels.hpp"
#include "control/storage/queries.hpp"
#include "control/storage/store_writer.hpp"
#include "flowtable/base/result.hpp"

#include <memory>
#include <string>

namespace control {

// Of `storage.database`: the private cluster, yours, or none. Owner: the main thread.
class Memory {
 public:
  // Starts the private cluster where it is wanted, brings the schema up to date and starts the
  // writer. With "none" everything below is null.
  [[nodiscard]] static flowtable::OrError<std::unique_ptr<Memory>> open(const Settings& settings);
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  [[nodiscard]] StoreWriter* writer() noexcept { return writer_.get(); }
  [[nodiscard]] const StoreWriter* writer() const noexcept { return writer_.get(); }
  [[nodiscard]] Queries* queries() noexcept { return queries_.get(); }
  [[nodiscard]] Labels* labels() noexcept { return labels_.get(); }
  // One word for `tapseal status`: connected, away, none.
  [[nodiscard]] std::string_view state() const;

  // Stores what is waiting, then stops the private cluster. Once; after the pipeline has drained.
  void drain();

 private:
  Memory() = default;
  [[nodiscard]] flowtable::OrError<DatabaseAddress> choose_database(const Settings& settings);

  std::unique_ptr<EmbeddedCluster> cluster_;
  std::unique_ptr<StoreWriter> writer_;
  std::unique_ptr<Queries> queries_;
  std::unique_ptr<Labels> labels_;
};

}  // namespace control
