// SPDX-License-Identifier: Apache-2.0
#include "tls/x509/der.hpp"

#include <algorithm>

namespace tls {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

constexpr uint8_t kTagNumberFollows = 0x1f;  // X.690 section 8.1.2.4: identifier of several octets
constexpr uint8_t kMore = 0x80;

bool read_length(ByteReader& reader, size_t& length) noexcept {
  uint8_t first = 0;
  if (!reader.u8(first)) return false;
  length = first;
  if (first < kMore) return true;
  const int octets = first & ~kMore;
  if (octets == 0 || octets > 4) return false;  // indefinite, or beyond any certificate
  length = 0;
  for (int i = 0; i < octets; ++i) {
    uint8_t octet = 0;
    if (!reader.u8(octet)) return false;
    length = length << 8 | octet;
  }
  return true;
}

// A number of any size in decimal, fed seven bits at a time.
class Decimal {
 public:
  void push(uint8_t seven_bits) {
    uint32_t carry = seven_bits;
    for (char& digit : digits_) {
      carry += static_cast<uint32_t>(digit) * 128;
      digit = static_cast<char>(carry % 10);
      carry /= 10;
    }
    for (; carry > 0; carry /= 10)
      digits_ += static_cast<char>(carry % 10);
  }
  // By at most 80; only where the number is at least that large.
  void subtract(uint32_t amount) {
    for (size_t i = 0; amount > 0 && i < digits_.size(); ++i) {
      const auto digit = static_cast<uint32_t>(digits_[i]);
      const uint32_t low = amount % 10;
      amount /= 10;
      if (digit < low) ++amount;
      digits_[i] = static_cast<char>((digit + 10 - low) % 10);
    }
    while (!digits_.empty() && digits_.back() == 0)
      digits_.pop_back();
  }
  [[nodiscard]] bool is_at_least_80() const noexcept {
    return digits_.size() > 2 || (digits_.size() == 2 && digits_[1] >= 8);
  }
  [[nodiscard]] uint32_t small() const noexcept {
    uint32_t value = 0;
    for (size_t i = digits_.size(); i > 0; --i)
      value = value * 10 + static_cast<uint32_t>(digits_[i - 1]);
    return value;
  }
  void append_to(std::string& out) const {
    if (digits_.empty()) out += '0';
    for (size_t i = digits_.size(); i > 0; --i)
      out += static_cast<char>('0' + digits_[i - 1]);
  }

 private:
  std::string digits_;  // values 0 to 9, least significant first
};

// X.690 section 8.19.4: the first subidentifier is 40 times the first arc plus the second; the
// first arc is 0, 1 or 2, and only below 2 may the second exceed 39.
void append_first_arcs(std::string& out, Decimal arc) {
  if (arc.is_at_least_80()) {
    out += "2.";
    arc.subtract(80);
    arc.append_to(out);
    return;
  }
  const uint32_t value = arc.small();
  out += static_cast<char>('0' + value / 40);
  out += '.' + std::to_string(value % 40);
}

}  // namespace

bool read_element(ByteReader& reader, DerElement& out) noexcept {
  ByteReader ahead = reader;
  uint8_t tag = 0;
  if (!ahead.u8(tag)) return false;
  if ((tag & kTagNumberFollows) == kTagNumberFollows) {
    uint8_t octet = kMore;
    while ((octet & kMore) != 0) {
      if (!ahead.u8(octet)) return false;
    }
  }
  size_t length = 0;
  Bytes content;
  if (!read_length(ahead, length) || !ahead.take(length, content)) return false;
  out.tag = tag;
  out.content = content;
  out.whole = reader.rest().first(reader.size() - ahead.size());
  reader = ahead;
  return true;
}

bool read_element(ByteReader& reader, uint8_t tag, DerElement& out) noexcept {
  ByteReader ahead = reader;
  DerElement element;
  if (!read_element(ahead, element) || element.tag != tag) return false;
  out = element;
  reader = ahead;
  return true;
}

std::string dotted_oid(Bytes content) {
  // Longer ones are not names of anything, and decimal arithmetic on them would cost.
  constexpr size_t kOidBytesMax = 128;
  if (content.empty() || content.size() > kOidBytesMax || (content.back() & kMore) != 0) return {};
  std::string out;
  Decimal arc;
  for (const uint8_t octet : content) {
    arc.push(octet & ~kMore & 0xff);
    if ((octet & kMore) != 0) continue;
    if (out.empty()) {
      append_first_arcs(out, arc);
    } else {
      out += '.';
      arc.append_to(out);
    }
    arc = Decimal();
  }
  return out;
}

}  // namespace tls
