// SPDX-License-Identifier: Apache-2.0
// Files for the tests of capture files: classic ones written by libpcap, pcapng byte by byte.
#pragma once

#include "flowtable/base/tick.hpp"

#include <gtest/gtest.h>
#include <pcap/pcap.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace dataplane::testing {

// A directory that goes away with the test.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = ::testing::TempDir() + "tapseal-capture-XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }
  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(file(name), std::ios::binary) << content;
    return file(name);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct WrittenFrame {
  std::string bytes;
  int64_t ns = 0;
  uint32_t wire_bytes = 0;
};

// By libpcap, with nanosecond time stamps.
inline void write_pcap(const std::string& path, int dlt, const std::vector<WrittenFrame>& frames) {
  pcap_t* dead = pcap_open_dead_with_tstamp_precision(dlt, 262144, PCAP_TSTAMP_PRECISION_NANO);
  pcap_dumper_t* dumper = pcap_dump_open(dead, path.c_str());
  ASSERT_NE(dumper, nullptr);
  for (const WrittenFrame& frame : frames) {
    pcap_pkthdr header{};
    header.ts.tv_sec = frame.ns / 1'000'000'000;
    header.ts.tv_usec = frame.ns % 1'000'000'000;
    header.caplen = static_cast<uint32_t>(frame.bytes.size());
    header.len = frame.wire_bytes;
    pcap_dump(reinterpret_cast<u_char*>(dumper), &header,
              reinterpret_cast<const u_char*>(frame.bytes.data()));
  }
  pcap_dump_close(dumper);
  pcap_close(dead);
}

// Numbers and blocks of one byte order.
class PcapngWriter {
 public:
  explicit PcapngWriter(bool little_endian = true) : little_endian_(little_endian) {
    block(0x0a0d0d0a, u32(0x1a2b3c4d) + u16(1) + u16(0) + std::string(8, '\xff'));
  }
  [[nodiscard]] std::string u16(uint16_t value) const { return number(value, 2); }
  [[nodiscard]] std::string u32(uint32_t value) const { return number(value, 4); }
  [[nodiscard]] std::string option(uint16_t code, const std::string& value) const {
    return u16(code) + u16(static_cast<uint16_t>(value.size())) + padded(value);
  }
  void block(uint32_t type, const std::string& body) {
    const std::string whole = padded(body);
    const auto length = static_cast<uint32_t>(whole.size() + 12);
    bytes_ += u32(type) + u32(length) + whole + u32(length);
  }
  void interface(uint16_t link, uint32_t snap_bytes = 0, const std::string& options = "") {
    block(1, u16(link) + u16(0) + u32(snap_bytes) + options);
  }
  void packet(uint32_t interface, uint64_t time, const std::string& frame, uint32_t wire_bytes) {
    block(6, u32(interface) + u32(static_cast<uint32_t>(time >> 32)) +
                 u32(static_cast<uint32_t>(time)) + u32(static_cast<uint32_t>(frame.size())) +
                 u32(wire_bytes) + frame);
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  [[nodiscard]] std::string number(uint32_t value, int width) const {
    std::string out;
    for (int i = 0; i < width; ++i) {
      const int shift = 8 * (little_endian_ ? i : width - 1 - i);
      out += static_cast<char>(value >> shift & 0xff);
    }
    return out;
  }
  [[nodiscard]] static std::string padded(std::string bytes) {
    bytes.resize((bytes.size() + 3) / 4 * 4, '\0');
    return bytes;
  }

  bool little_endian_;
  std::string bytes_;
};

}  // namespace dataplane::testing
