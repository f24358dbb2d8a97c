// SPDX-License-Identifier: Apache-2.0
#include "tests/support/certificate_builder.hpp"

#include "tls/digest/openssl_ptr.hpp"

#include <openssl/bn.h>
#include <openssl/x509v3.h>

#include <memory>

namespace tests {

namespace {

using Asn1TimePtr = std::unique_ptr<ASN1_TIME, tls::OpensslDelete<ASN1_TIME_free>>;
using BignumPtr = std::unique_ptr<BIGNUM, tls::OpensslDelete<BN_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, tls::OpensslDelete<X509_EXTENSION_free>>;

Asn1TimePtr time_of(const std::string& text) {
  Asn1TimePtr time(ASN1_TIME_new());
  ASN1_TIME_set_string_X509(time.get(), text.c_str());
  return time;
}

void add_extension(X509* certificate, int nid, const std::string& value) {
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str()));
  X509_add_ext(certificate, extension.get(), -1);
}

std::vector<uint8_t> spki_of(X509* certificate) {
  X509_PUBKEY* key = X509_get_X509_PUBKEY(certificate);
  std::vector<uint8_t> out(static_cast<size_t>(i2d_X509_PUBKEY(key, nullptr)));
  unsigned char* at = out.data();
  i2d_X509_PUBKEY(key, &at);
  return out;
}

}  // namespace

MadeCertificate make_certificate(const CertificateRecipe& recipe) {
  const tls::EvpPkeyPtr key(EVP_EC_gen("P-256"));
  const tls::X509Ptr certificate(X509_new());
  X509* x = certificate.get();
  X509_set_version(x, X509_VERSION_3);
  const BignumPtr serial(
      BN_bin2bn(recipe.serial.data(), static_cast<int>(recipe.serial.size()), nullptr));
  BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(x));
  X509_set1_notBefore(x, time_of(recipe.not_before).get());
  X509_set1_notAfter(x, time_of(recipe.not_after).get());
  X509_NAME* name = X509_get_subject_name(x);
  const auto add = [&](const char* field, const std::string& value) {
    X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1, 0);
  };
  add("O", "Größe");
  add("CN", "first");
  add("CN", recipe.common_name);
  X509_set_issuer_name(x, name);
  X509_set_pubkey(x, key.get());
  if (!recipe.alt_names.empty()) add_extension(x, NID_subject_alt_name, recipe.alt_names);
  add_extension(x, NID_basic_constraints, recipe.is_ca ? "critical,CA:TRUE" : "CA:FALSE");
  X509_sign(x, key.get(), EVP_sha256());

  MadeCertificate out;
  out.der.resize(static_cast<size_t>(i2d_X509(x, nullptr)));
  unsigned char* at = out.der.data();
  i2d_X509(x, &at);
  out.spki = spki_of(x);
  return out;
}

}  // namespace tests
