// SPDX-License-Identifier: Apache-2.0
// tls/wire/server_hello, both forms, and every server fingerprint.
#include "tls/pipeline/hello_facts.hpp"
#include "tls/wire/server_hello.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const flowtable::Bytes bytes(data, size);
  for (const auto& hello : {tls::parse_server_hello(bytes), tls::parse_draft_hello_retry(bytes)}) {
    if (hello.ok()) static_cast<void>(tls::server_facts(hello.value(), tls::Transport::tcp));
  }
  return 0;
}
