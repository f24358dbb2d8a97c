// SPDX-License-Identifier: Apache-2.0
// JA4T and JA4TS, the fingerprints of how a TCP connection is opened. The methods are under the
// FoxIO License 1.1, see README.md.
#include "tls/fingerprint/foxio_methods.hpp"

#include <string>

namespace tls {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

// RFC 9293 section 3.1 and RFC 7323 section 2.2.
enum Kind : uint8_t { end_of_options = 0, no_operation = 1, segment_size = 2, window_scale = 3 };

struct Options {
  std::string kinds;  // decimal, in wire order, padding included
  uint16_t segment_size = 0;
  uint8_t window_scale = 0;
};

void append_listed(std::string& out, unsigned number) {
  if (!out.empty()) out += '-';
  out += std::to_string(number);
}

// Of an option named twice the last one counts. One whose length is wrong is still named; behind it
// nothing can be told apart.
Options read_options(Bytes bytes) {
  Options out;
  ByteReader reader(bytes);
  uint8_t kind = 0;
  while (reader.u8(kind)) {
    append_listed(out.kinds, kind);
    if (kind == end_of_options || kind == no_operation) continue;
    uint8_t length = 0;
    Bytes content;
    if (!reader.u8(length) || length < 2 || !reader.take(length - 2U, content)) break;
    ByteReader value(content);
    if (kind == segment_size && content.size() == 2) (void)value.u16(out.segment_size);
    if (kind == window_scale && content.size() == 1) (void)value.u8(out.window_scale);
  }
  return out;
}

// JA4T.md: "If any field does not exist, then the output is 00"; what is zero counts as absent.
void append_field(std::string& out, unsigned value) {
  out += '_';
  out += value == 0 ? "00" : std::to_string(value);
}

std::string text_of(const SynParts& syn) {
  const Options options = read_options(syn.options);
  std::string out = std::to_string(syn.window);
  out += '_';
  out += options.kinds.empty() ? "00" : options.kinds;
  append_field(out, options.segment_size);
  append_field(out, options.window_scale);
  return out;
}

}  // namespace

std::optional<Fingerprint> ja4t_of(const SynParts& syn) {
  const std::string text = text_of(syn);
  return Fingerprint{text, text};
}

std::optional<Fingerprint> ja4ts_of(const SynParts& syn_ack) {
  std::string gaps;
  for (const uint8_t seconds : syn_ack.repeats)
    append_listed(gaps, seconds);
  std::string text = text_of(syn_ack);
  if (!gaps.empty()) text += '_' + gaps;
  return Fingerprint{text, text};
}

}  // namespace tls
