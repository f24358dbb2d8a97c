// SPDX-License-Identifier: Apache-2.0
#include "flowtable/stream_scan.hpp"

namespace flowtable {

StreamScan StreamScan::of_ssh() noexcept {
  StreamScan out(true);
  out.protocol_ = Protocol::ssh;
  out.ssh_ = SshScan(true);
  return out;
}

bool StreamScan::could_start(Bytes first_bytes, bool may_be_ssh) noexcept {
  return RecordScan::could_start_tls(first_bytes) || TdsScan::could_start_tls(first_bytes) ||
         (may_be_ssh && SshScan::could_start(first_bytes));
}

ScanVerdict StreamScan::advance(Bytes prefix) noexcept {
  if (prefix.empty()) return verdict();
  if (protocol_ == Protocol::undecided) {
    protocol_ = prefix[0] == TdsHeader::kPrelogin             ? Protocol::tds
                : may_be_ssh_ && SshScan::could_start(prefix) ? Protocol::ssh
                                                              : Protocol::records;
  }
  switch (protocol_) {
    case Protocol::tds:
      return tds_.advance(prefix);
    case Protocol::ssh:
      return ssh_.advance(prefix);
    default:
      return records_.advance(prefix);
  }
}

ScanVerdict StreamScan::verdict() const noexcept {
  switch (protocol_) {
    case Protocol::tds:
      return tds_.verdict();
    case Protocol::ssh:
      return ssh_.verdict();
    default:
      return records_.verdict();
  }
}

}  // namespace flowtable
