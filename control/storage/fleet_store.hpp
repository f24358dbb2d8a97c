// SPDX-License-Identifier: Apache-2.0
// Scans that several scanners share: who has which range, until when, and how fast he may be.
#pragma once

#include "control/storage/connection.hpp"
#include "flowtable/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace control {

// A job to be shared. `spec` is the scan's arguments as JSON; what a zone is asked stands in it.
struct FleetJob {
  uint32_t uid = 0;
  std::string who;
  std::string spec;
  std::string config_hash;  // hex
  uint64_t seed = 0;        // below 2^63
  uint32_t shards = 1;      // of each zone at most
  uint32_t rate = 1;        // of all scanners together
  uint64_t left_out = 0;
  std::string barred;
  struct Zone {
    std::string addresses;
    uint64_t targets = 0;
    uint32_t shards = 1;
  };
  std::vector<Zone> zones;
};

// One on the list of those under way.
struct FleetScan {
  int64_t id = 0;
  std::string sensor;  // whose daemon was asked
  std::string spec;
  uint64_t seed = 0;
};

// How far a range is: every target before `index` has its outcome in the counts.
struct RangeProgress {
  uint64_t index = 0;
  std::string checkpoint;
  uint64_t targets = 0;
  uint64_t open = 0;
  uint64_t closed = 0;
  uint64_t unreachable = 0;
  uint64_t silent = 0;
  uint64_t lost_locally = 0;
  uint64_t probes = 0;

  bool operator==(const RangeProgress&) const = default;
};

// A range on loan. An old token changes nothing any more.
struct RangeLoan {
  int64_t fleet = 0;
  uint32_t zone = 0;
  uint32_t shard = 0;
  uint64_t token = 0;
  bool taken_over = false;  // its last holder never gave it back
  RangeProgress progress;
};

enum class FleetState : uint8_t { running, paused, stopped, finished };
[[nodiscard]] std::string_view name_of(FleetState state) noexcept;

// What a renewal says.
struct Renewal {
  bool held = false;  // the range is still on loan to us; false: somebody else's, at once
  FleetState state = FleetState::running;  // of the job
  uint32_t rate = 0;                       // that may be used from now on
};

// A row of `tapseal scans`: a job (its `scanner` is empty), or one scanner's part of it.
struct FleetRow {
  int64_t id = 0;
  std::string scanner;
  std::string state;
  std::string who;
  std::string started;  // UTC
  std::string spec;
  uint64_t targets = 0;
  uint64_t left_out = 0;
  std::string barred;
  uint32_t rate = 0;
  uint32_t ranges = 0;  // all; of a scanner: those that it holds or finished
  uint32_t ranges_done = 0;
  uint32_t ranges_leased = 0;
  RangeProgress progress;
};

// Connects when it is first asked and again after the server was away; each call is one
// transaction. Calls wait for the server; one thread at a time, but interrupt().
//
// The sum of the rates that live scanners use never exceeds the job's: a rate is given out of what
// nobody has, and one that is to become less counts as given until its scanner says, in a later
// renewal, that it uses less. What a dead scanner had is free when its time has run out, by which
// moment it has stopped by its own clock.
class FleetStore {
 public:
  struct Options {
    DatabaseAddress address;
    std::string sensor;
    uint64_t instance = 0;  // of this run of the daemon; below 2^63
    std::chrono::milliseconds lease{30'000};
    std::chrono::milliseconds statement_timeout{5000};
  };
  explicit FleetStore(Options options) : options_(std::move(options)) {}
  ~FleetStore();
  FleetStore(const FleetStore&) = delete;
  FleetStore& operator=(const FleetStore&) = delete;

  // We are there, and may ask this.
  flowtable::OrError<void> join(const std::string& askable);
  // What each scanner may ask that was there in the last `within`; this one's not among them.
  flowtable::OrError<std::vector<std::string>> others_askable(std::chrono::seconds within);

  flowtable::OrError<int64_t> create(const FleetJob& job);
  // Those that run, the oldest first; without their zones.
  flowtable::OrError<std::vector<FleetScan>> running();
  flowtable::OrError<std::vector<FleetJob::Zone>> zones(int64_t fleet);

  // Our part of the job's rate, for the length of a lease; `in_use` is what we use now. 0: nobody
  // has released enough yet, or another run of a daemon of our name has it.
  flowtable::OrError<uint32_t> share(int64_t fleet, uint32_t in_use);
  // Nothing of the job leaves us any more.
  flowtable::OrError<void> leave(int64_t fleet);

  // A range of one of these zones that nobody has; nothing where there is none, or where the job
  // does not run.
  flowtable::OrError<std::optional<RangeLoan>> claim(int64_t fleet,
                                                     const std::vector<uint32_t>& zones);
  // For another lease's length, with how far it is; and the share, as share() does.
  flowtable::OrError<Renewal> renew(const RangeLoan& loan, uint32_t in_use);
  // False where the loan is not ours any more. The last range done ends the job.
  flowtable::OrError<bool> finish(const RangeLoan& loan);
  // Back, to go on from loan.progress.
  flowtable::OrError<bool> give_back(const RangeLoan& loan);

  // Error: no such job, or one in a state that does not allow it.
  flowtable::OrError<FleetState> set_state(int64_t fleet, FleetState state);
  // Each job followed by its scanners, the latest first.
  flowtable::OrError<std::vector<FleetRow>> rows(size_t most);

  // Any thread: a call that waits ends with an error.
  void interrupt();

 private:
  template <typename Result, typename Body>
  flowtable::OrError<Result> transact(const Body& body);
  flowtable::OrError<void> connect();
  void disconnect();
  OrDatabaseError<uint32_t> share_of(int64_t fleet, uint32_t in_use);
  OrDatabaseError<bool> end_loan(const RangeLoan& loan, std::string_view state);
  [[nodiscard]] std::string lease_text() const;
  [[nodiscard]] static DatabaseConnection::Parameters key_of(const RangeLoan& loan);

  const Options options_;
  std::optional<DatabaseConnection> database_;
  std::mutex mutex_;  // guards socket_
  int socket_ = -1;   // duplicate of the connection's
};

}  // namespace control
