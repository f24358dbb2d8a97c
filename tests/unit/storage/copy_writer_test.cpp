// SPDX-License-Identifier: Apache-2.0
#include "control/storage/copy_writer.hpp"

#include "tests/unit/storage/observations.hpp"
#include "tests/unit/storage/test_cluster.hpp"
#include "tests/unit/storage/test_writer.hpp"
#include "tls/fingerprint/method.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace control::tests {
namespace {

using flowtable::tick_from_ns;

// With every field set.
tls::Observation full_session() {
  tls::Observation full = session(5, {certificate(1, "www.example.net"), certificate(2, "CA")});
  full.client_certs = {certificate(3, "client")};
  full.source = tls::Source::active;
  full.probe = "b-rsa";
  full.scan = 4'000'000'000;
  full.transport = tls::Transport::dtls;
  full.hello_retry = true;
  full.plaintext_before = 4'000'000'000;
  full.alert = 40;
  full.conflict = true;
  full.missing = tls::MissingReason::server_flight_cut;
  full.hello.own().groups = {0x11ec, 29, 0xff01};
  full.hello.own().key_shares = {0x11ec, 29};
  full.hello.own().ech_outer = tls::EchOuter{213, 1, 3};
  full.hello.own().npf = {"tls/1/(0303)", "0123456789abcdef0123456789abcdef"};
  full.answer.own().ocsp_staple = true;
  full.quic_version = 0xff00001d;
  full.starttls = "smtp";
  full.resumed_by = tls::ResumedBy::ticket;
  full.original = tls::OriginalSession{flowtable::tick_from_ns((kNoon - 60) * 1'000'000'000),
                                       {certificate(2, "CA")->sha256}};
  full.ja4t = tls::Fingerprint{"64240_2-1-3-1-1-4_1460_8", "64240_2-1-3-1-1-4_1460_8"};
  full.ja4ts = tls::Fingerprint{"65535_2_1460_00", "65535_2_1460_00"};
  full.ja4l = tls::Fingerprint{"120_64", "120_64"};
  full.ja4ls = tls::Fingerprint{"55_128", "55_128"};
  full.tlsh = "69d02b116ac92610e45f64450281a2451e3710fcb92841dc65d19a9168a2264c41db01";
  return full;
}

TEST(CopyWriter, StoresEveryFieldOfASession) {
  const DatabaseAddress address = fresh_database();
  TestWriter writer(address);
  const tls::Observation full = full_session();
  const StoreOutcome outcome = writer.store(1, tls::RecordBatch{full});
  EXPECT_EQ(outcome.stored.rows, 0u) << "the tap saw none";
  EXPECT_EQ(outcome.stored.scan_rows, 1u);
  EXPECT_EQ(outcome.num_certificates_new, 3u);
  EXPECT_EQ(outcome.num_chains_new, 2u);

  DatabaseConnection database = must_open(address);
  EXPECT_EQ(
      must_query(
          database,
          "SELECT concat_ws('|', ts, plaintext_before, sport, dport, client_version,"
          " server_version, server_legacy_version, cipher, key_group, alert, hrr, resumed, psk,"
          " ech, conflict, complete, sensor, source, transport, src, dst, sni, encode(ja3, 'hex'),"
          " ja4, encode(ja3s, 'hex'), alpn, alpn_selected, client_versions, missing_reason,"
          " ja4s IS NULL) FROM session"),
      "2026-03-04 05:06:07.000005+00|4000000000|1029|443|771|771|771|49199|29|40|t|f|t|f|t|f|tap0|"
      "active|dtls|198.51.100.9|192.0.2.1|www.example.net|5d41402abc4b2a76b9719d911017c592|"
      "t13d1516h2_8daaf6152771_e5627efa2ab1|7d793037a0760186574b0282f2f435e7|{h2,http/1.1}|h2|"
      "{772,771}|server_flight_cut|t");
  // The chain's id is the server's own SHA-256 over the hashes in order.
  EXPECT_EQ(must_query(database,
                       "SELECT s.chain = sha256(c.certificates[1] || c.certificates[2]) FROM"
                       " session s JOIN certificate_chain c ON c.id = s.chain"),
            "t");
  EXPECT_EQ(must_query(database,
                       "SELECT concat_ws('|', subject, subject_cn, issuer, serial, not_before,"
                       " not_after, key_algorithm, key_bits, key_curve, signature_algorithm, san,"
                       " names, is_ca, self_issued, malformed, version, first_seen, length(der))"
                       " FROM certificate WHERE subject_cn = 'www.example.net'"),
            "C=LU, CN=www.example.net|www.example.net|O=Test\\, Inc, CN=Test CA|0102ff|"
            "2026-03-03 05:06:07+00|2026-06-02 05:06:07+00|EC|256|P-256|ecdsa-with-SHA256|"
            "{DNS:www.example.net,DNS:*.example.net,IP:192.0.2.7,URI:https://x/}|"
            "{*.example.net,192.0.2.7,www.example.net}|f|f|f|3|2026-03-04 05:06:07.000005+00|900");
  EXPECT_EQ(must_query(database,
                       "SELECT concat_ws('|', sct_list, must_staple, ja4x, encode(tlsh, 'hex'))"
                       " FROM certificate WHERE subject_cn = 'www.example.net'"),
            "t|f|2e9214a636bc_a373a9f83c6b_0e17604154c5|"
            "0de0df506fa8ddc86aee0dc63410aa8d921112ee538ac09385c9b0b8c7a364a78ec1e0");
  EXPECT_EQ(must_query(database, "SELECT string_agg(method, ',' ORDER BY method) FROM fingerprint"),
            "ja3,ja3s,ja4,ja4t,ja4ts,npf");
  for (const std::string_view method : {"ja3", "ja4", "ja3s"}) {
    EXPECT_EQ(must_query(database, "SELECT algorithm_version FROM fingerprint WHERE method = $1",
                         {std::string(method)}),
              tls::find_method(method)->version);
  }
  EXPECT_EQ(must_query(database, "SELECT count(*) FROM session_20260304"), "1");
}

TEST(CopyWriter, StoresASessionWithNothingInIt) {
  const DatabaseAddress address = fresh_database();
  TestWriter writer(address);
  tls::Observation bare;
  bare.client = endpoint("2001:db8::1", 1);
  bare.server = endpoint("2001:db8::2", 2);
  bare.missing = tls::MissingReason::client_hello_missing;
  EXPECT_EQ(writer.store(1, tls::RecordBatch{bare}).stored.rows, 1u);
  DatabaseConnection database = must_open(address);
  EXPECT_EQ(must_query(
                database,
                "SELECT num_nulls(client_version, server_version, cipher, psk, sni, ja3, ja4,"
                " ja3s, alpn, client_versions, chain, alert, original_ts, quic_version,"
                " ech_config_id, ech_kdf, ech_aead, pq_offered, pq_selected, ocsp_staple, sct,"
                " groups, key_shares, starttls, resumed_by, original_chain, npf, ja4t, ja4ts, ja4l,"
                " ja4ls, tlsh, scan, probe, client_cert_requested) FROM session"),
            "35");
  EXPECT_EQ(must_query(database, "SELECT count(*) FROM sighting"), "0") << "no server answered";
}

TEST(CopyWriter, MergesWhatWasSeenBefore) {
  const DatabaseAddress address = fresh_database();
  TestWriter writer(address);
  const auto leaf = certificate(1, "www.example.net");
  writer.store(1, tls::RecordBatch{session(10, {leaf}), session(20, {leaf})});
  // A capture from earlier, imported later.
  tls::Observation earlier = session(0, {leaf});
  earlier.seen = tick_from_ns((kNoon - 10 * 86'400) * 1'000'000'000);
  const StoreOutcome outcome = writer.store(2, tls::RecordBatch{session(30, {leaf}), earlier});
  EXPECT_EQ(outcome.num_certificates_new, 0u);

  DatabaseConnection database = must_open(address);
  const std::string expected = "2026-02-22 05:06:07+00|2026-03-04 05:06:07.00003+00";
  EXPECT_EQ(must_query(database, "SELECT first_seen || '|' || last_seen FROM certificate"),
            expected);
  EXPECT_EQ(must_query(database,
                       "SELECT first_seen || '|' || last_seen || '|' || count FROM"
                       " sighting"),
            expected + "|4");
  EXPECT_EQ(must_query(database, "SELECT count(*) FROM certificate_chain"), "1");
  EXPECT_EQ(must_query(database, "SELECT count(*) FROM session"), "4");
}

// Whatever comes late or without a certificate takes nothing away from it.
TEST(CopyWriter, RemembersWhatAServiceShowedLast) {
  const DatabaseAddress address = fresh_database();
  TestWriter writer(address);
  DatabaseConnection database = must_open(address);
  const auto last = [&] {
    return must_query(database,
                      "SELECT get_byte(k.certificates[1], 3) || ' at ' ||"
                      " extract(microseconds FROM v.chain_seen)::int % 1000000 FROM service v"
                      " JOIN certificate_chain k ON k.id = v.chain");
  };
  int64_t seq = 0;
  writer.store(++seq, tls::RecordBatch{session(10)});
  EXPECT_EQ(must_query(database, "SELECT chain = '' FROM service"), "t");
  writer.store(++seq, tls::RecordBatch{session(20, {certificate(1, "a")})});
  EXPECT_EQ(last(), "1 at 20");
  writer.store(++seq, tls::RecordBatch{session(15, {certificate(2, "b")})});
  EXPECT_EQ(last(), "1 at 20") << "an older one came late";
  writer.store(++seq, tls::RecordBatch{session(30)});
  EXPECT_EQ(last(), "1 at 20") << "nobody saw which certificate";
  writer.store(++seq, tls::RecordBatch{session(40, {certificate(3, "c")}),
                                       session(35, {certificate(4, "d")}), session(50)});
  EXPECT_EQ(last(), "3 at 40");
}

TEST(CopyWriter, StoresABatchOnceHoweverOftenItIsSent) {
  const DatabaseAddress address = fresh_database();
  TestWriter writer(address);
  const tls::RecordBatch batch = sessions(0, 10);
  EXPECT_FALSE(writer.store(1, batch).stored_before);
  EXPECT_TRUE(writer.store(1, batch).stored_before);
  TestWriter reconnected(address);
  EXPECT_TRUE(reconnected.store(1, batch).stored_before);
  EXPECT_FALSE(reconnected.store(2, batch).stored_before);
  TestWriter other_run(address, 2);
  EXPECT_FALSE(other_run.store(1, batch).stored_before);
  DatabaseConnection database = must_open(address);
  EXPECT_EQ(must_query(database, "SELECT count(*) FROM session"), "30");
  EXPECT_EQ(must_query(database, "SELECT count FROM sighting"), "30");
}

TEST(CopyWriter, StoresWhatBelongsToAHandshakeBesides) {
  const DatabaseAddress address = fresh_database();
  TestWriter writer(address);
  const tls::Observation full = full_session();
  writer.store(1, tls::RecordBatch{full});
  DatabaseConnection database = must_open(address);
  EXPECT_EQ(
      must_query(
          database,
          "SELECT concat_ws('|', original_ts, quic_version, ech_config_id, ech_kdf, ech_aead,"
          " pq_offered, pq_selected, ocsp_staple, sct, code_points(groups),"
          " code_points(key_shares), starttls, resumed_by, encode(npf, 'hex'), ja4t, ja4ts,"
          " ja4l, ja4ls, encode(tlsh, 'hex'), scan, probe, client_cert_requested) FROM session"),
      "2026-03-04 05:05:07+00|4278190109|213|1|3|t|f|t|f|{4588,29,65281}|{4588,29}|smtp|ticket|"
      "0123456789abcdef0123456789abcdef|64240_2-1-3-1-1-4_1460_8|65535_2_1460_00|120_64|55_128|" +
          full.tlsh + "|4000000000|b-rsa|f");
  // The chain of the full handshake, which this session did not show and which is not noted for it.
  EXPECT_EQ(must_query(database,
                       "SELECT s.original_chain = sha256(c.sha256) FROM session s, certificate c"
                       " WHERE c.subject_cn = 'CA'"),
            "t");
  EXPECT_EQ(must_query(database, "SELECT count(*) FROM certificate_chain"), "2");
}

tls::Observation ssh_connection(uint32_t number) {
  tls::Observation out = session(number);
  out.kind = tls::RecordKind::ssh;
  out.hello.reset();
  out.sni.reset();
  out.answer.reset();
  out.server.port = 22;
  tls::SshFacts ssh;
  ssh.client_id = "SSH-2.0-OpenSSH_9.2p1\x01";
  ssh.server_id = "SSH-2.0-dropbear";
  ssh.hassh = tls::Fingerprint{"kex;enc;mac;none", "8a8ae540028bf433cd68356c1b9e8d5b"};
  out.ssh = ssh;
  return out;
}

// An SSH connection is no TLS session and no TLS service: it has a table of its own.
TEST(CopyWriter, StoresWhoSpeaksSsh) {
  const DatabaseAddress address = fresh_database();
  TestWriter writer(address);
  tls::Observation other = ssh_connection(3);
  other.ssh->hassh.reset();
  EXPECT_EQ(
      writer.store(1, tls::RecordBatch{ssh_connection(1), ssh_connection(2), other}).stored.rows,
      3u);
  writer.store(2, tls::RecordBatch{ssh_connection(4)});
  DatabaseConnection database = must_open(address);
  EXPECT_EQ(must_query(database,
                       "SELECT concat_ws('|', server, port, client, client_id, server_id,"
                       " encode(hassh, 'hex'), hassh_server, first_seen, last_seen, count) FROM"
                       " ssh_sighting WHERE hassh <> ''"),
            "192.0.2.1|22|198.51.100.9|SSH-2.0-OpenSSH_9.2p1\\x01|SSH-2.0-dropbear|"
            "8a8ae540028bf433cd68356c1b9e8d5b|\\x|2026-03-04 05:06:07.000001+00|"
            "2026-03-04 05:06:07.000004+00|3");
  EXPECT_EQ(must_query(database, "SELECT count(*) FROM ssh_sighting"), "2");
  EXPECT_EQ(must_query(database, "SELECT method || hash || raw FROM fingerprint"),
            "hassh8a8ae540028bf433cd68356c1b9e8d5bkex;enc;mac;none");
  EXPECT_EQ(must_query(database, "SELECT (SELECT count(*) FROM session) + count(*) FROM sighting"),
            "0");
}

// Text and sizes that end a COPY, or an index entry, where they are passed on as they come.
TEST(CopyWriter, TakesHostileValues) {
  const DatabaseAddress address = fresh_database();
  TestWriter writer(address);
  auto hostile = std::make_shared<tls::CertificateFacts>(*certificate(9, "x"));
  hostile->subject_cn = std::string("a\0b\xff", 4);
  hostile->not_before = std::numeric_limits<int64_t>::min();
  hostile->not_after = std::numeric_limits<int64_t>::max();
  hostile->spki_sha256.reset();
  hostile->is_ca.reset();
  std::string noise;
  for (int i = 0; i < 60'000; ++i)
    noise += static_cast<char>('a' + (i * i + i / 7) % 26);
  hostile->san.assign(10'000, "DNS:" + noise.substr(0, 200));
  for (size_t i = 0; i < hostile->san.size(); ++i)
    hostile->san[i] += std::to_string(i);
  hostile->san.push_back("DNS:" + noise);
  tls::Observation observation = session(1, {hostile, nullptr, hostile});
  observation.sni = noise;
  observation.hello.own().alpn =
      std::vector<std::string>{std::string("\0\0", 2), "\xc3\x28", noise};
  observation.answer.own().alpn_selected = std::string("\0", 1);
  observation.hello.own().ja3.hash = "not an md5";
  observation.hello.own().ja4.hash = noise;
  observation.seen = tick_from_ns(std::numeric_limits<int64_t>::min());
  tls::Observation late = session(2);
  late.seen = tick_from_ns(std::numeric_limits<int64_t>::max());
  const StoreOutcome outcome = writer.store(1, tls::RecordBatch{observation, late});
  EXPECT_EQ(outcome.stored.rows, 2u);
  EXPECT_EQ(outcome.refused.rows, 0u);
  DatabaseConnection database = must_open(address);
  EXPECT_EQ(must_query(database,
                       "SELECT subject_cn || '|' || not_before || '|' || not_after ||"
                       " '|' || cardinality(san) FROM certificate"),
            "a\\x00b\\xff|-infinity|infinity|10001");
  EXPECT_EQ(must_query(database, "SELECT count(*) FROM session_default"), "2");
}

// A NUL byte is stored as the four characters \x00, which another client may send as they are: two
// names, one row. The second of two such hellos in a batch once stopped the writer for good.
TEST(CopyWriter, TakesNamesThatAreStoredAlike) {
  const DatabaseAddress address = fresh_database();
  TestWriter writer(address);
  tls::RecordBatch batch = {session(1, {}), session(2, {})};
  batch[0].sni = std::string("a\0b", 3);
  batch[1].sni = "a\\x00b";
  batch[1].server = batch[0].server;
  const StoreOutcome outcome = writer.store(1, batch);
  EXPECT_EQ(outcome.stored.rows, 2u);
  EXPECT_EQ(outcome.refused.rows, 0u);
  DatabaseConnection database = must_open(address);
  EXPECT_EQ(must_query(database, "SELECT sum(count) FROM sighting WHERE sni = 'a\\x00b'"), "2");
}

TEST(CopyWriter, LeavesOutTheRowsThatTheServerRefuses) {
  const DatabaseAddress address = fresh_database();
  DatabaseConnection database = must_open(address);
  must_query(database, "ALTER TABLE session ADD CONSTRAINT no_666 CHECK (dport <> 666)");
  std::vector<std::string> log;
  TestWriter writer(address, 1, &log);
  tls::RecordBatch batch = sessions(0, 100);
  for (const size_t bad : {size_t{0}, size_t{57}, size_t{58}, size_t{99}})
    batch[bad].server.port = 666;
  batch[57].certs = {certificate(7, "only.with.the.refused")};
  const StoreOutcome outcome = writer.store(1, batch);
  EXPECT_EQ(outcome.stored.rows, 96u);
  EXPECT_EQ(outcome.refused.rows, 4u);
  ASSERT_EQ(log.size(), 4u);
  EXPECT_NE(log[0].find("no_666"), std::string::npos) << log[0];
  EXPECT_EQ(must_query(database, "SELECT count(*) FROM session"), "96");
  // What is not at fault is kept, whatever became of the session that it came with.
  EXPECT_EQ(must_query(database, "SELECT sum(count) FROM sighting"), "100");
  EXPECT_EQ(must_query(database, "SELECT count(*) FROM certificate"), "1");
  EXPECT_TRUE(writer.store(1, batch).stored_before);
}

TEST(CopyWriter, MakesPartitionsAheadAndWithinBounds) {
  const DatabaseAddress address = fresh_database();
  TestWriter writer(address);
  // A row that came before its day had a partition keeps the day in the default partition.
  DatabaseConnection database = must_open(address);
  writer.store(1, sessions(0, 1));
  EXPECT_EQ(must_query(database,
                       "SELECT count(*) FROM generate_series(0, 2) AS ahead WHERE"
                       " to_regclass('session_' || to_char(now() + make_interval(days => ahead),"
                       " 'YYYYMMDD')) IS NOT NULL"),
            "3");
  must_query(database,
             "INSERT INTO session (ts, plaintext_before, sport, dport, hrr, resumed,"
             " conflict, complete, sensor, source, transport, src, dst) SELECT"
             " '2019-05-05 12:00:00+00', 0, 1, 1, false, false, false, true, 's', 'p',"
             " 't', '::1', '::1'");
  EXPECT_EQ(must_query(database, "SELECT create_session_partition('2019-05-05', 1500)"), "f");
  EXPECT_EQ(must_query(database, "SELECT create_session_partition('2019-05-06', 1500)"), "t");
  EXPECT_EQ(must_query(database, "SELECT create_session_partition('2019-05-06', 1500)"), "t");
  EXPECT_EQ(must_query(database, "SELECT create_session_partition('2019-05-07', 2)"), "f");
  EXPECT_EQ(must_query(database, "SELECT to_regclass('session_20190505') IS NULL"), "t");
}

// Two writers that touch the same keys in opposite orders of arrival.
TEST(CopyWriter, NeverDeadlocksWithAnotherWriter) {
  const DatabaseAddress address = fresh_database();
  constexpr int64_t kRounds = 15;
  std::vector<tls::CertificatePtr> all;
  for (uint32_t i = 0; i < 40; ++i)
    all.push_back(certificate(i, "c" + std::to_string(i)));
  const auto write = [&](int64_t epoch, bool backwards) {
    TestWriter writer(address, epoch);
    for (int64_t seq = 1; seq <= kRounds; ++seq) {
      tls::RecordBatch batch;
      for (uint32_t i = 0; i < all.size(); ++i) {
        const uint32_t chosen = backwards ? static_cast<uint32_t>(all.size()) - 1 - i : i;
        tls::Observation one = session(chosen + static_cast<uint32_t>(1000 * seq), {all[chosen]});
        one.server.port = static_cast<uint16_t>(chosen);
        batch.push_back(one);
      }
      writer.store(seq, batch);
    }
  };
  std::thread first(write, 1, false);
  std::thread second(write, 2, true);
  first.join();
  second.join();
  DatabaseConnection database = must_open(address);
  EXPECT_EQ(must_query(database, "SELECT sum(count) FROM sighting"),
            std::to_string(2 * kRounds * 40));
  EXPECT_EQ(must_query(database,
                       "SELECT deadlocks FROM pg_stat_database WHERE datname ="
                       " current_database()"),
            "0");
}

}  // namespace
}  // namespace control::tests
