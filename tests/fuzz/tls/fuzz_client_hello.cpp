// SPDX-License-Identifier: Apache-2.0
// tls/wire/client_hello, extensions, sslv2_hello and every client fingerprint.
#include "flowtable/base/check.hpp"
#include "tls/fingerprint/method.hpp"
#include "tls/pipeline/hello_facts.hpp"
#include "tls/wire/sslv2_hello.hpp"

#include <cstddef>
#include <cstdint>

namespace {

constexpr size_t kJa4Bytes = 36;

void check_fingerprints(const tls::ClientHello& hello, tls::Transport transport) {
  for (const tls::FingerprintMethod& method : tls::fingerprint_methods()) {
    if (method.of_client == nullptr) continue;
    const tls::Fingerprint got = method.of_client(hello, transport);
    CHECK(!got.raw.empty());
    CHECK(!method.name.starts_with("ja4") || got.hash.size() == kJa4Bytes);
    CHECK(!method.name.starts_with("ja4") || got.raw.starts_with(got.hash.substr(0, 11)));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const flowtable::Bytes bytes(data, size);
  for (const auto form : {tls::HelloForm::tls, tls::HelloForm::dtls}) {
    const auto transport = form == tls::HelloForm::tls ? tls::Transport::tcp : tls::Transport::dtls;
    const auto hello = tls::parse_client_hello(bytes, form);
    if (!hello.ok()) continue;
    check_fingerprints(hello.value(), transport);
    static_cast<void>(tls::client_facts(hello.value(), transport));
  }
  const auto old_hello = tls::parse_sslv2_hello(bytes);
  CHECK(!old_hello.ok() || old_hello.value().record_bytes <= size);
  if (old_hello.ok()) static_cast<void>(tls::sslv2_facts(old_hello.value()));
  return 0;
}
