// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/spool/spool_payload.hpp"

#include <random>

namespace tests {

std::string payload_number(uint64_t number, size_t bytes) {
  std::mt19937_64 random(number);
  std::string payload = "record " + std::to_string(number) + " ";
  while (payload.size() < bytes) {
    payload.push_back(number % 3 == 0 ? static_cast<char>(random() & 0xff)
                                      : static_cast<char>('a' + random() % 4));
  }
  return payload;
}

control::SpoolLoad load_number(uint64_t number) {
  return {number % 7, number % 5, number % 3};
}

}  // namespace tests
