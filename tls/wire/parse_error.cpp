// SPDX-License-Identifier: Apache-2.0
#include "tls/wire/parse_error.hpp"

#include <array>
#include <cstddef>

namespace tls {

namespace {

constexpr std::array<std::string_view, static_cast<size_t>(ParseError::count_)> kMeanings{
    "a field is longer than the bytes that hold it",
    "bytes remain where the message should end",
    "a record of no known content type",
    "a record version other than SSL 3.0 to TLS 1.3",
    "a record of more than 2^14 + 2048 bytes",
    "a handshake message beyond the limit",
    "another record type inside a handshake message",
    "an alert in clear that is not level and description",
    "a session id of more than 32 bytes",
    "a list of 16-bit values of odd length",
    "an extension's body breaks its own format",
    "no SSL 2.0 CLIENT-HELLO",
    "no QUIC packet with a long header",
    "a QUIC frame that may not be in an Initial packet",
    "no SSH identification, or a packet that is not what has to come",
    "a type that the format does not have",
};

}  // namespace

std::string_view meaning_of(ParseError error) noexcept {
  const auto index = static_cast<size_t>(error);
  return index < kMeanings.size() ? kMeanings[index] : std::string_view{};
}

}  // namespace tls
