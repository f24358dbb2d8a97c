// SPDX-License-Identifier: Apache-2.0
#include "tls/wire/certificate.hpp"

namespace tls {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

bool read_entry(ByteReader& reader, CertificateForm form, CertificateEntry& out) noexcept {
  ByteReader ahead = reader;
  ByteReader der;
  ByteReader extensions;
  if (!ahead.u24_prefixed(der)) return false;
  if (form == CertificateForm::tls13 && !ahead.u16_prefixed(extensions)) return false;
  out = {der.rest(), extensions.rest()};
  reader = ahead;
  return true;
}

}  // namespace

void CertificateList::Iterator::step() noexcept {
  left_ = reader_.size();
  if (!read_entry(reader_, form_, current_)) current_ = {};
}

Parsed<CertificateList> parse_certificate_message(Bytes body, CertificateForm form) noexcept {
  ByteReader reader(body);
  CertificateList list;
  list.form_ = form;
  ByteReader context;
  if (form == CertificateForm::tls13 && !reader.u8_prefixed(context)) {
    return fail(ParseError::truncated);
  }
  list.context_ = context.rest();
  ByteReader entries;
  if (!reader.u24_prefixed(entries)) return fail(ParseError::truncated);
  if (!reader.empty()) {
    list.whole_ = false;
    list.fault_ = ParseError::left_over;
  }

  const Bytes all = entries.rest();
  CertificateEntry entry;
  while (!entries.empty()) {
    if (!read_entry(entries, form, entry)) {
      list.whole_ = false;
      list.fault_ = ParseError::truncated;
      break;
    }
    ++list.count_;
  }
  list.entries_ = all.first(all.size() - entries.size());
  return list;
}

}  // namespace tls
