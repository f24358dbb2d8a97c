// SPDX-License-Identifier: Apache-2.0
// A memory that one can keep in one's head.
#pragma once

#include "control/storage/connection.hpp"

namespace control::tests {

// A fresh database. 10.0.0.1:443 showed old.example, then new.example (same key) as www.example,
// and had two JARMs; 10.1.0.1:443 shows lab.example as lab.example; two mail servers show
// weak.example to the scanner. One client spoke to each of the first two. Rules: 10.1.0.0/16 is the
// lab, what the Corp CA issued is `corp` and of the owner `web`.
DatabaseAddress small_memory();

}  // namespace control::tests
