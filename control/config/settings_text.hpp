// SPDX-License-Identifier: Apache-2.0
// The annotated example file.
#pragma once

#include <string>

namespace control {

// configs/tapseal.yaml, from the settings table: every setting with its help, bounds and default,
// commented out. A unit test holds the file against it; `tapseal config --example` prints it.
[[nodiscard]] std::string example_file();

}  // namespace control
