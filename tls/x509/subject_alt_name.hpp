// SPDX-License-Identifier: Apache-2.0
// subjectAltName as strings.
#pragma once

#include "flowtable/base/byte_reader.hpp"

#include <string>
#include <vector>

namespace tls {

// Appends the GeneralNames of a subjectAltName's value (RFC 5280 section 4.2.1.6) in order:
// "DNS:", "email:" and "URI:" with the name, printable UTF-8 or \xHH, so that a NUL inside a name
// shows; "IP:" with the address (hex, where it is of no known length); "RID:" with the dotted OID;
// "dirName:" with OID=value pairs; "otherName:" with the type's OID. Stops where the list breaks.
void append_alt_names(flowtable::Bytes value, std::vector<std::string>& out);

}  // namespace tls
