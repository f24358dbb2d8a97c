// SPDX-License-Identifier: Apache-2.0
#include "control/storage/scan_rows.hpp"

#include "tests/unit/storage/observations.hpp"
#include "tests/unit/storage/scan_findings.hpp"
#include "tests/unit/storage/test_cluster.hpp"
#include "tests/unit/storage/test_writer.hpp"
#include "tls/fingerprint/method.hpp"

#include <gtest/gtest.h>

namespace control::tests {
namespace {

using flowtable::TargetOutcome;

TEST(ScanRows, StoresEveryFieldOfAService) {
  const DatabaseAddress address = fresh_database();
  TestWriter writer(address);
  tls::ServiceReport ssh;
  ssh.job = 7;
  ssh.server = endpoint("2001:db8::2", 22);
  ssh.no_tls = tls::NoTlsReason::not_tls;
  EXPECT_EQ(writer.store(1, StoreBatch{{}, {service_report(25), ssh}, {}, {}}).stored.scan_rows,
            2u);
  DatabaseConnection database = must_open(address);
  EXPECT_EQ(must_query(database,
                       "SELECT concat_ws('|', scan, sensor, server, port, transport, name, ended,"
                       " outcome, tls, no_tls IS NULL, starttls, speaks, step, code, alert, jarm,"
                       " accepted, group_classic, group_post_quantum, connections) FROM"
                       " scan_service WHERE tls"),
            "7|tap0|192.0.2.1|25|tcp|Mail.example.net|2026-03-04 05:06:07.000025+00|open|t|t|smtp|"
            "smtp|tls|220|40|2ad2ad16d2ad2ad22c42d42d00042d58c7162162b6a603d3d90a2b76865b53|"
            "0303: c02f 009c; 0302: 002f|29|4588|12");
  EXPECT_EQ(must_query(database,
                       "SELECT concat_ws('|', server, outcome, no_tls, name = '', num_nulls("
                       "starttls, speaks, step, code, alert, jarm, accepted, group_classic,"
                       " group_post_quantum)) FROM scan_service WHERE NOT tls"),
            "2001:db8::2|open|not_tls|t|9");
  EXPECT_EQ(must_query(database,
                       "SELECT concat_ws('|', method, hash, raw, algorithm_version) FROM"
                       " fingerprint"),
            "jarm|2ad2ad16d2ad2ad22c42d42d00042d58c7162162b6a603d3d90a2b76865b53|"
            "c02f|0303|h2|ff01-0017,||||" +
                std::string(tls::find_method("jarm")->version));
}

TEST(ScanRows, KeepsTheLaterAnswerOfAServiceThatIsAskedAgain) {
  const DatabaseAddress address = fresh_database();
  TestWriter writer(address);
  tls::ServiceReport first = service_report(443);
  tls::ServiceReport later = first;
  later.ended += std::chrono::seconds(5);
  later.alert.reset();
  later.jarm.clear();
  later.starttls = "imap";
  tls::ServiceReport other_name = first;
  other_name.name = "other.example";
  writer.store(1, StoreBatch{{}, {later, first, other_name}, {}, {}});
  writer.store(2, StoreBatch{{}, {first}, {}, {}});
  DatabaseConnection database = must_open(address);
  const std::string row =
      "SELECT concat_ws('|', ended, starttls, alert IS NULL, jarm IS NULL) FROM scan_service"
      " WHERE name = 'Mail.example.net'";
  EXPECT_EQ(must_query(database, row), "2026-03-04 05:06:12.000443+00|imap|t|t");
  EXPECT_EQ(must_query(database, "SELECT count(*) FROM scan_service"), "2");
  later.ended += std::chrono::seconds(5);
  later.starttls = "pop3";
  writer.store(3, StoreBatch{{}, {later}, {}, {}});
  EXPECT_EQ(must_query(database, row), "2026-03-04 05:06:17.000443+00|pop3|t|t");
  // Another job finds out for itself.
  later.job = 8;
  writer.store(4, StoreBatch{{}, {later}, {}, {}});
  EXPECT_EQ(must_query(database, "SELECT count(*) FROM scan_service"), "3");
}

TEST(ScanRows, KeepsADeepLookThatIsNotRepeated) {
  const DatabaseAddress address = fresh_database();
  TestWriter writer(address);
  tls::ServiceReport report = service_report(443);
  writer.store(1, StoreBatch{{}, {report}, {}, {}});
  report.ended += std::chrono::seconds(1);
  report.jarm.clear();
  report.accepted.clear();
  report.groups = {};
  writer.store(2, StoreBatch{{}, {report}, {}, {}});
  DatabaseConnection database = must_open(address);
  EXPECT_EQ(must_query(database,
                       "SELECT concat_ws('|', ended, length(jarm), accepted, group_classic,"
                       " group_post_quantum) FROM scan_service"),
            "2026-03-04 05:06:08.000443+00|62|0303: c02f 009c; 0302: 002f|29|4588");
}

TEST(ScanRows, StoresWhatBecameOfTargets) {
  const DatabaseAddress address = fresh_database();
  TestWriter writer(address);
  StoreBatch batch;
  for (uint32_t i = 0; i < 5; ++i)
    batch.replies.push_back(target_reply(1 + i, static_cast<TargetOutcome>(i)));
  EXPECT_EQ(writer.store(1, batch).stored.scan_rows, 5u);
  DatabaseConnection database = must_open(address);
  EXPECT_EQ(must_query(database,
                       "SELECT string_agg(port || ' ' || outcome, ',' ORDER BY port) FROM"
                       " scan_target"),
            "1 open,2 closed,3 unreachable,4 silent,5 lost-locally");
  EXPECT_EQ(must_query(database,
                       "SELECT concat_ws('|', scan, sensor, server, ts, icmp_type, icmp_code,"
                       " attempt) FROM scan_target WHERE port = 3"),
            "7|tap0|2001:db8::1|2026-03-04 05:06:07.000003+00|3|13|2");
  EXPECT_EQ(must_query(database, "SELECT count(*) FROM scan_target WHERE icmp_type IS NULL"), "4");
  // A silent one that answers when it is probed again.
  flowtable::ScanReply again = target_reply(4, TargetOutcome::open);
  again.tick += std::chrono::seconds(1);
  writer.store(2, StoreBatch{{}, {}, {again, target_reply(4, TargetOutcome::closed)}, {}});
  writer.store(3, StoreBatch{{}, {}, {target_reply(4, TargetOutcome::silent)}, {}});
  EXPECT_EQ(must_query(database, "SELECT outcome FROM scan_target WHERE port = 4"), "open");
}

TEST(ScanRows, KeepsAnAuditRowPerJob) {
  const DatabaseAddress address = fresh_database();
  TestWriter writer(address);
  writer.store(1, StoreBatch{{}, {}, {}, {scan_row(7)}});
  const std::string all =
      "SELECT concat_ws('|', id, sensor, uid, who, started, ended, state, spec,"
      " encode(config_hash, 'hex'), shard, shards, targets, sent, open, closed, unreachable,"
      " silent, lost_locally, tls, certificates) FROM scan";
  DatabaseConnection database = must_open(address);
  EXPECT_EQ(must_query(database, all),
            "7|tap0|1000|ada|2026-03-04 05:06:07.000001+00|running|{\"targets\":[\"192.0.2.0/24\"]}"
            "|abcd|2|3|281474976710656|10|1|2|3|4|5|6|8");
  // Who asked for what is not said anew.
  ScanRow half = scan_row(7);
  half.state = "half";
  ScanRow over = half;
  over.state = "done";
  over.who = "eve";
  over.spec = "{}";
  over.sent = 20;
  over.ended = over.started + std::chrono::seconds(9);
  writer.store(2, StoreBatch{{}, {}, {}, {half, over}});
  EXPECT_EQ(must_query(database, all),
            "7|tap0|1000|ada|2026-03-04 05:06:07.000001+00|2026-03-04 05:06:16.000001+00|done|"
            "{\"targets\":[\"192.0.2.0/24\"]}|abcd|2|3|281474976710656|20|1|2|3|4|5|6|8");
}

// One service, three hellos, two certificates: nothing of it may meet in one row.
TEST(ScanRows, KeepsTheChainOfEachProbeApart) {
  const DatabaseAddress address = fresh_database();
  TestWriter writer(address);
  const auto rsa = certificate(1, "rsa");
  const auto ecdsa = certificate(2, "ecdsa");
  StoreBatch batch;
  batch.observations = {fetched(1, "a", {ecdsa}), fetched(2, "b", {ecdsa}),
                        fetched(3, "b-rsa", {rsa}), session(4, {ecdsa})};
  const StoreOutcome outcome = writer.store(1, batch);
  EXPECT_EQ(outcome.stored.scan_rows, 3u);
  EXPECT_EQ(outcome.stored.rows, 1u);
  writer.store(2, StoreBatch{{fetched(5, "a", {ecdsa})}, {}, {}, {}});
  DatabaseConnection database = must_open(address);
  EXPECT_EQ(must_query(database,
                       "SELECT string_agg(concat_ws(' ', source, probe, c.subject_cn, count), ','"
                       " ORDER BY source, probe) FROM sighting s JOIN certificate_chain k ON"
                       " k.id = s.chain JOIN certificate c ON c.sha256 = k.certificates[1]"),
            "active a ecdsa 2,active b ecdsa 1,active b-rsa rsa 1,passive  ecdsa 1");
}

// Names and codes are the servers' and the peers'.
TEST(ScanRows, TakesHostileValues) {
  const DatabaseAddress address = fresh_database();
  TestWriter writer(address);
  tls::ServiceReport hostile = service_report(25);
  hostile.name = std::string("a\0b", 3);
  hostile.code = std::string("\0\xff", 2) + std::string(100'000, 'x');
  hostile.step = "\x1b[2J";
  tls::ServiceReport alike = hostile;
  alike.name = "a\\x00b";
  const StoreOutcome outcome = writer.store(1, StoreBatch{{}, {hostile, alike}, {}, {}});
  EXPECT_EQ(outcome.stored.scan_rows, 2u);
  EXPECT_EQ(outcome.refused.scan_rows, 0u);
  DatabaseConnection database = must_open(address);
  EXPECT_EQ(must_query(database, "SELECT step || length(code) FROM scan_service"),
            "\\x1b[2J100008");
}

TEST(ScanRows, LeavesOutWhatTheServerRefuses) {
  const DatabaseAddress address = fresh_database();
  DatabaseConnection database = must_open(address);
  for (const char* table : {"scan_service", "scan_target"}) {
    must_query(database,
               "ALTER TABLE " + std::string(table) + " ADD CONSTRAINT no_666 CHECK (port <> 666)");
  }
  must_query(database, "ALTER TABLE scan ADD CONSTRAINT no_666 CHECK (id <> 666)");
  std::vector<std::string> log;
  TestWriter writer(address, 1, &log);
  StoreBatch batch;
  for (uint32_t port = 660; port < 670; ++port) {
    batch.observations.push_back(fetched(port, "a", {}));
    batch.reports.push_back(service_report(port));
    batch.replies.push_back(target_reply(port, TargetOutcome::closed));
    batch.scans.push_back(scan_row(port));
  }
  const StoreOutcome outcome = writer.store(1, batch);
  EXPECT_EQ(outcome.stored.scan_rows, 28u);
  EXPECT_EQ(outcome.refused.scan_rows, 2u);
  EXPECT_EQ(outcome.refused.audit_rows, 1u);
  EXPECT_EQ(must_query(database,
                       "SELECT (SELECT count(*) FROM scan_service) || '|' || (SELECT count(*) FROM"
                       " scan_target) || '|' || (SELECT count(*) FROM scan) || '|' || (SELECT"
                       " count(*) FROM session)"),
            "9|9|9|10");
  EXPECT_EQ(log.size(), 3u);
  EXPECT_TRUE(writer.store(1, batch).stored_before);
}

}  // namespace
}  // namespace control::tests
