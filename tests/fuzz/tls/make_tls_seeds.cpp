// SPDX-License-Identifier: Apache-2.0
// Seeds for the fuzz targets of tls/: `make_tls_seeds FOLDER` writes FOLDER/<target>/<seed>. Made
// by the writers of the unit tests, so that they follow the format without being stored.
#include "tests/support/certificate_builder.hpp"
#include "tests/support/datagram_bytes.hpp"
#include "tests/support/hello_builder.hpp"
#include "tests/support/quic_builder.hpp"
#include "tests/support/quic_samples.hpp"
#include "tests/support/ssh_builder.hpp"
#include "tests/support/tls_bytes.hpp"
#include "tests/unit/tls/dialogue_samples.hpp"
#include "tests/unit/tls/probe_binary_scripts.hpp"
#include "tests/unit/tls/probe_text_scripts.hpp"
#include "tls/probe/starttls_table.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

using tests::ByteVector;
using tests::ByteWriter;

class SeedFolder {
 public:
  explicit SeedFolder(std::filesystem::path root) : root_(std::move(root)) {}
  void add(const std::string& target, const std::string& name, const ByteVector& bytes) const {
    std::filesystem::create_directories(root_ / target);
    std::ofstream file(root_ / target / name, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }

 private:
  std::filesystem::path root_;
};

ByteVector client_hello() {
  tests::ClientHelloLists lists;
  lists.session_id = ByteVector(32, 1);
  lists.ciphers = {0x0a0a, 0x1301, 0x1302, 0xc02b, 0xc02f};
  lists.extensions = {0x1a1a, 0, 10, 11, 13, 16, 35, 41, 43, 51, 0xfe0d};
  lists.groups = {0x2a2a, 29, 23};
  lists.point_formats = {0};
  lists.signature_algorithms = {0x3a3a, 0x0403, 0x0804};
  lists.supported_versions = {0x4a4a, 0x0304, 0x0303};
  lists.alpn = {"h2", "http/1.1"};
  lists.sni = "www.example.org";
  return tests::client_hello_body(lists);
}

ByteVector server_hello(bool retry) {
  tests::ServerHelloLists lists;
  lists.cipher = 0x1301;
  lists.extensions = {43, 51, 16};
  lists.supported_version = 0x0304;
  lists.group = 29;
  lists.alpn = "h2";
  lists.hello_retry = retry;
  return tests::server_hello_body(lists);
}

void write_seeds(const SeedFolder& seeds) {
  const ByteVector der = tests::make_certificate({}).der;
  const ByteVector certificates = tests::certificate_body({der, der});
  const ByteVector flight =
      tests::joined({tests::message(2, server_hello(false)), tests::message(11, certificates),
                     tests::message(14, {})});
  const ByteVector client =
      tests::records(tests::kHandshake, tests::message(1, client_hello()), 100);
  const ByteVector server = tests::joined({tests::records(tests::kHandshake, flight, 500),
                                           tests::records(tests::kChangeCipherSpec, ByteVector{1}),
                                           tests::records(tests::kAlert, ByteVector{2, 40})});
  seeds.add("client_hello", "all_extensions", client_hello());
  seeds.add("server_hello", "tls13", server_hello(false));
  seeds.add("server_hello", "retry", server_hello(true));
  seeds.add("certificate_message", "two", certificates);
  seeds.add("x509", "ec", der);
  seeds.add("record_reader", "server", server);
  seeds.add("handshake", "server", server);
  seeds.add("handshake", "flight", tests::joined({ByteVector{30}, flight}));
  seeds.add("session", "full", ByteWriter().u16(client.size()).bytes(client).bytes(server).out());
  seeds.add("framed_session", "full",
            ByteWriter().u16(client.size()).u8(8).bytes(client).bytes(server).out());
  const ByteVector kexinit = tests::ssh_kexinit(tests::cyberduck_lists());
  seeds.add("ssh", "client", tests::ssh_stream("SSH-2.0-seed\r\n", kexinit));
  seeds.add("ssh", "packet", kexinit);
  seeds.add("ssh", "lines", tests::ssh_stream("hi\r\nSSH-2.0-seed\n", kexinit));
  seeds.add("tcp_options", "windows", {2, 4, 5, 180, 1, 3, 3, 8, 1, 1, 4, 2});
  seeds.add("tcp_options", "macos",
            {2, 4, 5, 180, 1, 3, 3, 6, 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 4, 2, 0, 0});
}

void write_dialogue_seeds(const SeedFolder& seeds) {
  int number = 0;
  for (const tests::DialogueSample& sample : tests::kDialogueSamples) {
    const ByteVector client(sample.client.begin(), sample.client.end());
    const ByteVector server(sample.server.begin(), sample.server.end());
    const std::string name = std::to_string(number++) + "-" + std::string(sample.name);
    seeds.add("dialogue", name,
              ByteWriter().u8(client.size()).u8(0).bytes(client).bytes(server).out());
  }
}

// Of each script what the server says, behind the protocol's number in the table.
void write_script_seeds(const SeedFolder& seeds, const std::vector<tests::ProbeScript>& scripts) {
  const auto protocols = tls::probe::starttls_protocols();
  for (const tests::ProbeScript& script : scripts) {
    const auto* row = tls::probe::protocol_named(script.protocol);
    ByteWriter seed;
    seed.u8(static_cast<size_t>(row - protocols.data())).u8(0);
    for (const tests::Turn& turn : script.turns) {
      if (turn.talker == 'S') seed.bytes(ByteVector(turn.bytes.begin(), turn.bytes.end()));
    }
    seeds.add("probe_dialogue", std::string(script.protocol) + " " + std::string(script.name),
              seed.out());
  }
}

void write_dtls_seeds(const SeedFolder& seeds) {
  tests::ClientHelloLists lists{.version = 0xfefd, .ciphers = {0xc02b}};
  lists.extensions = {0, 43};
  lists.sni = "www.example.org";
  lists.supported_versions = {0xfefc, 0xfefd};
  const ByteVector hello = tests::dtls_client_hello(lists, {1, 2, 3});
  const ByteVector client =
      tests::joined({tests::dtls_message(1, 0, hello),
                     tests::dtls_record({}, tests::dtls_fragment({1, 1, 0, 60}, hello)),
                     tests::dtls_record({}, tests::dtls_fragment({1, 1, 60}, hello)),
                     tests::dtls_record({.type = 20}, ByteVector{1}), tests::dtls_encrypted()});
  const ByteVector certificates = tests::certificate_body({tests::make_certificate({}).der});
  const ByteVector server = tests::joined(
      {tests::dtls_message(3, 0, tests::hello_verify_request({1, 2, 3})),
       tests::dtls_message(2, 1, tests::server_hello_body({.version = 0xfefd})),
       tests::dtls_record({}, tests::dtls_fragment({11, 2, 100}, certificates)),
       tests::dtls_record({}, tests::dtls_fragment({11, 2, 0, 100}, certificates)),
       tests::dtls_message(14, 3, {}), tests::dtls_record({.type = 21}, ByteVector{2, 40}),
       tests::dtls13_encrypted()});
  seeds.add("dtls", "client", client);
  seeds.add("dtls", "server", server);
  seeds.add("datagram_kind", "dtls", tests::joined({{0}, client}));
  seeds.add("datagram_kind", "quic", tests::joined({{0}, tests::quic_packet({}, 1200)}));
  seeds.add("datagram_kind", "quic2",
            tests::joined({{0}, tests::quic_packet({.version = tests::kQuicV2}, 100)}));
  seeds.add("dtls_session", "full",
            ByteWriter().u16(client.size()).bytes(client).bytes(server).out());
}

void write_dtls_conversation_seeds(const SeedFolder& seeds) {
  const ByteVector cookie = tests::dtls_message(3, 0, tests::hello_verify_request({7, 7}));
  tests::ServerHelloLists lists;
  lists.version = tests::kDtls12;
  const ByteVector hello = tests::dtls_message(2, 1, tests::server_hello_body(lists));
  const ByteVector list = tests::certificate_body({tests::make_certificate({}).der});
  const ByteVector end = tests::dtls_record({}, tests::dtls_fragment({11, 2, 100}, list));
  const ByteVector begin = tests::dtls_record({}, tests::dtls_fragment({11, 2, 0, 120}, list));
  const ByteVector done = tests::dtls_message(14, 3, {});
  ByteWriter flight;
  for (const ByteVector& datagram : {cookie, end, hello, begin, done})
    flight.u16_prefixed(datagram);
  seeds.add("dtls_conversation", "shuffled", flight.out());
  const ByteVector alert = tests::dtls_record({tests::kAlert}, ByteVector{2, 40});
  seeds.add("dtls_conversation", "alert",
            ByteWriter().u16_prefixed(cookie).u16_prefixed(alert).out());
}

ByteVector sealed_chunk(uint8_t flags, const ByteVector& payload) {
  return ByteWriter().u8(flags).u16_prefixed(payload).out();
}

void write_quic_seeds(const SeedFolder& seeds) {
  const ByteVector client = tests::from_hex(tests::kClientInitial1);
  const ByteVector server = tests::from_hex(tests::kServerInitial1);
  seeds.add("quic", "client", client);
  seeds.add("quic", "server2", tests::from_hex(tests::kServerInitial2));
  seeds.add("quic", "retry", tests::from_hex(tests::kRetry1));
  seeds.add("quic", "frames", tests::from_hex(tests::kServerFrames));
  seeds.add("quic", "session",
            tests::joined({ByteWriter().u16(client.size() + 1).u8(client.size() / 8).out(), client,
                           ByteWriter().u8(server.size() / 8 + 1).out(), server}));
  const ByteVector hello = tests::message(1, client_hello());
  const ByteVector begin(hello.begin(), hello.begin() + 90);
  const ByteVector rest(hello.begin() + 90, hello.end());
  const ByteVector first = tests::crypto_frame(0, begin);
  const ByteVector second = tests::crypto_frame(90, rest);
  const ByteVector retry = tests::message(2, server_hello(true));
  const ByteVector answer = tests::message(2, server_hello(false));
  seeds.add("quic_sealed", "two_packets",
            tests::joined({sealed_chunk(0, first), sealed_chunk(0, second),
                           sealed_chunk(1, tests::crypto_frame(0, answer))}));
  seeds.add("quic_sealed", "retry_and_close",
            tests::joined({sealed_chunk(0, tests::joined({second, first})),
                           sealed_chunk(1, tests::crypto_frame(0, retry)), sealed_chunk(4, first),
                           sealed_chunk(2, second), sealed_chunk(1, tests::close_frame(0x128))}));
  ByteVector google = first;
  google[0] = 0x08;
  seeds.add("quic_sealed", "google", sealed_chunk(8, google));
}

void write_quic_conversation_seeds(const SeedFolder& seeds) {
  const ByteVector der(tests::make_certificate({}).der);
  const ByteVector list = ByteWriter().u24_prefixed(der).u16(0).out();
  const ByteVector flight =
      tests::joined({tests::message(8, ByteVector{0, 0}),
                     tests::message(11, ByteWriter().u8(0).u24_prefixed(list).out())});
  const ByteVector begin(flight.begin(), flight.begin() + 100);
  const ByteVector rest(flight.begin() + 100, flight.end());
  const ByteVector end = sealed_chunk(3, tests::crypto_frame(100, rest));
  const ByteVector start = sealed_chunk(3, tests::crypto_frame(0, begin));
  seeds.add("quic_conversation", "shuffled", tests::joined({end, sealed_chunk(2, {}), start}));
  seeds.add("quic_conversation", "retry",
            tests::joined({sealed_chunk(4, ByteVector(20, 7)), sealed_chunk(2, {}), start, end}));
  seeds.add("quic_conversation", "version2",
            tests::joined({sealed_chunk(5, {0x6b, 0x33, 0x43, 0xcf}), sealed_chunk(2, {}), start}));
  const ByteVector hello_retry = tests::message(2, server_hello(true));
  seeds.add("quic_conversation", "close",
            tests::joined({sealed_chunk(1, tests::crypto_frame(0, hello_retry)),
                           sealed_chunk(1, tests::close_frame(0x128))}));
}

void write_probe_seeds(const SeedFolder& seeds) {
  const ByteVector certificates = tests::certificate_body({tests::make_certificate({}).der});
  const ByteVector plain =
      tests::records(tests::kHandshake,
                     tests::joined({tests::message(2, tests::server_hello_body({})),
                                    tests::message(11, certificates), tests::message(14, {})}),
                     300);
  const ByteVector alert = tests::records(tests::kAlert, ByteVector{2, 40});
  seeds.add("flight_opener", "plain", tests::joined({{100}, plain, alert}));
  seeds.add("flight_opener", "sealed",
            tests::joined({{1},
                           tests::records(tests::kChangeCipherSpec, ByteVector{1}),
                           tests::records(tests::kApplicationData, plain)}));
  seeds.add("tls_conversation", "a", tests::joined({{0}, plain}));
  seeds.add("tls_conversation", "a_alert", tests::joined({{0}, alert}));
  seeds.add("inquiry", "alert", tests::joined({{0, 0, 0, 0, 1, 7}, alert}));
  seeds.add("tls_conversation", "ssl2", tests::joined({{8}, tests::sslv2_server_hello()}));
  // RFC 8446 section 4.4.2: a request context and each entry's extensions are empty.
  const ByteVector der(tests::make_certificate({}).der);
  const ByteVector list = ByteWriter().u24_prefixed(der).u16(0).out();
  const ByteVector flight =
      tests::joined({tests::message(8, ByteVector{0, 0}),
                     tests::message(11, ByteWriter().u8(0).u24_prefixed(list).out())});
  seeds.add("tls_conversation", "b",
            tests::joined({{3}, sealed_chunk(1, {}), sealed_chunk(tests::kHandshake, flight)}));
  const ByteVector retry = tests::records(tests::kHandshake, tests::message(2, server_hello(true)));
  seeds.add("tls_conversation", "b_retry",
            tests::joined({{3},
                           sealed_chunk(0, retry),
                           sealed_chunk(1, {}),
                           sealed_chunk(tests::kAlert, ByteVector{2, 80})}));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_tls_seeds FOLDER\n");
    return 2;
  }
  write_seeds(SeedFolder(argv[1]));
  write_dtls_seeds(SeedFolder(argv[1]));
  write_dtls_conversation_seeds(SeedFolder(argv[1]));
  write_quic_seeds(SeedFolder(argv[1]));
  write_quic_conversation_seeds(SeedFolder(argv[1]));
  write_dialogue_seeds(SeedFolder(argv[1]));
  write_probe_seeds(SeedFolder(argv[1]));
  write_script_seeds(SeedFolder(argv[1]), tests::kTextScripts);
  write_script_seeds(SeedFolder(argv[1]), tests::kBinaryScripts);
  return 0;
}
