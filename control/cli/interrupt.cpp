// SPDX-License-Identifier: Apache-2.0
#include "control/cli/interrupt.hpp"

#include <sys/signalfd.h>

#include <csignal>

namespace control {

UniqueFd catch_interrupt() {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGINT);
  sigaddset(&wanted, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
  return UniqueFd(signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
}

}  // namespace control
