// SPDX-License-Identifier: Apache-2.0
// A file that goes into a request as it is.
#pragma once

#include "flowtable/base/result.hpp"

#include <cstddef>
#include <string>

namespace control {

inline constexpr size_t kDocumentBytesMax = size_t{4} << 20;

// "-" is standard input. Errors name the file: it cannot be read, or is longer than
// kDocumentBytesMax.
[[nodiscard]] flowtable::OrError<std::string> document_text(const std::string& path);

}  // namespace control
