// SPDX-License-Identifier: Apache-2.0
// tls/wire/record_reader: any bytes. What it yields adds up to what it was given.
#include "flowtable/base/check.hpp"
#include "tls/wire/record_reader.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tls::RecordReader reader{flowtable::Bytes(data, size)};
  size_t consumed = 0;
  while (!reader.at_end()) {
    const auto record = reader.next();
    if (!record.ok()) {
      CHECK(reader.at_end());
      return 0;
    }
    CHECK(record.value().length <= tls::RecordReader::kPayloadBytesMax);
    CHECK(!record.value().cut() || reader.at_end());
    consumed += tls::RecordReader::kHeaderBytes + record.value().payload.size();
    CHECK(consumed + reader.rest().size() == size);
  }
  CHECK(consumed == size);
  return 0;
}
