// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/tls/probe/made_certificates.hpp"

#include "flowtable/base/check.hpp"

#include <openssl/pem.h>
#include <stdlib.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>

namespace tests {

MadeCertificates::MadeCertificates() {
  std::string name = (std::filesystem::temp_directory_path() / "tapseal-probe-XXXXXX").string();
  CHECK(mkdtemp(name.data()) != nullptr);
  folder_ = name;
  make("rsa", "-newkey rsa:2048");
  make("ec", "-newkey ec -pkeyopt ec_paramgen_curve:P-256");
  make("ed25519", "-newkey ed25519");
  make("weak", "-newkey rsa:1024 -sha1");
  for (int i = 0; i < 8; ++i)
    make_with_names("big" + std::to_string(i), static_cast<char>('a' + i), 14);
  make_with_names("huge", 'h', 130);
}

void MadeCertificates::make_with_names(const std::string& name, char letter, int count) const {
  const std::string label(60, letter);
  std::string names = "DNS:" + label + ".example";
  for (int n = 0; n < count; ++n)
    names += ",DNS:" + label + std::to_string(n) + ".example";
  make(name, "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -addext subjectAltName=" + names);
}

MadeCertificates::~MadeCertificates() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void MadeCertificates::make(const std::string& name, const std::string& how) const {
  const std::string command = "timeout 60 openssl req -x509 -nodes -days 30 -subj /CN=" + name +
                              " -keyout " + key(name) + " -out " + certificate(name) + " " + how +
                              " 2>/dev/null";
  CHECK(std::system(command.c_str()) == 0);
}

std::string MadeCertificates::certificate(const std::string& name) const {
  return folder_ / (name + ".pem");
}

std::string MadeCertificates::key(const std::string& name) const {
  return folder_ / (name + ".key");
}

std::string MadeCertificates::chain(const std::vector<std::string>& names) const {
  std::string file = "chain";
  for (const std::string& name : names)
    file += "-" + name;
  std::string path = folder_ / (file + ".pem");
  std::ofstream out(path, std::ios::binary);
  for (const std::string& name : names)
    out << std::ifstream(certificate(name)).rdbuf();
  return path;
}

Der MadeCertificates::der(const std::string& name) const {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(certificate(name).c_str(), "r"),
                                                   std::fclose);
  CHECK(file != nullptr);
  const std::unique_ptr<X509, void (*)(X509*)> parsed(
      PEM_read_X509(file.get(), nullptr, nullptr, nullptr), X509_free);
  CHECK(parsed != nullptr);
  Der out(static_cast<size_t>(i2d_X509(parsed.get(), nullptr)));
  unsigned char* at = out.data();
  i2d_X509(parsed.get(), &at);
  return out;
}

const MadeCertificates& made_certificates() {
  static const MadeCertificates made;
  return made;
}

}  // namespace tests
