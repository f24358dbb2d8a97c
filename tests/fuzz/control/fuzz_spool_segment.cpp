// SPDX-License-Identifier: Apache-2.0
// Any bytes as the file of a segment: what is scanned of it lies in it and in order, and reading it
// ends. The first byte says whether all sums are made right first, so that the rest is reached.
#include "control/spool/segment_name.hpp"
#include "control/spool/segment_reader.hpp"
#include "control/spool/segment_scan.hpp"
#include "flowtable/base/big_endian.hpp"
#include "flowtable/base/check.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace {

using control::kMarkBytes;
using control::SpoolFile;
using flowtable::Bytes;

// A mark wherever one could begin gets the sum it should have.
void mend_sums(std::vector<uint8_t>& file) {
  constexpr size_t kSumBytes = 8;
  const auto& begins = control::kMarkBegins;
  for (size_t at = 0; at + kMarkBytes <= file.size(); ++at) {
    if (!std::equal(begins.begin(), begins.end(), file.begin() + static_cast<std::ptrdiff_t>(at))) {
      continue;
    }
    const size_t sum_at = at + kMarkBytes - kSumBytes;
    flowtable::store_be64(file.data() + sum_at,
                          control::checksum_of(Bytes(file).subspan(at, kMarkBytes - kSumBytes)));
  }
}

void scan(const SpoolFile& file, int64_t epoch, uint64_t size) {
  control::MarkFinder finder(file, epoch, size);
  const auto scanned = control::scan_segment(finder, 1);
  if (!scanned) return;
  CHECK(scanned->bytes <= size);
  CHECK(scanned->end.seq > scanned->begin.seq);
  CHECK(scanned->end.is_at_or_after(scanned->begin));
}

void read_all(const SpoolFile& file, int64_t epoch, uint64_t size) {
  control::SpoolReadOrder order;
  order.epoch = epoch;
  order.seq_min = 1;
  order.end.seq = 1000;
  order.limit = size;
  while (const auto record = control::read_record(file, order).record) {
    CHECK(record->payload->size() <= control::Spool::kPayloadBytesMax);
    CHECK(record->end.seq == record->begin.seq + 1 && record->end.seq >= order.seq_min);
    CHECK(record->next_offset > order.offset);
    order.offset = record->next_offset;
    order.seq_min = record->end.seq + 1;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view name(reinterpret_cast<const char*>(data), size);
  if (const auto parsed = control::parse_segment_name(name)) {
    CHECK(control::text_of(*parsed) == name);
  }
  const bool mends = (data[0] & 1) != 0;
  const int64_t epoch = data[0] >> 1;
  std::vector<uint8_t> bytes(data + 1, data + size);
  if (mends) mend_sums(bytes);
  static SpoolFile file(memfd_create("segment", MFD_CLOEXEC));
  CHECK(file.truncate(0).ok() && file.write_at(0, bytes).ok());
  scan(file, epoch, bytes.size());
  read_all(file, epoch, bytes.size());
  return 0;
}
