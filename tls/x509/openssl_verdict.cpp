// SPDX-License-Identifier: Apache-2.0
#include "tls/x509/openssl_verdict.hpp"

#include "tls/digest/openssl_ptr.hpp"

#include <openssl/asn1.h>
#include <openssl/err.h>

#include <memory>

namespace tls {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

// One field by one of OpenSSL's d2i_ functions, to its last byte.
template <auto Decode, auto Free, typename Object>
bool decodes(Bytes field) noexcept {
  const unsigned char* at = field.data();
  const std::unique_ptr<Object, OpensslDelete<Free>> object(
      Decode(nullptr, &at, static_cast<long>(field.size())));
  return object != nullptr && at == field.data() + field.size();
}

constexpr auto is_integer = decodes<d2i_ASN1_INTEGER, ASN1_INTEGER_free, ASN1_INTEGER>;
constexpr auto is_algorithm = decodes<d2i_X509_ALGOR, X509_ALGOR_free, X509_ALGOR>;
constexpr auto is_name = decodes<d2i_X509_NAME, X509_NAME_free, X509_NAME>;
constexpr auto is_time = decodes<d2i_ASN1_TIME, ASN1_TIME_free, ASN1_TIME>;
constexpr auto is_bit_string = decodes<d2i_ASN1_BIT_STRING, ASN1_BIT_STRING_free, ASN1_BIT_STRING>;

void free_extensions(X509_EXTENSIONS* extensions) noexcept {
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
}
constexpr auto are_extensions = decodes<d2i_X509_EXTENSIONS, free_extensions, X509_EXTENSIONS>;

bool is_public_key(Bytes spki) noexcept {
  ByteReader reader(spki);
  DerElement sequence;
  DerElement algorithm;
  DerElement key;
  if (!read_element(reader, der_tag::kSequence, sequence)) return false;
  ByteReader fields(sequence.content);
  return read_element(fields, algorithm) && read_element(fields, key) && fields.empty() &&
         is_algorithm(algorithm.whole) && is_bit_string(key.whole);
}

bool accepts_fields(const CertificateWalk& walk) noexcept {
  return (walk.version_field.empty() || is_integer(walk.version_field)) &&
         is_integer(walk.serial.whole) && is_algorithm(walk.tbs_algorithm) &&
         is_name(walk.issuer.whole) && is_time(walk.not_before.whole) &&
         is_time(walk.not_after.whole) && is_name(walk.subject.whole) && is_public_key(walk.spki) &&
         (walk.extensions.whole.empty() || are_extensions(walk.extensions.whole)) &&
         is_algorithm(walk.signature_algorithm) && is_bit_string(walk.signature);
}

}  // namespace

bool openssl_accepts(const CertificateWalk& walk) noexcept {
  const bool accepted = walk.whole && accepts_fields(walk);
  if (!accepted) ERR_clear_error();  // the thread's error queue is not ours to fill
  return accepted;
}

}  // namespace tls
