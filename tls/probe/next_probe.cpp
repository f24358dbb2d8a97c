// SPDX-License-Identifier: Apache-2.0
#include "tls/probe/next_probe.hpp"

namespace tls::probe {

namespace {

bool is_refusal_by_will(Refusal refusal) noexcept {
  return refusal == Refusal::alert || refusal == Refusal::closed || refusal == Refusal::reset;
}

// Of the suites that probe a offers.
bool is_ecdsa(uint16_t suite) noexcept {
  switch (suite) {
    case 0xc007:
    case 0xc008:
    case 0xc009:
    case 0xc00a:
    case 0xc023:
    case 0xc024:
    case 0xc02b:
    case 0xc02c:
    case 0xcca9:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::optional<Probe> next_probe(const TlsResult& result) noexcept {
  if (result.reached >= Reached::server_hello || !is_refusal_by_will(result.refusal)) {
    return std::nullopt;
  }
  if (result.probe == Probe::a) return Probe::b;
  if (result.probe == Probe::b) return Probe::c;
  return std::nullopt;
}

std::optional<Probe> other_certificate_probe(const TlsResult& result) noexcept {
  if (result.probe != Probe::a || result.certs.empty()) return std::nullopt;
  return is_ecdsa(result.cipher) ? Probe::a_rsa : Probe::a_ecdsa;
}

}  // namespace tls::probe
