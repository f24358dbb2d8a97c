// SPDX-License-Identifier: Apache-2.0
// tls/fingerprint/foxio: any options give a JA4T of four parts that names at least one kind where
// there is a byte, and JA4TS begins with it.
#include "flowtable/base/check.hpp"
#include "tls/fingerprint/foxio_methods.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const flowtable::Bytes options(data, size);
  const auto ja4t = tls::ja4t_of({1024, options, options});
  const auto ja4ts = tls::ja4ts_of({1024, options, options});
  CHECK(ja4t.has_value() == ja4ts.has_value());
  if (!ja4t) return 0;  // built without the option foxio
  CHECK(std::ranges::count(ja4t->hash, '_') == 3);
  CHECK(ja4t->hash.starts_with("1024_00_") == (size == 0));
  CHECK(ja4ts->hash.starts_with(ja4t->hash));
  return 0;
}
