// SPDX-License-Identifier: Apache-2.0
#include "tests/support/certificate_builder.hpp"

#include "tls/digest/openssl_ptr.hpp"

#include <openssl/bn.h>
#include <openssl/x509v3.h>

#include <memory>

namespace tests {

namespace {

using Asn1TimePtr = std::unique_ptr<ASN1_TIME, tls::OpensslDelete<ASN1_TIME_free>>;
using Asn1ObjectPtr = std::unique_ptr<ASN1_OBJECT, tls::OpensslDelete<ASN1_OBJECT_free>>;
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

void add_extension(X509* certificate, const char* oid, const std::string& value) {
  const ExtensionPtr extension(X509V3_EXT_nconf(nullptr, nullptr, oid, value.c_str()));
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
  if (recipe.has_sct_list) add_extension(x, "1.3.6.1.4.1.11129.2.4.2", "DER:04020000");
  if (!recipe.tls_feature.empty()) add_extension(x, NID_tlsfeature, recipe.tls_feature);
  X509_sign(x, key.get(), EVP_sha256());

  MadeCertificate out;
  out.der.resize(static_cast<size_t>(i2d_X509(x, nullptr)));
  unsigned char* at = out.der.data();
  i2d_X509(x, &at);
  out.spki = spki_of(x);
  return out;
}

DerBytes der_joined(std::initializer_list<DerBytes> parts) {
  DerBytes out;
  for (const DerBytes& part : parts)
    out.insert(out.end(), part.begin(), part.end());
  return out;
}

DerBytes der(uint8_t tag, const DerBytes& content) {
  DerBytes out{tag};
  DerBytes length;
  for (size_t left = content.size(); left > 0; left >>= 8)
    length.insert(length.begin(), static_cast<uint8_t>(left));
  if (content.size() < 0x80) {
    out.push_back(static_cast<uint8_t>(content.size()));
  } else {
    out.push_back(static_cast<uint8_t>(0x80 | length.size()));
    out.insert(out.end(), length.begin(), length.end());
  }
  return der_joined({out, content});
}

DerBytes der_text(uint8_t tag, std::string_view text) {
  return der(tag, DerBytes(text.begin(), text.end()));
}

DerBytes der_oid(std::string_view dotted) {
  const std::string text(dotted);
  const Asn1ObjectPtr object(OBJ_txt2obj(text.c_str(), 1));
  const unsigned char* const octets = OBJ_get0_data(object.get());
  return {octets, octets + OBJ_length(object.get())};
}

DerBytes der_name(std::string_view oid, uint8_t tag, std::string_view value) {
  const DerBytes attribute = der_joined({der(0x06, der_oid(oid)), der_text(tag, value)});
  return der(0x30, der(0x31, der(0x30, attribute)));
}

DerBytes der_extension(std::string_view oid, const DerBytes& value) {
  return der(0x30, der_joined({der(0x06, der_oid(oid)), der(0x04, value)}));
}

DerBytes raw_certificate(const RawCertificate& c) {
  const DerBytes algorithm = der(0x30, der(0x06, c.signature_oid));
  const DerBytes no_bits_unused{0};
  const DerBytes spki = der(0x30, der_joined({der(0x30, der(0x06, c.key_oid)),
                                              der(0x03, der_joined({no_bits_unused, c.key}))}));
  DerBytes extensions;
  for (const DerBytes& each : c.extensions)
    extensions.insert(extensions.end(), each.begin(), each.end());
  if (!c.extensions.empty()) extensions = der(0xa3, der(0x30, extensions));
  const DerBytes version = der(0xa0, der(0x02, {0x02}));
  const DerBytes validity = der(0x30, der_joined({c.not_before, c.not_after}));
  const DerBytes tbs = der(0x30, der_joined({version, c.serial, algorithm, c.issuer, validity,
                                             c.subject, spki, extensions}));
  const DerBytes signature = der(0x03, der_joined({no_bits_unused, DerBytes(64, 0x77)}));
  return der(0x30, der_joined({tbs, algorithm, signature}));
}

}  // namespace tests
