// SPDX-License-Identifier: Apache-2.0
#include "control/spool/segment_name.hpp"

#include <charconv>

namespace control {
namespace {

constexpr std::string_view kOpen = ".open";
constexpr std::string_view kSealed = ".sealed";

// Takes what it knows from the front of a text.
class NameReader {
 public:
  explicit NameReader(std::string_view text) : rest_(text) {}

  bool is(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  template <typename Number>
  bool number(Number& to) {
    const auto done = std::from_chars(rest_.data(), rest_.data() + rest_.size(), to);
    if (done.ec != std::errc()) return false;
    rest_.remove_prefix(static_cast<size_t>(done.ptr - rest_.data()));
    return true;
  }
  bool pair(std::string_view word, uint64_t& before, uint64_t& own) {
    return is(word) && number(before) && is("+") && number(own);
  }
  [[nodiscard]] bool is_at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

bool read_sealed(NameReader& reader, SealedExtent& to) {
  return reader.is("-") && reader.number(to.last) &&
         reader.pair(".r", to.before.rows, to.load.rows) &&
         reader.pair(".s", to.before.scan_rows, to.load.scan_rows) &&
         reader.pair(".a", to.before.audit_rows, to.load.audit_rows) && reader.is(kSealed);
}

std::string pair_text(std::string_view word, uint64_t before, uint64_t own) {
  return std::string(word) + std::to_string(before) + "+" + std::to_string(own);
}

bool is_possible(const SegmentName& name) {
  if (name.epoch < 1 || name.first < 1) return false;
  if (!name.sealed) return true;
  const SealedExtent& sealed = *name.sealed;
  return sealed.last >= name.first && (sealed.before + sealed.load).holds(sealed.before);
}

}  // namespace

SpoolPoint SegmentName::begin() const noexcept {
  return {first - 1, sealed->before};
}

SpoolPoint SegmentName::end() const noexcept {
  return {sealed->last, sealed->before + sealed->load};
}

std::string text_of(const SegmentName& name) {
  std::string text = std::to_string(name.epoch) + (name.continues ? "+" : "-");
  text += std::to_string(name.first);
  if (!name.sealed) return text.append(kOpen);
  const SealedExtent& sealed = *name.sealed;
  text += "-" + std::to_string(sealed.last);
  text += pair_text(".r", sealed.before.rows, sealed.load.rows);
  text += pair_text(".s", sealed.before.scan_rows, sealed.load.scan_rows);
  text += pair_text(".a", sealed.before.audit_rows, sealed.load.audit_rows);
  return text.append(kSealed);
}

std::optional<SegmentName> parse_segment_name(std::string_view text) {
  NameReader reader(text);
  SegmentName name;
  if (!reader.number(name.epoch)) return std::nullopt;
  name.continues = reader.is("+");
  if (!name.continues && !reader.is("-")) return std::nullopt;
  if (!reader.number(name.first)) return std::nullopt;
  if (!reader.is(kOpen)) {
    if (!read_sealed(reader, name.sealed.emplace())) return std::nullopt;
  }
  if (!reader.is_at_end() || !is_possible(name)) return std::nullopt;
  // One spelling for each name: no leading zeros, no signs.
  if (text_of(name) != text) return std::nullopt;
  return name;
}

}  // namespace control
