// SPDX-License-Identifier: Apache-2.0
#include "tls/x509/subject_alt_name.hpp"

#include "tls/digest/digest.hpp"
#include "tls/x509/certificate_walk.hpp"
#include "tls/x509/der_text.hpp"

#include <arpa/inet.h>

#include <array>

namespace tls {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

// RFC 5280 section 4.2.1.6: GeneralName's choices, context tags 0 to 8.
namespace general_name {
constexpr uint8_t kOtherName = 0xa0;
constexpr uint8_t kEmail = 0x81;
constexpr uint8_t kDns = 0x82;
constexpr uint8_t kDirectory = 0xa4;
constexpr uint8_t kUri = 0x86;
constexpr uint8_t kIpAddress = 0x87;
constexpr uint8_t kRegisteredId = 0x88;
}  // namespace general_name

std::string address_text(Bytes address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = address.size() == 4 ? AF_INET : AF_INET6;
  if ((address.size() != 4 && address.size() != 16) ||
      inet_ntop(family, address.data(), text.data(), text.size()) == nullptr) {
    return to_hex(address);
  }
  return text.data();
}

std::string directory_text(Bytes content) {
  std::string out;
  ByteReader reader(content);
  DerElement name;
  if (!read_element(reader, der_tag::kSequence, name)) return out;
  static_cast<void>(for_each_attribute(name.content, [&](Bytes oid, const DerElement& value) {
    if (!out.empty()) out += ',';
    out += dotted_oid(oid) + '=' + text_of(value);
  }));
  return out;
}

std::string other_name_type(Bytes content) {
  ByteReader reader(content);
  DerElement type;
  return read_element(reader, der_tag::kOid, type) ? dotted_oid(type.content) : std::string{};
}

std::string general_name_text(const DerElement& name) {
  switch (name.tag) {
    case general_name::kDns:
      return "DNS:" + printable_text(name.content);
    case general_name::kEmail:
      return "email:" + printable_text(name.content);
    case general_name::kUri:
      return "URI:" + printable_text(name.content);
    case general_name::kIpAddress:
      return "IP:" + address_text(name.content);
    case general_name::kRegisteredId:
      return "RID:" + dotted_oid(name.content);
    case general_name::kDirectory:
      return "dirName:" + directory_text(name.content);
    case general_name::kOtherName:
      return "otherName:" + other_name_type(name.content);
    default:
      return {};  // x400Address, ediPartyName: nobody uses them
  }
}

}  // namespace

void append_alt_names(Bytes value, std::vector<std::string>& out) {
  ByteReader reader(value);
  DerElement list;
  DerElement name;
  if (!read_element(reader, der_tag::kSequence, list)) return;
  ByteReader names(list.content);
  while (read_element(names, name)) {
    std::string text = general_name_text(name);
    if (!text.empty()) out.push_back(std::move(text));
  }
}

}  // namespace tls
