// SPDX-License-Identifier: Apache-2.0
#include "tls/x509/pem.hpp"

#include "tests/support/certificate_builder.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <string>
#include <string_view>

namespace tls {
namespace {

using Der = std::vector<uint8_t>;

CertificateFile split(std::string_view text) {
  const Der bytes(text.begin(), text.end());
  return split_certificate_file(bytes);
}

Der bytes(std::string_view text) {
  return {text.begin(), text.end()};
}

// Base64 by OpenSSL, in lines of `width`.
std::string pem(const Der& der, std::string_view label, size_t width = 64) {
  std::string digits(der.size() * 4 / 3 + 5, '\0');
  digits.resize(static_cast<size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(digits.data()),
                                                    der.data(), static_cast<int>(der.size()))));
  std::string out = "-----BEGIN " + std::string(label) + "-----\n";
  for (size_t i = 0; i < digits.size(); i += width)
    out += digits.substr(i, width) + "\n";
  return out + "-----END " + std::string(label) + "-----\n";
}

TEST(CertificateFile, TakesAFileWithoutBlocksAsOneCertificate) {
  const Der der = tests::make_certificate({}).der;
  EXPECT_EQ(split_certificate_file(der).ders, std::vector<Der>{der});
  EXPECT_EQ(split("nonsense").ders, std::vector<Der>{bytes("nonsense")});
}

TEST(CertificateFile, ReadsEveryBlockAndSkipsWhatIsBetween) {
  const Der first = tests::make_certificate({}).der;
  for (size_t cut = 0; cut < 3; ++cut) {  // every kind of padding
    const Der second(first.begin(), first.end() - static_cast<ptrdiff_t>(cut));
    const CertificateFile file = split(
        "Bag Attributes\n" + pem(first, "CERTIFICATE") + "subject=x\n" + pem(first, "PRIVATE KEY") +
        pem(second, "TRUSTED CERTIFICATE", 76) + pem(second, "X509 CERTIFICATE", 1000));
    EXPECT_EQ(file.ders, (std::vector<Der>{first, second, second}));
    EXPECT_EQ(file.num_broken, 0u);
  }
}

TEST(CertificateFile, CountsBrokenBlocksAndGoesOn) {
  const Der der = tests::make_certificate({}).der;
  const std::string good = pem(der, "CERTIFICATE");
  for (const std::string broken : {"-----BEGIN CERTIFICATE-----\nQUJ*\n-----END CERTIFICATE-----\n",
                                   "-----BEGIN CERTIFICATE-----\nQ\n-----END CERTIFICATE-----\n",
                                   "-----BEGIN CERTIFICATE-----\nQUI\n-----END CERTIFICATE-----\n",
                                   "-----BEGIN CERTIFICATE-----\nQU=I\n-----END CERTIFICATE-----\n",
                                   "-----BEGIN CERTIFICATE-----\nQUJD\n-----END PRIVATE KEY-----\n",
                                   "-----BEGIN CERTIFICATE-----\nQUJD\n"}) {
    const CertificateFile file = split(broken + good);
    EXPECT_EQ(file.num_broken, 1u) << broken;
    EXPECT_EQ(file.ders, std::vector<Der>{der}) << broken;
  }
  EXPECT_EQ(split("-----BEGIN CERTIFICATE-----").num_broken, 1u);
  // RFC 4648 section 10.
  EXPECT_EQ(split("-----BEGIN CERTIFICATE-----\r\nZm9v YmE=\r\n-----END CERTIFICATE-----").ders,
            std::vector<Der>{bytes("fooba")});
}

}  // namespace
}  // namespace tls
