// SPDX-License-Identifier: Apache-2.0
// The certificates that a D4 analyzer knew by the path of their file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace control {

// Looks for the DER of a certificate in the files the analyzer named, in tar archives (also packed
// by gzip) that they are or lie in, and in one folder more. What counts is its SHA-1: whatever lies
// at a path, only the certificate that was meant comes out. Files beyond 1 MiB and archives beyond
// 4 GiB are left aside. One thread.
class D4Files {
 public:
  // `folder`: holds <sha1>.crt files, as the sensor writes them; empty: none.
  explicit D4Files(std::string folder) : folder_(std::move(folder)) {}

  // `sha1` in hex.
  [[nodiscard]] std::optional<std::vector<uint8_t>> find(const std::string& sha1,
                                                         const std::vector<std::string>& paths);

 private:
  std::optional<std::vector<uint8_t>> in_file(const std::string& sha1, const std::string& path);
  void read_archive(const std::string& path);
  void keep(const std::vector<uint8_t>& file);

  std::string folder_;
  std::set<std::string> archives_;                             // read already
  std::map<std::string, std::vector<uint8_t>> from_archives_;  // by SHA-1
};

}  // namespace control
