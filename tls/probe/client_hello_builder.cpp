// SPDX-License-Identifier: Apache-2.0
#include "tls/probe/client_hello_builder.hpp"

#include "tls/probe/wire_writer.hpp"

#include <algorithm>

namespace tls::probe {

using flowtable::Bytes;

namespace {

void write_list(WireWriter& out, const std::vector<uint16_t>& values) {
  for (const uint16_t value : values)
    out.u16(value);
}

void write_u16_list(WireWriter& out, const std::vector<uint16_t>& values) {
  out.u16_vector([&] { write_list(out, values); });
}

// RFC 6066 section 3: a list of one host_name.
void write_server_name(WireWriter& out, const HelloDescription& hello) {
  out.u16_vector([&] { out.u8(0).u16_vector([&] { out.text(hello.server_name); }); });
}

// RFC 6066 section 4: fragments of 2^9 bytes, the only value that is ever asked for here.
void write_max_fragment_length(WireWriter& out, const HelloDescription&) {
  out.u8(1);
}

// RFC 6066 section 8: OCSP, of any responder, without extensions.
void write_status_request(WireWriter& out, const HelloDescription&) {
  out.u8(1).u16(0).u16(0);
}

void write_groups(WireWriter& out, const HelloDescription& hello) {
  write_u16_list(out, hello.groups);
}

// RFC 8422 section 5.1.2: uncompressed.
void write_point_formats(WireWriter& out, const HelloDescription&) {
  out.u8_vector([&] { out.u8(0); });
}

void write_signature_algorithms(WireWriter& out, const HelloDescription& hello) {
  write_u16_list(out, hello.signature_algorithms);
}

void write_alpn(WireWriter& out, const HelloDescription& hello) {
  out.u16_vector([&] {
    for (const std::string& name : hello.alpn)
      out.u8_vector([&] { out.text(name); });
  });
}

void write_versions(WireWriter& out, const HelloDescription& hello) {
  out.u8_vector([&] { write_list(out, hello.versions); });
}

void write_cookie(WireWriter& out, const HelloDescription& hello) {
  out.u16_vector([&] { out.bytes(hello.cookie); });
}

// RFC 8446 section 4.2.9: psk_dhe_ke.
void write_psk_modes(WireWriter& out, const HelloDescription&) {
  out.u8_vector([&] { out.u8(1); });
}

void write_key_shares(WireWriter& out, const HelloDescription& hello) {
  out.u16_vector([&] {
    for (const KeyShareEntry& share : hello.key_shares)
      out.u16(share.group).u16_vector([&] { out.bytes(share.key); });
  });
}

// RFC 9001 section 8.2.
void write_quic_parameters(WireWriter& out, const HelloDescription& hello) {
  out.bytes(hello.quic_parameters);
}

// RFC 5746 section 3.2: no connection before this one.
void write_renegotiation_info(WireWriter& out, const HelloDescription&) {
  out.u8(0);
}

struct ExtensionRow {
  uint16_t type;
  void (*write)(WireWriter& out, const HelloDescription& hello);
  bool (*is_empty)(const HelloDescription& hello) = nullptr;  // then it is left out
};

constexpr ExtensionRow kExtensionRows[] = {
    {code_of(ExtensionType::server_name), write_server_name,
     [](const HelloDescription& hello) { return hello.server_name.empty(); }},
    {kMaxFragmentLength, write_max_fragment_length},
    {kStatusRequest, write_status_request},
    {code_of(ExtensionType::supported_groups), write_groups},
    {code_of(ExtensionType::ec_point_formats), write_point_formats},
    {code_of(ExtensionType::signature_algorithms), write_signature_algorithms},
    {code_of(ExtensionType::alpn), write_alpn,
     [](const HelloDescription& hello) { return hello.alpn.empty(); }},
    {code_of(ExtensionType::supported_versions), write_versions},
    {kCookie, write_cookie, [](const HelloDescription& hello) { return hello.cookie.empty(); }},
    {kPskKeyExchangeModes, write_psk_modes},
    {code_of(ExtensionType::key_share), write_key_shares,
     [](const HelloDescription& hello) { return hello.key_shares.empty(); }},
    {kQuicParameters, write_quic_parameters,
     [](const HelloDescription& hello) { return hello.quic_parameters.empty(); }},
    {kRenegotiationInfo, write_renegotiation_info},
};

void write_extension(WireWriter& out, const HelloDescription& hello, uint16_t type) {
  const auto* const row = std::ranges::find(kExtensionRows, type, &ExtensionRow::type);
  const bool known = row != std::ranges::end(kExtensionRows);
  if (known && row->is_empty != nullptr && row->is_empty(hello)) return;
  out.u16(type).u16_vector([&] {
    if (known) row->write(out, hello);
  });
}

}  // namespace

void add_grease(HelloDescription& hello, uint16_t value) {
  hello.suites.insert(hello.suites.begin(), value);
  if (!hello.extensions) hello.extensions.emplace();
  hello.extensions->insert(hello.extensions->begin(), value);
  if (!hello.versions.empty()) hello.versions.insert(hello.versions.begin(), value);
  if (!hello.key_shares.empty()) hello.key_shares.insert(hello.key_shares.begin(), {value, {0}});
}

std::vector<uint8_t> client_hello_message(const HelloDescription& hello) {
  WireWriter out;
  out.u8(static_cast<uint8_t>(HandshakeType::client_hello)).u24_vector([&] {
    out.u16(hello.legacy_version).bytes(hello.random);
    out.u8_vector([&] { out.bytes(hello.session_id); });
    if (hello.dtls_cookie) out.u8_vector([&] { out.bytes(*hello.dtls_cookie); });
    write_u16_list(out, hello.suites);
    out.u8_vector([&] { out.u8(0); });  // no compression
    if (!hello.extensions) return;
    out.u16_vector([&] {
      for (const uint16_t type : *hello.extensions)
        write_extension(out, hello, type);
    });
  });
  return out.take();
}

std::vector<uint8_t> plain_record(ContentType type, uint16_t version, Bytes payload) {
  WireWriter out;
  out.u8(static_cast<uint8_t>(type)).u16(version).u16_vector([&] { out.bytes(payload); });
  return out.take();
}

std::vector<uint8_t> client_hello_record(const HelloDescription& hello) {
  return plain_record(ContentType::handshake, hello.record_version, client_hello_message(hello));
}

}  // namespace tls::probe
