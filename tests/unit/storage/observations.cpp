// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/storage/observations.hpp"

#include <arpa/inet.h>

#include <array>

namespace control::tests {

flowtable::Endpoint endpoint(const std::string& address, uint16_t port) {
  std::array<uint8_t, 16> bytes{};
  const bool is_v6 = inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1;
  if (!is_v6) inet_pton(AF_INET, address.c_str(), bytes.data());
  return {flowtable::IpAddress::from_bytes(flowtable::Bytes(bytes).first(is_v6 ? 16 : 4)), port};
}

tls::CertificatePtr certificate(uint32_t number, const std::string& common_name) {
  auto facts = std::make_shared<tls::CertificateFacts>();
  facts->der.assign(900, static_cast<uint8_t>(number));
  flowtable::store_be32(facts->sha256.data(), number);
  facts->sha256.back() = 0x25;
  flowtable::store_be32(facts->sha1.data(), number);
  facts->sha1.back() = 0x01;
  facts->subject = {{"2.5.4.6", "LU"}, {"2.5.4.3", common_name}};
  facts->issuer = {{"2.5.4.10", "Test, Inc"}, {"2.5.4.3", "Test CA"}};
  facts->subject_cn = common_name;
  facts->issuer_cn = "Test CA";
  facts->serial = "0102ff";
  facts->not_before = kNoon - 86'400;
  facts->not_after = kNoon + 90 * 86'400;
  facts->san = {"DNS:" + common_name, "DNS:*.example.net", "IP:192.0.2.7", "URI:https://x/"};
  facts->key_algorithm = "EC";
  facts->key_curve = "P-256";
  facts->key_bits = 256;
  facts->signature_algorithm = "ecdsa-with-SHA256";
  facts->spki_sha256 = facts->sha256;
  facts->spki_sha256->back() = 0x59;
  facts->is_ca = false;
  facts->version = 3;
  facts->has_sct_list = true;
  facts->ja4x = "2e9214a636bc_a373a9f83c6b_0e17604154c5";
  facts->tlsh = "T10DE0DF506FA8DDC86AEE0DC63410AA8D921112EE538AC09385C9B0B8C7A364A78EC1E0";
  return facts;
}

tls::Observation session(uint32_t number, std::vector<tls::CertificatePtr> certs) {
  tls::Observation out;
  out.seen = flowtable::tick_from_ns(kNoon * 1'000'000'000 + int64_t{number} * 1000);
  out.client = endpoint("198.51.100.9", static_cast<uint16_t>(1024 + number % 60'000));
  out.server = endpoint("192.0.2.1", 443);
  tls::ClientFacts hello;
  hello.legacy_version = 0x0303;
  hello.supported_versions = {{0x0304, 0x0303}};
  out.sni = "www.example.net";
  hello.alpn = {{"h2", "http/1.1"}};
  hello.psk = true;
  hello.ja3 = {"771,4865-4866,0-23,29,0", "5d41402abc4b2a76b9719d911017c592"};
  hello.ja4 = {"t13d1516h2_002f,0035_0005,000a_0403", "t13d1516h2_8daaf6152771_e5627efa2ab1"};
  out.hello = hello;
  tls::ServerFacts answer;
  answer.legacy_version = 0x0303;
  answer.version = 0x0303;
  answer.cipher = 0xc02f;
  answer.alpn_selected = "h2";
  answer.group = 29;
  answer.ja3s = {"771,49199,65281", "7d793037a0760186574b0282f2f435e7"};
  out.answer = answer;
  out.certs = std::move(certs);
  return out;
}

tls::RecordBatch sessions(uint32_t first, uint32_t count) {
  tls::RecordBatch batch;
  for (uint32_t number = first; number < first + count; ++number)
    batch.push_back(session(number));
  return batch;
}

}  // namespace control::tests
