// SPDX-License-Identifier: Apache-2.0
// A session whose certificates are still DER.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/pipeline/observation.hpp"
#include "tls/pipeline/resumption_handles.hpp"

#include <cstdint>
#include <vector>

namespace tls {

struct ParsedSession {
  // False where neither direction holds so much as the beginning of a handshake message: what the
  // poll core took for a handshake was none, and the observation is not to be reported.
  bool is_tls = false;
  Observation observation;    // all but `certs` and `client_certs`; owns what it holds
  ResumptionHandles handles;  // empty where nothing is known of them, or from TLS 1.3 on
  // Windows of the capture, or of `joined`. Valid until the capture goes home.
  std::vector<flowtable::Bytes> certs;
  std::vector<flowtable::Bytes> client_certs;
  // Certificate messages that were put together, and streams taken out of their framing.
  std::vector<std::vector<uint8_t>> joined;
};

}  // namespace tls
