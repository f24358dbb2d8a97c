// SPDX-License-Identifier: Apache-2.0
// The only macros of the project. CHECK states what can only be false through a bug of ours, in
// every build; DCHECK the same where a release build should not pay. Bytes from the network must
// never be able to trip either: what depends on them is a value (Result, DropReason, ParseError).
#pragma once

namespace flowtable {

// Prints the broken statement to stderr and aborts. Never returns.
[[noreturn]] void check_failed(const char* statement, const char* file, int line) noexcept;

}  // namespace flowtable

#define CHECK(statement) \
  ((statement) ? static_cast<void>(0) : ::flowtable::check_failed(#statement, __FILE__, __LINE__))

#ifdef TAPSEAL_DCHECK
#define DCHECK(statement) CHECK(statement)
#else
#define DCHECK(statement) static_cast<void>(sizeof(statement))
#endif
