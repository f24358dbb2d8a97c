// SPDX-License-Identifier: Apache-2.0
// Keys and certificates in files, for real servers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tests {

using Der = std::vector<uint8_t>;

// A temporary folder; each certificate is made once by the openssl program.
class MadeCertificates {
 public:
  MadeCertificates();
  MadeCertificates(const MadeCertificates&) = delete;
  MadeCertificates& operator=(const MadeCertificates&) = delete;
  ~MadeCertificates();

  // Names: rsa, ec, ed25519, weak (RSA-1024 with SHA-1), big0 to big7 of more than a kilobyte, and
  // huge of more than eight.
  [[nodiscard]] std::string certificate(const std::string& name) const;
  [[nodiscard]] std::string key(const std::string& name) const;
  // One file with these after one another.
  [[nodiscard]] std::string chain(const std::vector<std::string>& names) const;
  [[nodiscard]] Der der(const std::string& name) const;

 private:
  void make(const std::string& name, const std::string& how) const;
  void make_with_names(const std::string& name, char letter, int count) const;

  std::filesystem::path folder_;
};

// For all tests of a program.
[[nodiscard]] const MadeCertificates& made_certificates();

}  // namespace tests
