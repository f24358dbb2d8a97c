// SPDX-License-Identifier: Apache-2.0
// One direction of a capture, whichever protocol it turns out to speak.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "flowtable/record_scan.hpp"
#include "flowtable/ssh_scan.hpp"
#include "flowtable/tds_framing.hpp"

#include <cstdint>

namespace flowtable {

// Chooses by the first byte between records, records in TDS packets and, where it is wanted, SSH.
class StreamScan {
 public:
  enum class Protocol : uint8_t { undecided, records, tds, ssh };

  StreamScan() noexcept = default;
  // `may_be_ssh`: else what begins with "SSH-" is not followed.
  explicit StreamScan(bool may_be_ssh) noexcept : may_be_ssh_(may_be_ssh) {}
  // The other side has proved to speak SSH: this one may send lines before it does.
  [[nodiscard]] static StreamScan of_ssh() noexcept;

  // `prefix` is everything in order from the start: each call's begins with the last one's.
  ScanVerdict advance(Bytes prefix) noexcept;

  [[nodiscard]] Protocol protocol() const noexcept { return protocol_; }
  [[nodiscard]] ScanVerdict verdict() const noexcept;
  [[nodiscard]] bool saw_client_hello() const noexcept {
    return records_.saw_client_hello() || tds_.saw_client_hello();
  }
  [[nodiscard]] bool saw_server_hello() const noexcept {
    return records_.saw_server_hello() || tds_.saw_server_hello();
  }
  // From here on it is TLS, or SSH.
  [[nodiscard]] bool is_proved() const noexcept {
    return records_.saw_hello() || tds_.saw_hello() || ssh_.saw_identification();
  }
  [[nodiscard]] bool in_early_data() const noexcept { return records_.in_early_data(); }

  // Whether a stream that begins with these bytes (at least one) may turn out to be one of these.
  [[nodiscard]] static bool could_start(Bytes first_bytes, bool may_be_ssh) noexcept;

 private:
  RecordScan records_;
  TdsScan tds_;
  SshScan ssh_;
  Protocol protocol_ = Protocol::undecided;
  bool may_be_ssh_ = false;
};

}  // namespace flowtable
