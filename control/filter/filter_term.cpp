// SPDX-License-Identifier: Apache-2.0
#include "control/filter/filter_term.hpp"

#include "control/config/nearest_name.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;
using std::string_view;

constexpr size_t kValuesMax = 64;

struct Operator {
  string_view text;
  FilterComparison comparison;
};
// Longer ones first.
constexpr std::array kOperators = {
    Operator{"<=", FilterComparison::at_most}, Operator{">=", FilterComparison::at_least},
    Operator{"<", FilterComparison::less}, Operator{">", FilterComparison::greater},
    Operator{":", FilterComparison::is}};

constexpr std::array<string_view, 5> kVersions = {"ssl3", "1.0", "1.1", "1.2", "1.3"};

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lowered(string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

bool is_name_char(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

std::optional<uint64_t> parse_number(string_view text, uint64_t max) {
  const bool hex = text.starts_with("0x");
  const string_view digits = hex ? text.substr(2) : text;
  uint64_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, number, hex ? 16 : 10);
  if (digits.empty() || parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return number <= max ? std::optional(number) : std::nullopt;
}

bool is_digest(string_view text) {
  constexpr size_t kSha256Digits = 64;
  return text.size() >= 8 && text.size() <= kSha256Digits &&
         text.find_first_not_of("0123456789abcdef") == string_view::npos;
}

// What is allowed, where a value is not.
std::string allowed_text(const FilterField& field) {
  switch (field.form) {
    case FilterForm::prefix:
      return "an IP address or a network";
    case FilterForm::number:
      return "a number from 0 to " + std::to_string(field.max);
    case FilterForm::version:
      return "ssl3, 1.0, 1.1, 1.2 or 1.3";
    case FilterForm::digest:
      return "8 to 64 hexadecimal digits";
    case FilterForm::flag:
      return "yes or no";
    case FilterForm::word: {
      std::string out;
      for (const string_view word : field.words)
        out += (out.empty() ? "" : ", ") + std::string(word);
      return out;
    }
    case FilterForm::pattern:
    case FilterForm::part:
      break;
  }
  return "a text";
}

// Reads one filter from its start to its end.
class TermParser {
 public:
  explicit TermParser(string_view text) : text_(text) {}

  OrError<FilterTerm> parse() {
    if (text_.starts_with('-')) {
      term_.negated = true;
      ++at_;
    }
    if (OrError<void> field = read_field(); !field) return Failure{field.error()};
    if (OrError<void> comparison = read_operator(); !comparison) {
      return Failure{comparison.error()};
    }
    if (OrError<void> values = read_values(); !values) return Failure{values.error()};
    return std::move(term_);
  }

 private:
  Failure<Error> wrong(size_t at, const std::string& what) const {
    return Failure{Error{"filter `" + std::string(text_.substr(0, 128)) + "`, character " +
                         std::to_string(at + 1) + ": " + what}};
  }

  OrError<void> read_field() {
    const size_t start = at_;
    while (at_ < text_.size() && is_name_char(text_[at_]))
      ++at_;
    const string_view name = text_.substr(start, at_ - start);
    if (name.empty()) return wrong(start, "a field is missing; " + example());
    term_.field = find_filter_field(name);
    if (term_.field != nullptr) return {};
    std::vector<string_view> names;
    std::string known;
    for (const FilterField& field : filter_fields()) {
      names.push_back(field.name);
      known += (known.empty() ? "" : ", ") + std::string(field.name);
    }
    const string_view nearest = nearest_name(name, names);
    return wrong(start, "`" + std::string(name) + "` is no field; " +
                            (nearest.empty() ? "fields are " + known
                                             : "did you mean `" + std::string(nearest) + "`?"));
  }

  OrError<void> read_operator() {
    const string_view rest = text_.substr(at_);
    const auto* const found = std::ranges::find_if(
        kOperators, [&](const Operator& each) { return rest.starts_with(each.text); });
    if (found == kOperators.end()) return wrong(at_, "`:` and a value are missing; " + example());
    if (found->comparison != FilterComparison::is && !is_ordered(term_.field->form)) {
      return wrong(at_, "`" + std::string(found->text) + "` has no meaning for " +
                            std::string(term_.field->name) + "; " + example());
    }
    term_.comparison = found->comparison;
    at_ += found->text.size();
    return {};
  }

  OrError<void> read_values() {
    while (true) {
      const size_t end = std::min(text_.find(',', at_), text_.size());
      const OrError<void> value = read_value(text_.substr(at_, end - at_));
      if (!value) return value;
      if (end == text_.size()) return {};
      if (term_.comparison != FilterComparison::is) {
        return wrong(end, "a comparison takes one value");
      }
      if (term_.values.size() == kValuesMax) return wrong(end, "more than 64 values");
      at_ = end + 1;
    }
  }

  OrError<void> read_value(string_view text) {
    const FilterField& field = *term_.field;
    FilterValue value;
    value.text = lowered(text);
    bool good = !text.empty();
    if (text == "-" && term_.comparison == FilterComparison::is) {
      value.absent = true;
    } else if (field.form == FilterForm::number) {
      const std::optional<uint64_t> number = parse_number(value.text, field.max);
      good = number.has_value();
      value.number = number.value_or(0);
    } else if (field.form == FilterForm::version) {
      const auto* const found = std::ranges::find(kVersions, value.text);
      good = found != kVersions.end();
      value.number = static_cast<uint64_t>(found - kVersions.begin());
    } else if (field.form == FilterForm::prefix) {
      const std::optional<AddressPrefix> prefix = parse_address_prefix(text);
      good = prefix.has_value();
      value.prefix = prefix.value_or(AddressPrefix{});
    } else if (field.form == FilterForm::word) {
      good = std::ranges::find(field.words, value.text) != field.words.end();
    } else if (field.form == FilterForm::digest) {
      good = is_digest(value.text);
    } else if (field.form == FilterForm::flag) {
      good = value.text == "yes" || value.text == "no";
    }
    if (!good) {
      const std::string found =
          text.empty() ? "a value is missing" : "found `" + std::string(text.substr(0, 64)) + "`";
      return wrong(at_, found + "; allowed is " + allowed_text(field) + ", " + example());
    }
    term_.values.push_back(std::move(value));
    return {};
  }

  std::string example() const {
    const string_view text = term_.field == nullptr ? "sni:*.example.org" : term_.field->example;
    return "such as " + std::string(text);
  }

  string_view text_;
  size_t at_ = 0;
  FilterTerm term_;
};

}  // namespace

OrError<FilterTerm> parse_filter_term(string_view text) {
  return TermParser(text).parse();
}

uint64_t version_rank(uint16_t version) noexcept {
  switch (version) {
    case 0x0301:
      return 1;
    case 0x0302:
    case 0xfeff:  // RFC 4347 section 4.1: DTLS 1.0 is made of TLS 1.1
      return 2;
    case 0x0303:
    case 0xfefd:  // RFC 6347 section 4.1: DTLS 1.2
      return 3;
    case 0x0304:
    case 0xfefc:  // RFC 9147 section 5.3: DTLS 1.3
      return 4;
    default:
      // RFC 8446 section 4.2.1: drafts of TLS 1.3 write 0x7f00 and their number.
      return version >> 8 == 0x7f ? 4 : 0;
  }
}

bool fits_pattern(string_view pattern, string_view text) noexcept {
  // Where the last * was met, and how much of the text it has taken so far: going back there is
  // enough, so the work is at most the product of the lengths.
  size_t star = string_view::npos;
  size_t taken = 0;
  size_t p = 0;
  size_t t = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.size() && pattern[p] == lower(text[t])) {
      ++p;
      ++t;
    } else if (star != string_view::npos) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*')
    ++p;
  return p == pattern.size();
}

bool contains_part(string_view part, string_view text) noexcept {
  const auto same = [](char a, char b) { return lower(a) == lower(b); };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end() ||
         part.empty();
}

}  // namespace control
