// SPDX-License-Identifier: Apache-2.0
// Stores records one after the other, over two connections.
#pragma once

#include "control/storage/copy_writer.hpp"

#include <functional>
#include <optional>
#include <string_view>

namespace control {

// Two CopyWriters that take turns: while the server merges the links of one record and commits it,
// the next record's sessions are copied already, by the server's other process. Each record is
// still one transaction, and they are committed in their order: the cursor of the next is not
// touched before this one's came back. One thread.
class RelayWriter {
 public:
  // Makes a connection ready to store; called when one is needed, by store().
  using Connect = std::function<OrDatabaseError<CopyWriter>()>;
  struct Record {
    RecordPlace place;
    SpoolLoad load;
    std::string_view bytes;
  };

  explicit RelayWriter(Connect connect) : connect_(std::move(connect)) {}

  // As CopyWriter::store(). `next`, where there is one, is what the following call should store;
  // its bytes are borrowed until then. The second connection is made when a `next` first comes.
  // After an error both connections are closed: nothing is staged any more.
  OrDatabaseError<StoreOutcome> store(const Record& record, const Record* next);
  void disconnect();

 private:
  struct Lane {
    std::optional<CopyWriter> writer;
    std::optional<RecordPlace> staged;
  };
  OrDatabaseError<void> stage(Lane& lane, const Record& record);

  Connect connect_;
  Lane current_;
  Lane ahead_;
};

}  // namespace control
