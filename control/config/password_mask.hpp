// SPDX-License-Identifier: Apache-2.0
// Settings may hold a password; what is shown of them must not.
#pragma once

#include <string>
#include <string_view>

namespace control {

// A connection address with the password replaced by "***": of the user part of a URL
// ("postgresql://user:secret@host/"), and of a password parameter in a URL or a libpq string
// ("password=secret", quoted or not). Text without a password comes back as it was.
[[nodiscard]] std::string without_password(std::string_view address);

}  // namespace control
