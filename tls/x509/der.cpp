// SPDX-License-Identifier: Apache-2.0
#include "tls/x509/der.hpp"

#include <algorithm>
#include <array>

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

// Longer ones are not names of anything, and decimal arithmetic on them would cost.
constexpr size_t kOidBytesMax = 128;

// A number of up to kOidBytesMax times seven bits, fed seven bits at a time, in limbs of nine
// decimal digits: a hostile name full of the longest identifiers costs as much as any other.
class Decimal {
 public:
  void push(uint8_t seven_bits) {
    uint64_t carry = seven_bits;
    for (size_t i = 0; i < num_limbs_; ++i) {
      carry += uint64_t{limbs_[i]} * 128;
      limbs_[i] = static_cast<uint32_t>(carry % kBase);
      carry /= kBase;
    }
    if (carry > 0) limbs_[num_limbs_++] = static_cast<uint32_t>(carry);
  }
  // Only where the number is at least that large.
  void subtract(uint32_t amount) {
    for (size_t i = 0; amount > 0; ++i) {
      const bool borrows = limbs_[i] < amount;
      limbs_[i] = limbs_[i] + (borrows ? kBase : 0) - amount;
      amount = borrows ? 1 : 0;
    }
    while (num_limbs_ > 0 && limbs_[num_limbs_ - 1] == 0)
      --num_limbs_;
  }
  [[nodiscard]] bool is_at_least_80() const noexcept {
    return num_limbs_ > 1 || (num_limbs_ == 1 && limbs_[0] >= 80);
  }
  [[nodiscard]] uint32_t small() const noexcept { return num_limbs_ == 0 ? 0 : limbs_[0]; }
  void append_to(std::string& out) const {
    out += std::to_string(num_limbs_ == 0 ? 0 : limbs_[num_limbs_ - 1]);
    for (size_t i = num_limbs_; i > 1; --i) {
      const std::string digits = std::to_string(limbs_[i - 2]);
      out.append(kDigits - digits.size(), '0');
      out += digits;
    }
  }

 private:
  static constexpr uint32_t kBase = 1'000'000'000;
  static constexpr size_t kDigits = 9;
  // 896 bits are 270 decimal digits.
  static constexpr size_t kLimbs = (kOidBytesMax * 7 * 302 / 1000 + 1) / kDigits + 1;

  std::array<uint32_t, kLimbs> limbs_{};  // least significant first
  size_t num_limbs_ = 0;
};

// X.690 section 8.19.4: the first subidentifier is 40 times the first arc plus the second; the
// first arc is 0, 1 or 2, and only below 2 may the second exceed 39.
void append_first_arcs(std::string& out, Decimal& arc) {
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
