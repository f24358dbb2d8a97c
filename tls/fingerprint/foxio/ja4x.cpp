// SPDX-License-Identifier: Apache-2.0
// JA4X, the fingerprint of how a certificate was made. The method is under the FoxIO License 1.1,
// see README.md.
#include "tls/digest/digest.hpp"
#include "tls/fingerprint/foxio_methods.hpp"
#include "tls/fingerprint/ja4_parts.hpp"
#include "tls/x509/certificate_walk.hpp"

#include <string>

namespace tls {

using flowtable::Bytes;

namespace {

// Object identifiers in the hex of their content octets, comma separated, in order, repeats kept.
class OidList {
 public:
  void add(Bytes oid) {
    if (!text_.empty()) text_ += ',';
    append_hex(text_, oid);
  }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

bool list_name(Bytes name, OidList& out) {
  return for_each_attribute(name, [&](Bytes oid, const DerElement&) { out.add(oid); });
}

}  // namespace

// Issuer, subject, extensions; the values do not enter.
std::optional<Fingerprint> ja4x_of(Bytes der) {
  const CertificateWalk walk = walk_certificate(der);
  OidList issuer;
  OidList subject;
  OidList extensions;
  if (!walk.whole || !list_name(walk.issuer.content, issuer) ||
      !list_name(walk.subject.content, subject) ||
      !for_each_extension(walk.extensions.content, [&](const CertificateExtension& extension) {
        extensions.add(extension.oid);
      })) {
    return std::nullopt;
  }
  Fingerprint out;
  char separator = 0;
  for (const OidList* list : {&issuer, &subject, &extensions}) {
    if (separator != 0) {
      out.raw += separator;
      out.hash += separator;
    }
    separator = '_';
    out.raw += list->text();
    append_hash12(out.hash, list->text());
  }
  return out;
}

}  // namespace tls
