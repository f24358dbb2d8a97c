// SPDX-License-Identifier: Apache-2.0
// The target that must fail: if the driver calls it a success, the driver sees nothing. Four bytes
// in a row guide the fuzzer only when its instrumentation works.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 0 && data[0] == 's') {
    if (size > 1 && data[1] == 'e') {
      if (size > 2 && data[2] == 'a') {
        if (size > 3 && data[3] == 'l') std::abort();
      }
    }
  }
  return 0;
}
