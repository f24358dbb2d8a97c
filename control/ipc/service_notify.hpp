// SPDX-License-Identifier: Apache-2.0
// Tells systemd how the daemon is.
#pragma once

#include <string_view>

namespace control {

// Sends one state, such as "READY=1" or "STOPPING=1", to the socket that $NOTIFY_SOCKET names
// (sd_notify(3), Type=notify). Does nothing where there is none; a failure is nobody's concern.
void notify_service(std::string_view state);

}  // namespace control
