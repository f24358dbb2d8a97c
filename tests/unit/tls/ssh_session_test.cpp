// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/ssh_session.hpp"

#include "tests/support/ssh_builder.hpp"
#include "tests/unit/tls/capture_maker.hpp"
#include "tls/fingerprint/hassh.hpp"
#include "tls/fingerprint/method.hpp"
#include "tls/pipeline/session_parser.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tls {
namespace {

using flowtable::HandshakeCapture;
using tests::ByteVector;
using tests::joined;
using tests::ssh_kexinit;
using tests::ssh_stream;

// HASSH README: Cyberduck 6.7.1 (also spec vector 30), and MD5 of the OpenSSH 5.3 string by md5sum.
constexpr char kCyberduckHassh[] = "8a8ae540028bf433cd68356c1b9e8d5b";
constexpr char kOpenssh53HasshServer[] = "b1c6c0d56317555b85c7005a3de29325";

ByteVector client_stream() {
  return ssh_stream("SSH-2.0-Cyberduck/6.7.1\r\n", ssh_kexinit(tests::cyberduck_lists()));
}
ByteVector server_stream() {
  return ssh_stream("SSH-2.0-OpenSSH_5.3\r\n", ssh_kexinit(tests::openssh53_server_lists()));
}
ByteVector beginning(const ByteVector& bytes, size_t count) {
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count)};
}

class SshSession : public testing::Test {
 protected:
  HandshakeCapture& capture(const ByteVector& client, const ByteVector& server) {
    HandshakeCapture& made = *maker_.make(client, server);
    made.kind = flowtable::CaptureKind::ssh;
    made.flow.syn_seen = true;
    return made;
  }
  MissingReason reason(const ByteVector& client, const ByteVector& server) {
    const ParsedSession session = parser_.parse(capture(client, server));
    EXPECT_EQ(session.observation.kind, RecordKind::ssh);
    return session.observation.missing;
  }

  tests::CaptureMaker maker_;
  SessionParser parser_;
};

TEST_F(SshSession, HasBothFingerprintsAndIdentifications) {
  HandshakeCapture& made = capture(client_stream(), server_stream());
  const ParsedSession session = parser_.parse(made);
  ASSERT_TRUE(session.is_tls);
  const Observation& seen = session.observation;
  EXPECT_EQ(seen.kind, RecordKind::ssh);
  EXPECT_TRUE(seen.complete());
  EXPECT_FALSE(seen.hello || seen.answer || seen.sslv2_hello);
  EXPECT_EQ(seen.client, made.flow.key.endpoint(made.flow.originator));
  ASSERT_TRUE(seen.ssh && seen.ssh->hassh && seen.ssh->hassh_server);
  EXPECT_EQ(seen.ssh->client_id, "SSH-2.0-Cyberduck/6.7.1");
  EXPECT_EQ(seen.ssh->server_id, "SSH-2.0-OpenSSH_5.3");
  EXPECT_EQ(seen.ssh->hassh->hash, kCyberduckHassh);
  EXPECT_EQ(seen.ssh->hassh_server->hash, kOpenssh53HasshServer);
  const tests::SshNameLists lists = tests::openssh53_server_lists();
  EXPECT_EQ(seen.ssh->hassh_server->raw,
            lists[0] + ";" + lists[3] + ";" + lists[5] + ";none," + "zlib@openssh.com");
}

TEST_F(SshSession, MethodsAreInTheTable) {
  const ByteVector packet = ssh_kexinit(tests::cyberduck_lists());
  const FingerprintMethod* const method = find_method("hassh");
  ASSERT_TRUE(method != nullptr && method->of_ssh != nullptr);
  EXPECT_EQ(method->of_ssh(parse_ssh_kexinit(packet).value()).hash, kCyberduckHassh);
  for (const FingerprintMethod& each : fingerprint_methods()) {
    // None where a method looks at more than one message.
    EXPECT_LE((each.of_client != nullptr) + (each.of_server != nullptr) + (each.of_ssh != nullptr),
              1)
        << each.name;
  }
}

TEST_F(SshSession, SaysWhyItIsNotComplete) {
  const ByteVector client = client_stream(), server = server_stream();
  EXPECT_EQ(reason({}, server), MissingReason::client_hello_missing);
  EXPECT_EQ(reason(client, {}), MissingReason::server_hello_missing);
  EXPECT_EQ(reason(beginning(client, 100), server), MissingReason::client_hello_cut);
  EXPECT_EQ(reason(client, beginning(server, 100)), MissingReason::server_flight_cut);
  EXPECT_EQ(reason(client, ssh_stream("SSH-2.0-x\r\n", tests::ssh_packet({2, 1, 2, 3}))),
            MissingReason::server_flight_cut);
  EXPECT_EQ(reason(client, ssh_stream("SSH-2.0-x\r\n", tests::ssh_packet({1, 0, 0, 0, 2}))),
            MissingReason::malformed);
  EXPECT_EQ(reason(client, ssh_stream("SSH-2.0-x\r\n", ByteVector(40, 0xff))),
            MissingReason::too_large);
}

TEST_F(SshSession, KeepsWhatOneDirectionSaid) {
  const ParsedSession session = parser_.parse(capture(client_stream(), {}));
  EXPECT_TRUE(session.is_tls);
  EXPECT_EQ(session.observation.ssh->hassh->hash, kCyberduckHassh);
  EXPECT_FALSE(session.observation.ssh->hassh_server);
  EXPECT_EQ(session.observation.ssh->server_id, "");
}

TEST_F(SshSession, AHoleIsAGap) {
  HandshakeCapture& made = capture(client_stream(), {});
  const auto server_at = other(made.flow.originator);
  maker_.pool().start_stream(made, server_at, false, 1000);
  const ByteVector server = server_stream();
  made.streams[index_of(server_at)].insert(1000, beginning(server, 50));
  made.streams[index_of(server_at)].insert(1060, beginning(server, 20));
  EXPECT_EQ(parser_.parse(made).observation.missing, MissingReason::gap);
}

TEST_F(SshSession, WithoutIdentificationThereIsNothingToReport) {
  const ByteVector other_protocol = ssh_stream("220 FTP\r\n", {});
  EXPECT_FALSE(parser_.parse(capture(other_protocol, other_protocol)).is_tls);
}

// Met under way: RFC 8308 section 2.1 has only the client say ext-info-c.
TEST_F(SshSession, TellsTheClientByItsWordsWhereNoSynWasSeen) {
  tests::SshNameLists lists = tests::cyberduck_lists();
  lists[0] += ",ext-info-c";
  HandshakeCapture& made =
      capture(server_stream(), ssh_stream("SSH-2.0-client\r\n", ssh_kexinit(lists)));
  EXPECT_EQ(parser_.parse(made).observation.ssh->server_id, "SSH-2.0-client");
  made.flow.syn_seen = false;
  const Observation seen = parser_.parse(made).observation;
  EXPECT_EQ(seen.ssh->client_id, "SSH-2.0-client");
  EXPECT_EQ(seen.client, made.flow.key.endpoint(other(made.flow.originator)));
}

}  // namespace
}  // namespace tls
