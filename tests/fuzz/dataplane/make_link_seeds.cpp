// SPDX-License-Identifier: Apache-2.0
// Seeds for packet_decode: `make_link_seeds FOLDER` writes FOLDER/packet_decode/<number>, one for
// each link type and tunnel that the unit tests know, around IPv4 and around IPv6.
#include "tests/support/carrier_frames.hpp"
#include "tests/support/packet_builder.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace {

tests::ByteString ip_packet(bool is_v6) {
  const auto client = is_v6 ? tests::v6(1, 40000) : tests::v4(1, 40000);
  const auto server = is_v6 ? tests::v6(2, 443) : tests::v4(2, 443);
  const tests::ByteString frame =
      tests::PacketBuilder(client, server).tcp(0x18, 1000, 2000).payload({1, 2, 3}).build();
  constexpr size_t kEthernetBytes = 14;
  return tests::ByteString(frame.begin() + kEthernetBytes, frame.end());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_link_seeds FOLDER\n");
    return 2;
  }
  const std::filesystem::path folder = std::filesystem::path(argv[1]) / "packet_decode";
  std::filesystem::create_directories(folder);
  size_t number = 0;
  for (const bool is_v6 : {false, true}) {
    for (const tests::CarrierFrame& row : tests::all_carrier_frames(ip_packet(is_v6))) {
      // As the target reads it: link type, bytes cut off the wire, frame.
      std::ofstream file(folder / std::to_string(number++), std::ios::binary);
      file.put(static_cast<char>(row.link)).put(0);
      for (const uint8_t byte : row.frame)
        file.put(static_cast<char>(byte));
    }
  }
  return number > 0 ? 0 : 1;
}
