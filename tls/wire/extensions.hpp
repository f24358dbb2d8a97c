// SPDX-License-Identifier: Apache-2.0
// Extensions of hellos: shallow windows, and decoders for those whose content counts.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/wire/ids.hpp"
#include "tls/wire/parse_error.hpp"
#include "tls/wire/value_list.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace tls {

struct Extension {
  uint16_t type = 0;  // ExtensionType where known
  flowtable::Bytes body;
};

// The extension block of a hello, in wire order, unknown and repeated ones included. from() walks
// it once, so that iterating cannot fail. Borrows.
class ExtensionList {
 public:
  class Iterator {
   public:
    explicit Iterator(flowtable::Bytes rest) noexcept : reader_(rest) { step(); }
    const Extension& operator*() const noexcept { return current_; }
    const Extension* operator->() const noexcept { return &current_; }
    Iterator& operator++() noexcept {
      step();
      return *this;
    }
    bool operator==(const Iterator& other) const noexcept { return left_ == other.left_; }

   private:
    void step() noexcept;

    flowtable::ByteReader reader_;
    Extension current_;
    size_t left_ = 0;  // bytes from the current extension on; 0 at the end
  };

  ExtensionList() noexcept = default;
  // `block` is the content of the extensions vector, without its length. `truncated`: an extension
  // is longer than the block.
  [[nodiscard]] static Parsed<ExtensionList> from(flowtable::Bytes block) noexcept;

  [[nodiscard]] Iterator begin() const noexcept { return Iterator(block_); }
  [[nodiscard]] Iterator end() const noexcept { return Iterator(flowtable::Bytes{}); }
  [[nodiscard]] size_t size() const noexcept { return count_; }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  // Body of the first extension of this type.
  [[nodiscard]] std::optional<flowtable::Bytes> find(ExtensionType type) const noexcept;
  [[nodiscard]] bool has(ExtensionType type) const noexcept { return find(type).has_value(); }

 private:
  flowtable::Bytes block_;
  size_t count_ = 0;
};

// RFC 7301 section 3.1: protocol names of one to 255 bytes. Walked by from(), so that iterating
// cannot fail. An empty name is kept: fingerprints have a rule for it.
class AlpnList {
 public:
  class Iterator {
   public:
    explicit Iterator(flowtable::Bytes rest) noexcept : reader_(rest) { step(); }
    flowtable::Bytes operator*() const noexcept { return name_; }
    Iterator& operator++() noexcept {
      step();
      return *this;
    }
    bool operator==(const Iterator& other) const noexcept { return left_ == other.left_; }

   private:
    void step() noexcept;

    flowtable::ByteReader reader_;
    flowtable::Bytes name_;
    size_t left_ = 0;
  };

  AlpnList() noexcept = default;
  [[nodiscard]] static Parsed<AlpnList> from(flowtable::Bytes extension_body) noexcept;

  [[nodiscard]] Iterator begin() const noexcept { return Iterator(names_); }
  [[nodiscard]] Iterator end() const noexcept { return Iterator(flowtable::Bytes{}); }
  [[nodiscard]] bool empty() const noexcept { return names_.empty(); }

 private:
  flowtable::Bytes names_;
};

// The decoders below take an extension's body.

// RFC 6066 section 3: the first host_name of a ClientHello; nullopt where the list holds none or
// the body is empty. Bytes as sent.
[[nodiscard]] Parsed<std::optional<flowtable::Bytes>> read_server_name(
    flowtable::Bytes body) noexcept;
// supported_groups and signature_algorithms: a list with a 16-bit length (RFC 8446 sections 4.2.3
// and 4.2.7).
[[nodiscard]] Parsed<U16List> read_u16_list(flowtable::Bytes body) noexcept;
// RFC 8422 section 5.1.2.
[[nodiscard]] Parsed<flowtable::Bytes> read_point_formats(flowtable::Bytes body) noexcept;
// RFC 8446 section 4.2.1, ClientHello form.
[[nodiscard]] Parsed<U16List> read_offered_versions(flowtable::Bytes body) noexcept;
// RFC 8446 section 4.2.1, ServerHello and HelloRetryRequest form.
[[nodiscard]] Parsed<uint16_t> read_selected_version(flowtable::Bytes body) noexcept;
// RFC 8446 section 4.2.8: the group of a server's share, or the one a HelloRetryRequest asks for.
[[nodiscard]] Parsed<uint16_t> read_selected_group(flowtable::Bytes body) noexcept;

// RFC 8446 section 4.2.8, ClientHello form: calls on_share(group, key) for each share, in order;
// false where the list breaks, after what came before.
template <typename OnShare>
[[nodiscard]] bool for_each_key_share(flowtable::Bytes body, OnShare&& on_share) {
  flowtable::ByteReader reader(body);
  flowtable::ByteReader shares;
  if (!reader.u16_prefixed(shares) || !reader.empty()) return false;
  uint16_t group = 0;
  flowtable::ByteReader key;
  while (!shares.empty()) {
    if (!shares.u16(group) || !shares.u16_prefixed(key)) return false;
    on_share(group, key.rest());
  }
  return true;
}

}  // namespace tls
