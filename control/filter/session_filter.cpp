// SPDX-License-Identifier: Apache-2.0
#include "control/filter/session_filter.hpp"

#include "flowtable/base/check.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace control {
namespace {

using flowtable::Failure;
using flowtable::OrError;
using std::string_view;
using tls::Observation;

bool compare(FilterComparison comparison, uint64_t found, uint64_t wanted) noexcept {
  switch (comparison) {
    case FilterComparison::is:
      return found == wanted;
    case FilterComparison::less:
      return found < wanted;
    case FilterComparison::at_most:
      return found <= wanted;
    case FilterComparison::greater:
      return found > wanted;
    case FilterComparison::at_least:
      return found >= wanted;
  }
  return false;
}

bool fits_text(const FilterValue& value, string_view text) {
  return value.absent ? text.empty() : !text.empty() && fits_pattern(value.text, text);
}

bool fits_number(const FilterTerm& term, const FilterValue& value, std::optional<uint64_t> found) {
  if (value.absent || !found) return value.absent && !found;
  return compare(term.comparison, *found, value.number);
}

bool fits_flag(const FilterValue& value, bool found) {
  return !value.absent && found == (value.text == "yes");
}

constexpr string_view name_of(tls::Transport transport) noexcept {
  switch (transport) {
    case tls::Transport::tcp:
      return "tcp";
    case tls::Transport::quic:
      return "quic";
    case tls::Transport::dtls:
      return "dtls";
  }
  return "";
}

// Calls `holds` for the certificates of both sides until one holds.
template <typename Holds>
bool any_certificate(const Observation& seen, Holds holds) {
  const auto on_pointer = [&](const tls::CertificatePtr& each) { return holds(*each); };
  return std::ranges::any_of(seen.certs, on_pointer) ||
         std::ranges::any_of(seen.client_certs, on_pointer);
}

bool begins_with_hex(flowtable::Bytes bytes, string_view hex) noexcept {
  constexpr string_view kDigits = "0123456789abcdef";
  if (hex.size() > bytes.size() * 2) return false;
  for (size_t i = 0; i < hex.size(); ++i) {
    const int nibble = i % 2 == 0 ? bytes[i / 2] >> 4 : bytes[i / 2] & 15;
    if (kDigits[static_cast<size_t>(nibble)] != hex[i]) return false;
  }
  return true;
}

bool fits_certificate(const FilterTerm&, const FilterValue& value, const Observation& seen) {
  if (value.absent) return seen.certs.empty() && seen.client_certs.empty();
  return any_certificate(seen, [&](const tls::CertificateFacts& each) {
    return begins_with_hex(each.sha256, value.text) || begins_with_hex(each.sha1, value.text) ||
           (each.spki_sha256 && begins_with_hex(*each.spki_sha256, value.text));
  });
}

template <std::vector<tls::NameAttribute> tls::CertificateFacts::*kName>
bool fits_name(const FilterTerm&, const FilterValue& value, const Observation& seen) {
  if (value.absent) return seen.certs.empty() && seen.client_certs.empty();
  return any_certificate(seen, [&](const tls::CertificateFacts& each) {
    return std::ranges::any_of(each.*kName, [&](const tls::NameAttribute& attribute) {
      return contains_part(value.text, attribute.value);
    });
  });
}

bool fits_alpn(const FilterTerm&, const FilterValue& value, const Observation& seen) {
  const bool offered = seen.hello && seen.hello->alpn && !seen.hello->alpn->empty();
  if (value.absent || !offered) return value.absent && !offered;
  return std::ranges::any_of(*seen.hello->alpn,
                             [&](const std::string& name) { return fits_text(value, name); });
}

bool fits_version(const FilterTerm& term, const FilterValue& value, const Observation& seen) {
  std::optional<uint64_t> rank;
  if (seen.answer) rank = version_rank(seen.answer->version);
  return fits_number(term, value, rank);
}

struct Matcher {
  string_view field;
  bool (*fits)(const FilterTerm& term, const FilterValue& value, const Observation& seen);
};

using Term = FilterTerm;
using Value = FilterValue;

// A row for each of filter_fields(); a test asks for every one.
constexpr std::array kMatchers = {
    Matcher{"sni",
            [](const Term&, const Value& value, const Observation& seen) {
              const bool named = seen.sni.has_value();
              return fits_text(value, named ? string_view(*seen.sni) : string_view());
            }},
    Matcher{"client",
            [](const Term&, const Value& value, const Observation& seen) {
              return !value.absent && value.prefix.holds(seen.client.address);
            }},
    Matcher{"server",
            [](const Term&, const Value& value, const Observation& seen) {
              return !value.absent && value.prefix.holds(seen.server.address);
            }},
    Matcher{"port",
            [](const Term& term, const Value& value, const Observation& seen) {
              return fits_number(term, value, seen.server.port);
            }},
    Matcher{"client_port",
            [](const Term& term, const Value& value, const Observation& seen) {
              return fits_number(term, value, seen.client.port);
            }},
    Matcher{"transport",
            [](const Term&, const Value& value, const Observation& seen) {
              return fits_text(value, name_of(seen.transport));
            }},
    Matcher{"type",
            [](const Term&, const Value& value, const Observation& seen) {
              return fits_text(value, seen.kind == tls::RecordKind::ssh ? "ssh" : "tls");
            }},
    Matcher{"version", fits_version},
    Matcher{"cipher",
            [](const Term& term, const Value& value, const Observation& seen) {
              std::optional<uint64_t> cipher;
              if (seen.answer) cipher = seen.answer->cipher;
              return fits_number(term, value, cipher);
            }},
    Matcher{"alpn", fits_alpn},
    Matcher{"starttls", [](const Term&, const Value& value,
                           const Observation& seen) { return fits_text(value, seen.starttls); }},
    Matcher{"ja3",
            [](const Term&, const Value& value, const Observation& seen) {
              return fits_text(value, seen.hello ? string_view(seen.hello->ja3.hash) : "");
            }},
    Matcher{"ja3s",
            [](const Term&, const Value& value, const Observation& seen) {
              return fits_text(value, seen.answer ? string_view(seen.answer->ja3s.hash) : "");
            }},
    Matcher{"ja4",
            [](const Term&, const Value& value, const Observation& seen) {
              return fits_text(value, seen.hello ? string_view(seen.hello->ja4.hash) : "");
            }},
    Matcher{"ja4s",
            [](const Term&, const Value& value, const Observation& seen) {
              const bool made = seen.answer && seen.answer->ja4s;
              return fits_text(value, made ? string_view(seen.answer->ja4s->hash) : "");
            }},
    Matcher{"complete", [](const Term&, const Value& value,
                           const Observation& seen) { return fits_flag(value, seen.complete()); }},
    Matcher{"missing",
            [](const Term&, const Value& value, const Observation& seen) {
              return fits_text(value, seen.complete() ? "" : tls::name_of(seen.missing));
            }},
    Matcher{"alert",
            [](const Term& term, const Value& value, const Observation& seen) {
              std::optional<uint64_t> alert;
              if (seen.alert) alert = *seen.alert;
              return fits_number(term, value, alert);
            }},
    Matcher{"resumed", [](const Term&, const Value& value,
                          const Observation& seen) { return fits_flag(value, seen.resumed); }},
    Matcher{"cert", fits_certificate},
    Matcher{"subject", fits_name<&tls::CertificateFacts::subject>},
    Matcher{"issuer", fits_name<&tls::CertificateFacts::issuer>},
    Matcher{"client_cert",
            [](const Term&, const Value& value,
               const Observation& seen) { return fits_flag(value, !seen.client_certs.empty()); }},
};

}  // namespace

SessionFilter::Fits SessionFilter::matcher_of(string_view field) noexcept {
  const auto* const found = std::ranges::find(kMatchers, field, &Matcher::field);
  CHECK(found != kMatchers.end());
  return found->fits;
}

OrError<SessionFilter> SessionFilter::parse(std::span<const std::string> filters) {
  SessionFilter out;
  for (const std::string& text : filters) {
    OrError<FilterTerm> term = parse_filter_term(text);
    if (!term) return Failure{term.error()};
    const Fits fits = matcher_of(term.value().field->name);
    out.tests_.push_back({std::move(term).value(), fits});
  }
  return out;
}

bool SessionFilter::passes(const Observation& seen) const {
  return std::ranges::all_of(tests_, [&](const Test& test) {
    const bool fits = std::ranges::any_of(test.term.values, [&](const FilterValue& value) {
      return test.fits(test.term, value, seen);
    });
    return fits != test.term.negated;
  });
}

}  // namespace control
