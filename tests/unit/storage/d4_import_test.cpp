// SPDX-License-Identifier: Apache-2.0
// A database as a D4 passive SSL analyzer leaves it, and what becomes of it.
#include "control/storage/d4/d4_import.hpp"

#include "control/storage/d4/d4_files.hpp"
#include "control/storage/stored_text.hpp"
#include "tests/support/certificate_builder.hpp"
#include "tests/unit/storage/test_cluster.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

namespace control::tests {
namespace {

// Our own words for the analyzer's tables; its functions are left out.
constexpr const char* kTables =
    "CREATE EXTENSION ltree;"
    "CREATE TABLE ja3 (hash bytea PRIMARY KEY, raw text, type varchar(16));"
    "CREATE TABLE \"sessionRecord\" (id bigserial PRIMARY KEY, dst_ip inet NOT NULL,"
    " src_ip inet NOT NULL, dst_port int NOT NULL, src_port int NOT NULL,"
    " hash_ja3 bytea NOT NULL REFERENCES ja3, \"timestamp\" timestamptz(0));"
    "CREATE TABLE certificate (hash bytea PRIMARY KEY, issuer text, subject text, cert_chain ltree,"
    " \"is_CA\" bool NOT NULL DEFAULT false, \"is_SS\" bool NOT NULL DEFAULT false,"
    " is_valid_chain bool NOT NULL DEFAULT false, \"notBefore\" time, fs_type smallint,"
    " mounted_path varchar(4096), atrest_path varchar(4096));"
    "CREATE TABLE public_key (hash bytea PRIMARY KEY, type text, modulus text, exponent int,"
    " modulus_size int, bitsize int, curve_name varchar(256));"
    "CREATE TABLE fuzzy_hash (id bigserial PRIMARY KEY, type text, value text,"
    " \"id_sessionRecord\" bigint REFERENCES \"sessionRecord\");"
    "CREATE TABLE many_certificate_has_many_public_key (hash_certificate bytea REFERENCES"
    " certificate, hash_public_key bytea REFERENCES public_key,"
    " PRIMARY KEY (hash_certificate, hash_public_key));"
    "CREATE TABLE \"many_sessionRecord_has_many_certificate\" (\"id_sessionRecord\" bigint"
    " REFERENCES \"sessionRecord\", hash_certificate bytea REFERENCES certificate,"
    " PRIMARY KEY (\"id_sessionRecord\", hash_certificate));";

constexpr int kSessions = 1000;
constexpr const char* kTlsh =
    "69d02b116ac92610e45f64450281a2451e3710fcb92841dc65d19a9168a2264c41db01";

// Not counted among those that write.
std::string url_of(const DatabaseAddress& address) {
  return "postgresql:///" + address.database + "?host=" + address.socket_dir +
         "&port=5432&user=tapseal";
}

std::string sha1_hex(const std::vector<uint8_t>& der) {
  return hex_text(tls::sha1(der).value());
}

DatabaseAddress fresh_source() {
  static int number = 0;
  DatabaseAddress address = shared_cluster().address();
  DatabaseConnection first = must_open(address);
  address.database = "passivessl" + std::to_string(++number);
  must_query(first, "CREATE DATABASE " + address.database);
  return address;
}

class D4 : public testing::Test {
 protected:
  // Leaf and issuer as files, one more in an archive, one whose file is nowhere.
  void fill(bool ascii_hex = true) {
    for (int i = 0; i < 4; ++i) {
      ::tests::CertificateRecipe recipe;
      recipe.common_name = "d4-" + std::to_string(i) + ".example";
      recipe.serial = {static_cast<uint8_t>(i + 1)};
      certificates_.push_back(::tests::make_certificate(recipe));
    }
    must_query_all(kTables);
    const auto hash = [&](const std::string& hex) {
      return ascii_hex ? hex : "\\x" + hex;  // as escaped bytea, and as bytes
    };
    write(0, directory_.path() / "0.crt");
    write(1, directory_.path() / "1.crt");
    std::filesystem::create_directory(directory_.path() / "packed");
    write(2, directory_.path() / "packed/2.crt");
    const std::string tar = "tar -C " + directory_.path().string() + " -czf " +
                            (directory_.path() / "certs.tar.gz").string() + " packed && rm -r " +
                            (directory_.path() / "packed").string();
    ASSERT_EQ(std::system(tar.c_str()), 0);
    const std::string paths[] = {(directory_.path() / "0.crt").string(),
                                 (directory_.path() / "1.crt").string(),
                                 (directory_.path() / "certs.tar.gz").string(), "/nowhere/3.crt"};
    must_query(source_,
               "INSERT INTO ja3 SELECT CASE WHEN $1 = 't' THEN"
               " md5(n::text)::bytea ELSE decode(md5(n::text), 'hex') END, n || ',4865',"
               " CASE n WHEN 7 THEN 'ja3s' ELSE 'ja3' END FROM generate_series(0, 7) AS n",
               {ascii_hex ? "t" : "f"});
    for (size_t i = 0; i < certificates_.size(); ++i) {
      // Two chains of two, with 1 as the root of 0 and of 2.
      const std::string own = sha1_hex(certificates_[i].der);
      const std::string chain = i == 1 ? own : sha1_hex(certificates_[1].der) + "." + own;
      must_query(source_,
                 "INSERT INTO certificate (hash, subject, cert_chain, atrest_path)"
                 " VALUES ($1::bytea, $2, $3::ltree, $4)",
                 {hash(own), "CN=d4-" + std::to_string(i), chain, paths[i]});
      const std::string key = hex_text(tls::sha256(certificates_[i].spki));
      must_query(source_,
                 "INSERT INTO public_key VALUES ($1::bytea, 'ECDSA', NULL, NULL, NULL, 256,"
                 " 'P-256')",
                 {hash(key)});
      must_query(source_,
                 "INSERT INTO many_certificate_has_many_public_key VALUES ($1::bytea,"
                 " $2::bytea)",
                 {hash(own), hash(key)});
    }
    must_query(source_,
               "INSERT INTO \"sessionRecord\" (dst_ip, src_ip, dst_port, src_port, hash_ja3,"
               " \"timestamp\") SELECT ('192.0.2.' || n % 5)::inet, ('198.51.100.' || n % 7)::inet,"
               " 443, 1024 + n, (SELECT hash FROM ja3 WHERE raw = n % 6 || ',4865'),"
               " '2019-11-20 12:00:00+00'::timestamptz + n * interval '10 minutes'"
               " FROM generate_series(1, $1::int) AS n",
               {std::to_string(kSessions)});
    must_query(source_,
               "INSERT INTO fuzzy_hash (type, value, \"id_sessionRecord\") SELECT 'TLSH',"
               " CASE WHEN id % 10 = 0 THEN '' ELSE $1 END, id FROM \"sessionRecord\"",
               {kTlsh});
    // By the server: 0 and 1, 2 and 1, 3 and 1 (lost), 1 alone, none.
    for (const auto& [server, leaf] : {std::pair{0, 0}, {1, 2}, {2, 3}, {3, 1}}) {
      for (const int shown : {leaf, 1}) {
        must_query(source_,
                   "INSERT INTO \"many_sessionRecord_has_many_certificate\" SELECT id, $1::bytea"
                   " FROM \"sessionRecord\" WHERE dst_ip = ('192.0.2.' || $2::text)::inet"
                   " ON CONFLICT DO NOTHING",
                   {hash(sha1_hex(certificates_[static_cast<size_t>(shown)].der)),
                    std::to_string(server)});
      }
    }
  }

  void must_query_all(const char* script) {
    const auto done = source_.run_script(script);
    ASSERT_TRUE(done.ok()) << done.error().message;
  }
  void write(size_t certificate, const std::filesystem::path& path) {
    const auto& der = certificates_[certificate].der;
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(der.data()), static_cast<std::streamsize>(der.size()));
  }
  [[nodiscard]] D4ImportOptions options(size_t batch_rows = 100) const {
    return {.source = url_of(source_address_), .memory = memory_address_, .batch_rows = batch_rows};
  }
  D4ImportSums must_import(const D4ImportOptions& options) {
    const auto sums = import_d4(options);
    EXPECT_TRUE(sums.ok()) << (sums.ok() ? "" : sums.error().message);
    return sums.ok() ? sums.value() : D4ImportSums{};
  }
  std::string ours(const std::string& sql) { return must_query(memory_, sql); }
  std::string theirs(const std::string& sql) { return must_query(source_, sql); }

  // Against direct SQL over the source.
  void expect_all_there() {
    const std::string sessions = "SELECT count(*) || ' ' || md5(string_agg(concat_ws('|', ";
    EXPECT_EQ(ours(sessions + "extract(epoch FROM ts)::bigint, src, sport, dst, dport,"
                              " encode(ja3, 'hex'), encode(tlsh, 'hex')), E'\\n' ORDER BY ts))"
                              " FROM session WHERE source = 'imported'"),
              theirs(sessions +
                     "extract(epoch FROM s.timestamp)::bigint, src_ip, src_port, dst_ip, dst_port,"
                     " CASE length(hash_ja3) WHEN 32 THEN encode(hash_ja3, 'escape') ELSE"
                     " encode(hash_ja3, 'hex') END, nullif(f.value, '')), E'\\n' ORDER BY"
                     " s.timestamp)) FROM \"sessionRecord\" s JOIN fuzzy_hash f ON"
                     " f.\"id_sessionRecord\" = s.id"));
    EXPECT_EQ(ours("SELECT sum(count) || ' ' || min(first_seen) || ' ' || max(last_seen) FROM"
                   " sighting WHERE source = 'imported'"),
              theirs("SELECT count(*) || ' ' || min(timestamp) || ' ' || max(timestamp) FROM"
                     " \"sessionRecord\""));
    EXPECT_EQ(ours("SELECT count(*) || ' ' || sum(count) FROM client_sighting WHERE ja3 <> ''"),
              theirs("SELECT count(DISTINCT (dst_ip, src_ip, hash_ja3)) || ' ' || count(*) FROM"
                     " \"sessionRecord\""));
    EXPECT_EQ(ours("SELECT count(*) FROM service"),
              theirs("SELECT count(DISTINCT (dst_ip, dst_port)) FROM \"sessionRecord\""));
    EXPECT_EQ(ours("SELECT string_agg(method || raw, ' ' ORDER BY raw) FROM fingerprint"),
              theirs("SELECT string_agg(type || raw, ' ' ORDER BY raw) FROM ja3"));
    EXPECT_EQ(ours("SELECT count(*) FROM certificate"), "3");
    EXPECT_EQ(ours("SELECT count(*) FROM certificate WHERE sha256(der) = sha256"), "3");
    EXPECT_EQ(ours("SELECT count(*) FROM public_key WHERE bits = 256 AND algorithm = 'EC'"), "4");
    EXPECT_EQ(ours("SELECT sensor FROM ingest_cursor"), "d4:" + source_address_.database);
    EXPECT_EQ(ours("SELECT max(seq) FROM ingest_cursor"), std::to_string(kSessions));
  }

  DatabaseAddress memory_address_ = fresh_database();
  DatabaseAddress source_address_ = fresh_source();
  TestDirectory directory_;
  DatabaseConnection memory_ = must_open(memory_address_);
  DatabaseConnection source_ = must_open(source_address_);
  std::vector<::tests::MadeCertificate> certificates_;
};

TEST_F(D4, BringsEverythingOver) {
  fill();
  const D4ImportSums sums = must_import(options());
  EXPECT_EQ(sums.sessions, static_cast<uint64_t>(kSessions));
  EXPECT_EQ(sums.sessions_refused, 0U);
  EXPECT_EQ(sums.certificates, 3U);
  EXPECT_EQ(sums.certificates_lost, 1U);
  EXPECT_EQ(sums.chains_incomplete, static_cast<uint64_t>(kSessions / 5));
  EXPECT_EQ(sums.oldest, "2019-11-20");
  ASSERT_EQ(sums.problems.size(), 1U);
  EXPECT_NE(sums.problems[0].find("(CN=d4-3): its file is not readable here"), std::string::npos)
      << sums.problems[0];
  expect_all_there();
  // In the order of the wire: the server's own first.
  EXPECT_EQ(ours("SELECT encode(c.sha1, 'hex') FROM sighting s JOIN certificate_chain h ON h.id ="
                 " s.chain JOIN certificate c ON c.sha256 = h.certificates[1] WHERE s.server ="
                 " '192.0.2.1'"),
            sha1_hex(certificates_[2].der));
  EXPECT_EQ(ours("SELECT array_length(certificates, 1) FROM sighting JOIN certificate_chain h ON"
                 " h.id = chain WHERE server = '192.0.2.0'"),
            "2");
  // Days of their own, and a certificate's time that of its sessions.
  EXPECT_EQ(ours("SELECT count(*) FROM session_20191122"), "144");
  EXPECT_EQ(ours("SELECT count(*) FROM session_default"), "0");
  EXPECT_EQ(ours("SELECT max(last_seen) < '2020-01-01' FROM certificate"), "t");
}

TEST_F(D4, ReadsDigestsThatAreBytes) {
  fill(false);
  EXPECT_EQ(must_import(options()).sessions, static_cast<uint64_t>(kSessions));
  expect_all_there();
}

TEST_F(D4, StoresEachSessionOnceHoweverOften) {
  fill();
  must_import(options());
  const D4ImportSums again = must_import(options(77));
  EXPECT_EQ(again.sessions, 0U);
  EXPECT_EQ(again.sessions_before, static_cast<uint64_t>(kSessions));
  expect_all_there();
  // What came in meanwhile.
  must_query(source_,
             "INSERT INTO \"sessionRecord\" (dst_ip, src_ip, dst_port, src_port, hash_ja3,"
             " timestamp) SELECT '192.0.2.9', '198.51.100.1', 443, 1, hash,"
             " '2020-01-01' FROM ja3 LIMIT 1");
  EXPECT_EQ(must_import(options()).sessions, 1U);
}

// kill -9 in the middle of a transaction, at several places.
TEST_F(D4, GoesOnAfterItWasKilled) {
  fill();
  for (const int survived : {0, 3, 2}) {
    const pid_t child = fork();
    if (child == 0) {
      D4ImportOptions doomed = options(90);
      int batches = 0;
      doomed.before_commit = [&batches, survived] {
        if (batches++ == survived) kill(getpid(), SIGKILL);
      };
      (void)import_d4(doomed);
      _exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
  }
  EXPECT_EQ(ours("SELECT max(seq) FROM ingest_cursor"), "450");
  EXPECT_EQ(ours("SELECT count(*) FROM session"), "450");
  const D4ImportSums rest = must_import(options());
  EXPECT_EQ(rest.sessions_before, 450U);
  EXPECT_EQ(rest.sessions, 550U);
  expect_all_there();
}

TEST_F(D4, FindsFilesInOneMoreFolder) {
  fill();
  const std::string lost = sha1_hex(certificates_[3].der);
  const auto folder = directory_.path() / "more";
  std::filesystem::create_directory(folder);
  // Something else under its name is not taken for it.
  write(0, folder / (lost + ".crt"));
  D4ImportOptions with_folder = options();
  with_folder.folder = folder.string();
  EXPECT_EQ(must_import(with_folder).certificates_lost, 1U);
  write(3, folder / (lost + ".crt"));
  EXPECT_EQ(must_import(with_folder).certificates_lost, 0U);
  EXPECT_EQ(ours("SELECT count(*) FROM certificate"), "4");
}

// The form of 2019: one table of the sensor's records, certificates inside.
TEST_F(D4, BringsJsonRecordsOver) {
  must_query_all("CREATE TABLE sessions (data jsonb, id serial)");
  const auto made = ::tests::make_certificate({});
  must_query(source_,
             "INSERT INTO sessions (data) SELECT jsonb_build_object('ServerIP', '2001:db8::' || n,"
             " 'ServerPort', '4433', 'ClientIP', '192.0.2.7', 'ClientPort', '54524', 'TLSH',"
             " $1::text,"
             " 'Timestamp', '2019-11-22T10:52:32.7227Z', 'JA3', '771,1', 'JA3Digest', md5('771,1'),"
             " 'JA3S', '771,2', 'JA3SDigest', md5('771,2'), 'Certificates', CASE WHEN n < 3 THEN"
             " jsonb_build_array(jsonb_build_object('Raw', encode($2::bytea, 'base64'))) ELSE"
             " 'null'::jsonb END) FROM generate_series(1, 4) AS n",
             {kTlsh, "\\x" + hex_text(made.der)});
  // What a sensor never wrote: named, and the rest taken.
  must_query(source_,
             "INSERT INTO sessions (data) VALUES ('{\"ServerIP\": \"nonsense\"}'), ('[]'),"
             " ('{\"ServerIP\": \"::1\", \"ServerPort\": \"1\", \"ClientIP\": \"::1\","
             " \"ClientPort\": \"1\", \"Timestamp\": \"2019-13-45T00:00:00Z\"}')");
  const D4ImportSums sums = must_import(options());
  EXPECT_EQ(sums.sessions, 4U);
  EXPECT_EQ(sums.sessions_refused, 3U);
  EXPECT_EQ(sums.problems.size(), 3U);
  EXPECT_EQ(ours("SELECT count(*) FROM session WHERE chain IS NOT NULL AND ja3s IS NOT NULL AND"
                 " ts = '2019-11-22 10:52:32.7227+00'"),
            "2");
  EXPECT_EQ(ours("SELECT der FROM certificate"), "\\x" + hex_text(made.der));
  EXPECT_EQ(ours("SELECT count(*) FROM service_fingerprint WHERE method = 'ja3s'"), "4");
  EXPECT_EQ(must_import(options()).sessions, 0U);
}

TEST_F(D4, RefusesWhatIsNoD4Database) {
  const auto refused = import_d4(options());
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("no database of a D4"), std::string::npos);
  D4ImportOptions away = options();
  away.source = "postgresql:///absent?host=" + source_address_.socket_dir;
  EXPECT_FALSE(import_d4(away).ok());
}

TEST(D4Digest, TakesHexTextAndBytes) {
  EXPECT_EQ(d4_digest("38373161", 2), "871a");  // ASCII hex text, as the analyzer inserts it
  EXPECT_EQ(d4_digest("871A", 2), "871a");      // the bytes themselves
  EXPECT_EQ(d4_digest("38373167", 2), "");      // "871g"
  EXPECT_EQ(d4_digest("383731", 2), "");
  EXPECT_EQ(d4_digest("", 2), "");
}

}  // namespace
}  // namespace control::tests
