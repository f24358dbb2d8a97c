// SPDX-License-Identifier: Apache-2.0
// A stream given to one scan whole and to another in steps: both must say the same. The second one
// sees zeros where it has already been, so that looking back would show. Input: a byte that steers
// the steps, then the stream.
#include "flowtable/base/check.hpp"
#include "flowtable/record_scan.hpp"

#include <algorithm>
#include <vector>

using flowtable::Bytes;
using flowtable::RecordScan;
using flowtable::ScanVerdict;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const size_t step = 1 + data[0] % 97;
  const Bytes stream(data + 1, size - 1);
  RecordScan whole, stepped;
  whole.advance(stream);
  for (size_t end = step; stepped.verdict() == ScanVerdict::need_more; end += step) {
    stepped.advance(stream.first(std::min(end, stream.size())));
    if (end >= stream.size()) break;
  }
  CHECK(whole.verdict() == stepped.verdict());
  CHECK(whole.saw_client_hello() == stepped.saw_client_hello());
  CHECK(whole.saw_server_hello() == stepped.saw_server_hello());
  CHECK(whole.broken() == stepped.broken());
  CHECK(whole.in_early_data() == stepped.in_early_data());
  CHECK(!(whole.saw_client_hello() && whole.saw_server_hello()));
  // What shows a hello must have been let through by the early decision.
  if (whole.saw_hello() && stream[0] != 21) CHECK(RecordScan::could_start_tls(stream));

  if (const auto offset = RecordScan::find_hello(stream)) {
    CHECK(*offset + RecordScan::kSureBytes <= stream.size());
    RecordScan found;
    found.advance(stream.subspan(*offset));
    CHECK(found.saw_hello());
  }
  return 0;
}
