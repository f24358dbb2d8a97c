// SPDX-License-Identifier: Apache-2.0
#include "control/export/certificate_page.hpp"

#include "control/export/json_line.hpp"
#include "control/export/text_format.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace control {
namespace {

struct AttributeName {
  std::string_view oid;
  std::string_view name;
};
constexpr std::array kNames = {
    AttributeName{"2.5.4.3", "CN"},
    AttributeName{"2.5.4.6", "C"},
    AttributeName{"2.5.4.7", "L"},
    AttributeName{"2.5.4.8", "ST"},
    AttributeName{"2.5.4.9", "STREET"},
    AttributeName{"2.5.4.10", "O"},
    AttributeName{"2.5.4.11", "OU"},
    AttributeName{"0.9.2342.19200300.100.1.1", "UID"},
    AttributeName{"0.9.2342.19200300.100.1.25", "DC"},
};

void add(std::string& out, std::string_view name, const std::string& value) {
  constexpr size_t kWidth = 12;
  out += name;
  out.append(kWidth - name.size(), ' ');
  out += value.empty() ? "-" : value;
  out += '\n';
}

std::string time_text(const std::optional<int64_t>& seconds) {
  return seconds ? text_of_seconds(*seconds) : std::string();
}

std::string names_text(const std::vector<std::string>& names) {
  constexpr size_t kShownMax = 100;
  std::string out;
  for (size_t i = 0; i < std::min(names.size(), kShownMax); ++i)
    out += (i == 0 ? "" : ", ") + text_of_bytes(names[i]);
  if (names.size() > kShownMax) {
    out += " … and " + std::to_string(names.size() - kShownMax) + " more";
  }
  return out;
}

}  // namespace

std::string name_text(const std::vector<tls::NameAttribute>& name) {
  std::string out;
  for (const tls::NameAttribute& attribute : name) {
    const auto* const known = std::ranges::find(kNames, attribute.oid, &AttributeName::oid);
    out += out.empty() ? "" : ", ";
    out += known == kNames.end() ? attribute.oid : std::string(known->name);
    out += '=' + text_of_bytes(attribute.value);
  }
  return out;
}

std::string certificate_page(const tls::CertificateFacts& facts) {
  std::string out;
  add(out, "subject", name_text(facts.subject));
  add(out, "issuer", name_text(facts.issuer));
  add(out, "names", names_text(facts.san));
  add(out, "valid from", time_text(facts.not_before));
  add(out, "valid until", time_text(facts.not_after));
  add(out, "serial", facts.serial);
  add(out, "key", key_text(facts));
  add(out, "signature", facts.signature_algorithm);
  add(out, "authority", facts.is_ca ? (*facts.is_ca ? "yes" : "no") : "not said");
  add(out, "sha256", hex_of(facts.sha256));
  add(out, "sha1", hex_of(facts.sha1));
  add(out, "key sha256", facts.spki_sha256 ? hex_of(*facts.spki_sha256) : "");
  add(out, "size", std::to_string(facts.der.size()) + " bytes of DER");
  if (facts.malformed) add(out, "malformed", "yes: the DER breaks X.509; the hashes are certain");
  return out;
}

}  // namespace control
