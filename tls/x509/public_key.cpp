// SPDX-License-Identifier: Apache-2.0
#include "tls/x509/public_key.hpp"

#include "tls/digest/digest.hpp"
#include "tls/digest/openssl_ptr.hpp"
#include "tls/x509/der.hpp"

#include <openssl/ec.h>
#include <openssl/objects.h>

#include <bit>
#include <memory>

namespace tls {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

using Asn1ObjectPtr = std::unique_ptr<ASN1_OBJECT, OpensslDelete<ASN1_OBJECT_free>>;
using EcGroupPtr = std::unique_ptr<EC_GROUP, OpensslDelete<EC_GROUP_free>>;

int nid_of(Bytes oid) {
  const std::string dotted = dotted_oid(oid);
  if (dotted.empty()) return NID_undef;
  const Asn1ObjectPtr object(OBJ_txt2obj(dotted.c_str(), 1));
  return object == nullptr ? NID_undef : OBJ_obj2nid(object.get());
}

int bits_of(Bytes integer) noexcept {
  while (!integer.empty() && integer[0] == 0)
    integer = integer.subspan(1);
  if (integer.empty()) return 0;
  return static_cast<int>((integer.size() - 1) * 8) + std::bit_width(integer[0]);
}

// Length of the first INTEGER of a SEQUENCE: RSAPublicKey's modulus (RFC 8017 appendix A.1.1),
// Dss-Parms' p (RFC 3279 section 2.3.2).
int bits_of_first_integer(Bytes sequence) noexcept {
  ByteReader reader(sequence);
  DerElement outer;
  DerElement number;
  if (!read_element(reader, der_tag::kSequence, outer)) return 0;
  ByteReader inner(outer.content);
  return read_element(inner, der_tag::kInteger, number) ? bits_of(number.content) : 0;
}

// As people call it: "P-256" (FIPS 186-4), where that standard has it; else OpenSSL's short name.
const char* curve_name(int nid) {
  const char* const nist = EC_curve_nid2nist(nid);
  return nist != nullptr ? nist : OBJ_nid2sn(nid);
}

// RFC 5480 section 2.1.1: the parameters are the OID of a named curve.
void read_curve(Bytes parameters, PublicKeyFacts& out) {
  ByteReader reader(parameters);
  DerElement oid;
  if (!read_element(reader, der_tag::kOid, oid)) return;
  const int nid = nid_of(oid.content);
  out.curve = nid == NID_undef ? dotted_oid(oid.content) : curve_name(nid);
  const EcGroupPtr group(nid == NID_undef ? nullptr : EC_GROUP_new_by_curve_name(nid));
  if (group != nullptr) out.bits = EC_GROUP_get_degree(group.get());
}

struct KeyAlgorithm {
  int nid;
  const char* name;
  int bits;  // where the algorithm fixes them
};

constexpr KeyAlgorithm kAlgorithms[] = {
    {NID_rsaEncryption, "RSA", 0},       {NID_rsassaPss, "RSA-PSS", 0}, {NID_dsa, "DSA", 0},
    {NID_X9_62_id_ecPublicKey, "EC", 0}, {NID_ED25519, "ED25519", 256}, {NID_ED448, "ED448", 456},
    {NID_X25519, "X25519", 253},         {NID_X448, "X448", 448}};

void read_size(int nid, Bytes parameters, Bytes key, PublicKeyFacts& out) {
  switch (nid) {
    case NID_rsaEncryption:
    case NID_rsassaPss:
      out.bits = bits_of_first_integer(key);
      break;
    case NID_dsa:
      out.bits = bits_of_first_integer(parameters);
      break;
    case NID_X9_62_id_ecPublicKey:
      read_curve(parameters, out);
      break;
    default:
      break;
  }
}

}  // namespace

PublicKeyFacts read_public_key(Bytes spki) {
  PublicKeyFacts out;
  ByteReader reader(spki);
  DerElement sequence;
  DerElement algorithm;
  DerElement oid;
  DerElement bit_string;
  if (!read_element(reader, der_tag::kSequence, sequence)) return out;
  ByteReader fields(sequence.content);
  if (!read_element(fields, der_tag::kSequence, algorithm)) return out;
  ByteReader identifier(algorithm.content);
  if (!read_element(identifier, der_tag::kOid, oid)) return out;

  const int nid = nid_of(oid.content);
  out.algorithm = dotted_oid(oid.content);
  for (const KeyAlgorithm& known : kAlgorithms) {
    if (known.nid != nid) continue;
    out.algorithm = known.name;
    out.bits = known.bits;
  }
  if (!read_element(fields, der_tag::kBitString, bit_string)) return out;
  ByteReader key(bit_string.content);
  uint8_t unused_bits = 0;
  if (key.u8(unused_bits)) read_size(nid, identifier.rest(), key.rest(), out);
  return out;
}

std::string algorithm_name(Bytes oid) {
  const int nid = nid_of(oid);
  return nid == NID_undef ? dotted_oid(oid) : OBJ_nid2ln(nid);
}

}  // namespace tls
