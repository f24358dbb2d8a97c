// SPDX-License-Identifier: Apache-2.0
// NewSessionTicket, as it is sent in clear before TLS 1.3.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/wire/parse_error.hpp"

namespace tls {

// The ticket in the body of a NewSessionTicket message: RFC 5077 section 3.3. Empty where the
// server changed its mind. Borrows.
[[nodiscard]] Parsed<flowtable::Bytes> parse_new_session_ticket(flowtable::Bytes body) noexcept;

}  // namespace tls
