// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/pipeline_stages.hpp"

#include "control/export/native_record.hpp"
#include "tls/digest/openssl_ptr.hpp"
#include "tls/pipeline/certificate_cache.hpp"
#include "tls/pipeline/session_parser.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstring>
#include <functional>
#include <string>

namespace bench {
namespace {

using flowtable::Bytes;

// Of one of `units` that each of many laps does.
Taken lap_of(size_t units, const std::function<void()>& lap) {
  constexpr double kSeconds = 0.4;
  lap();
  size_t laps = 0;
  const Stopwatch watch;
  do {
    lap();
    ++laps;
  } while (watch.taken().seconds < kSeconds);
  const Taken taken = watch.taken();
  const auto done = static_cast<double>(laps * units);
  return {taken.seconds / done, taken.ticks / done};
}

// A digest as cheap as OpenSSL's EVP interface has it: fetched once, one context.
class Digest {
 public:
  explicit Digest(const char* name) : algorithm_(EVP_MD_fetch(nullptr, name, nullptr)) {}
  void of(Bytes bytes) {
    uint8_t out[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr);
    EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
    EVP_DigestFinal_ex(context_.get(), out, &length);
    use(out);
  }

 private:
  tls::EvpMdPtr algorithm_;
  tls::EvpMdCtxPtr context_{EVP_MD_CTX_new()};
};

std::vector<Bytes> ders_of(const std::vector<Recorded>& recorded) {
  std::vector<Bytes> out;
  for (const Recorded& each : recorded)
    out.insert(out.end(), each.ders.begin(), each.ders.end());
  return out;
}

void print_us(std::string_view case_name, std::string_view subject, std::string_view unit,
              const Taken& one) {
  print({case_name, subject, unit, one.seconds * 1e6, one.ticks, true});
}

tls::RecordBatch observations_of(const std::vector<Recorded>& recorded) {
  flowtable::CapturePool pool({.captures_max = 64});
  tls::SessionParser parser;
  tls::CertificateCache certificates(1024);
  tls::RecordBatch out;
  for (const Recorded& each : recorded) {
    flowtable::HandshakeCapture* const capture = put(pool, each);
    tls::ParsedSession session = parser.parse(*capture);
    for (const Bytes der : session.certs)
      session.observation.certs.push_back(certificates.find_or_parse(der).certificate);
    out.push_back(std::move(session.observation));
    pool.release(*capture);
  }
  return out;
}

// JA3 and JA3S; the two parts of JA4, of JA4 in wire order, and JA4S.
void hash_fingerprints(const tls::Observation& seen, Digest& md5, Digest& sha256) {
  md5.of(tls::bytes_of(seen.hello->ja3.raw));
  md5.of(tls::bytes_of(seen.answer->ja3s.raw));
  for (const std::string* raw : {&seen.hello->ja4.raw, &seen.hello->ja4_original.raw}) {
    const Bytes all = tls::bytes_of(*raw);
    sha256.of(all.first(all.size() / 2));
    sha256.of(all.subspan(all.size() / 2));
  }
  if (seen.answer->ja4s) sha256.of(tls::bytes_of(seen.answer->ja4s->raw));
}

void measure_parsing(const std::vector<Recorded>& recorded, const Wanted& wanted) {
  constexpr std::string_view kCase = "stage: parse and fingerprint";
  if (!wanted.wants(kCase)) return;
  flowtable::CapturePool pool({.captures_max = 64});
  std::vector<flowtable::HandshakeCapture*> captures;
  for (const Recorded& each : recorded)
    captures.push_back(put(pool, each));
  tls::SessionParser parser;
  print_us(kCase, "tapseal", "us/session", lap_of(captures.size(), [&] {
             for (const flowtable::HandshakeCapture* capture : captures)
               use(parser.parse(*capture).is_tls);
           }));
  Digest md5("MD5");
  Digest sha256("SHA256");
  const tls::RecordBatch seen = observations_of(recorded);
  print_us(kCase, "MD5 and SHA-256 of its fingerprints", "us/session", lap_of(seen.size(), [&] {
             for (const tls::Observation& each : seen)
               hash_fingerprints(each, md5, sha256);
           }));
}

void measure_certificates(const std::vector<Recorded>& recorded, const Wanted& wanted) {
  constexpr std::string_view kKnown = "stage: known certificate";
  constexpr std::string_view kParsed = "stage: new certificate";
  const std::vector<Bytes> ders = ders_of(recorded);
  Digest sha256("SHA256");
  const auto hash_all = [&] {
    for (const Bytes der : ders)
      sha256.of(der);
  };
  if (wanted.wants(kKnown)) {
    tls::CertificateCache cache(1024);
    print_us(kKnown, "tapseal", "us/certificate", lap_of(ders.size(), [&] {
               for (const Bytes der : ders)
                 use(cache.find_or_parse(der).is_new);
             }));
    print_us(kKnown, "SHA-256", "us/certificate", lap_of(ders.size(), hash_all));
  }
  if (!wanted.wants(kParsed)) return;
  print_us(kParsed, "tapseal", "us/certificate", lap_of(ders.size(), [&] {
             tls::CertificateCache empty(64);
             for (const Bytes der : ders)
               use(empty.find_or_parse(der).is_new);
           }));
  print_us(kParsed, "d2i_X509", "us/certificate", lap_of(ders.size(), [&] {
             for (const Bytes der : ders) {
               const uint8_t* at = der.data();
               X509_free(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
             }
           }));
  print_us(kParsed, "SHA-256", "us/certificate", lap_of(ders.size(), hash_all));
}

void measure_lines(const std::vector<Recorded>& recorded, const Wanted& wanted) {
  constexpr std::string_view kCase = "stage: JSON line";
  if (!wanted.wants(kCase)) return;
  const tls::RecordBatch seen = observations_of(recorded);
  std::string out;
  control::RecordMemo memo;
  print_us(kCase, "tapseal", "us/session", lap_of(seen.size(), [&] {
             out.clear();
             for (const tls::Observation& each : seen)
               control::append_native_record(out, {each, "bench", &memo});
             use(out.data());
           }));
  std::string copy(out.size(), 0);
  print_us(kCase, "copy of its bytes", "us/session", lap_of(seen.size(), [&] {
             std::memcpy(copy.data(), out.data(), out.size());
             use(copy.data());
           }));
}

}  // namespace

void print_limits(std::string_view case_name, const std::vector<Recorded>& recorded,
                  Leaves leaves) {
  Digest md5("MD5");
  Digest sha256("SHA256");
  const tls::RecordBatch seen = observations_of(recorded);
  print_us(case_name, "MD5 and SHA-256 of the same", "us/session", lap_of(seen.size(), [&] {
             for (size_t i = 0; i < seen.size(); ++i) {
               hash_fingerprints(seen[i], md5, sha256);
               for (const auto& der : recorded[i].ders)
                 sha256.of(der);
             }
           }));
  if (leaves == Leaves::known) return;
  print_us(case_name, "d2i_X509 of its leaf", "us/session", lap_of(seen.size(), [&] {
             for (const Recorded& each : recorded) {
               const uint8_t* at = each.ders[0].data();
               X509_free(d2i_X509(nullptr, &at, static_cast<long>(each.ders[0].size())));
             }
           }));
}

void measure_stages(const std::vector<Recorded>& recorded, const Wanted& wanted) {
  measure_parsing(recorded, wanted);
  measure_certificates(recorded, wanted);
  measure_lines(recorded, wanted);
}

}  // namespace bench
