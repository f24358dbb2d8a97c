// SPDX-License-Identifier: Apache-2.0
// The Certificate message.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/wire/extensions.hpp"
#include "tls/wire/parse_error.hpp"

#include <cstddef>
#include <cstdint>

namespace tls {

enum class CertificateForm : uint8_t {
  tls12,  // SSL 3.0 to TLS 1.2: RFC 5246 section 7.4.2
  tls13,  // RFC 8446 section 4.4.2: request context, extensions for each entry
};

struct CertificateEntry {
  flowtable::Bytes der;         // may be empty: peers send that
  flowtable::Bytes extensions;  // tls13: content of the entry's extension block
};

// The certificates of one message in wire order: RFC 5246 wants the sender's own first. Walked
// by parse_certificate_message(), so that iterating cannot fail. Borrows from the message.
class CertificateList {
 public:
  class Iterator {
   public:
    Iterator(flowtable::Bytes rest, CertificateForm form) noexcept : reader_(rest), form_(form) {
      step();
    }
    const CertificateEntry& operator*() const noexcept { return current_; }
    const CertificateEntry* operator->() const noexcept { return &current_; }
    Iterator& operator++() noexcept {
      step();
      return *this;
    }
    bool operator==(const Iterator& other) const noexcept { return left_ == other.left_; }

   private:
    void step() noexcept;

    flowtable::ByteReader reader_;
    CertificateForm form_;
    CertificateEntry current_;
    size_t left_ = 0;
  };

  CertificateList() noexcept = default;
  [[nodiscard]] Iterator begin() const noexcept { return {entries_, form_}; }
  [[nodiscard]] Iterator end() const noexcept { return {flowtable::Bytes{}, form_}; }
  [[nodiscard]] size_t size() const noexcept { return count_; }
  [[nodiscard]] flowtable::Bytes request_context() const noexcept { return context_; }
  // Nothing followed the last whole entry. Where false, `fault` says what did, and the entries in
  // front of it are still listed: what a peer showed is kept.
  [[nodiscard]] bool whole() const noexcept { return whole_; }
  [[nodiscard]] ParseError fault() const noexcept { return fault_; }

 private:
  friend Parsed<CertificateList> parse_certificate_message(flowtable::Bytes body,
                                                           CertificateForm form) noexcept;

  flowtable::Bytes entries_;
  flowtable::Bytes context_;
  size_t count_ = 0;
  CertificateForm form_ = CertificateForm::tls12;
  bool whole_ = true;
  ParseError fault_{};
};

// Parses the body of a Certificate message. Fails where no list can be found in it.
[[nodiscard]] Parsed<CertificateList> parse_certificate_message(flowtable::Bytes body,
                                                                CertificateForm form) noexcept;

}  // namespace tls
