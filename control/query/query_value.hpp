// SPDX-License-Identifier: Apache-2.0
// What a value means, by the form of its field.
#pragma once

#include "control/query/query.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace control {

// Nothing where the text is no such value; allowed_text() then says what is.
[[nodiscard]] std::optional<QueryScalar> read_scalar(const QueryField& field,
                                                     std::string_view text);
[[nodiscard]] std::string allowed_text(const QueryField& field);

// An IPv4 or IPv6 address; a network: an address and the number of bits that count.
[[nodiscard]] bool is_address(std::string_view text);
[[nodiscard]] bool is_network(std::string_view text);

}  // namespace control
