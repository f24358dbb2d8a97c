// SPDX-License-Identifier: Apache-2.0
// The expected bytes are the server's own: COPY … TO of the same values.
#include "control/storage/copy_encoder.hpp"

#include "control/storage/stored_text.hpp"
#include "tests/unit/storage/observations.hpp"
#include "tests/unit/storage/test_cluster.hpp"

#include <gtest/gtest.h>

namespace control::tests {
namespace {

using flowtable::tick_from_ns;

std::string from_server(const std::string& values) {
  DatabaseConnection database = must_open(shared_cluster().address());
  const auto bytes = database.copy_out("COPY (SELECT " + values + ") TO STDOUT (FORMAT binary)");
  EXPECT_TRUE(bytes.ok()) << values << ": " << bytes.error().message;
  return bytes ? bytes.value() : std::string();
}

template <typename Put>
std::string encoded(int16_t num_fields, Put put) {
  CopyEncoder encoder;
  encoder.begin();
  encoder.row(num_fields);
  put(encoder);
  encoder.end();
  return std::string(encoder.bytes());
}

std::string hex(const std::string& bytes) {
  return hex_text(std::vector<uint8_t>(bytes.begin(), bytes.end()));
}

TEST(CopyEncoder, WritesNumbersLikeTheServer) {
  EXPECT_EQ(hex(encoded(8,
                        [](CopyEncoder& out) {
                          out.null();
                          out.boolean(true);
                          out.boolean(false);
                          out.int2(-2);
                          out.int4(65'535);
                          out.int4(-1);
                          out.int8(4'294'967'296);
                          out.int8(-5);
                        })),
            hex(from_server("NULL::int, true, false, (-2)::int2, 65535::int4, (-1)::int4,"
                            " 4294967296::int8, (-5)::int8")));
}

TEST(CopyEncoder, WritesTextAndBytesLikeTheServer) {
  const std::vector<uint8_t> bytes = {0, 1, 0xfe, 0xff};
  EXPECT_EQ(hex(encoded(5,
                        [&](CopyEncoder& out) {
                          out.text("b\u00fccher");
                          out.text(std::string_view("a\0\xff", 3));
                          out.text("");
                          out.bytea(bytes);
                          out.bytea({});
                        })),
            hex(from_server("'b\u00fccher'::text, 'a\\x00\\xff'::text, ''::text,"
                            " '\\x0001feff'::bytea, ''::bytea")));
}

TEST(CopyEncoder, WritesAddressesLikeTheServer) {
  EXPECT_EQ(hex(encoded(3,
                        [](CopyEncoder& out) {
                          out.inet(endpoint("192.0.2.254", 0).address);
                          out.inet(endpoint("2001:db8::1:ff", 0).address);
                          out.inet(endpoint("::", 0).address);
                        })),
            hex(from_server("'192.0.2.254'::inet, '2001:db8::1:ff'::inet, '::'::inet")));
}

TEST(CopyEncoder, WritesTimesLikeTheServer) {
  EXPECT_EQ(hex(encoded(5,
                        [](CopyEncoder& out) {
                          out.timestamptz(tick_from_ns(0));
                          out.timestamptz(tick_from_ns(kNoon * 1'000'000'000 + 123'456'789));
                          out.timestamptz(tick_from_ns(-1));
                          out.timestamptz(tick_from_ns(std::numeric_limits<int64_t>::max()));
                          out.timestamptz(tick_from_ns(std::numeric_limits<int64_t>::min()));
                        })),
            hex(from_server("'1970-01-01 00:00:00+00'::timestamptz,"
                            " '2026-03-04 05:06:07.123456+00'::timestamptz,"
                            " '1969-12-31 23:59:59.999999+00'::timestamptz,"
                            " '2262-04-11 23:47:16.854775+00'::timestamptz,"
                            " '1677-09-21 00:12:43.145224+00'::timestamptz")));
}

// X.509 dates: 1950 (the first of UTCTime), 9999 (RFC 5280: no expiry), and what no date can be.
TEST(CopyEncoder, WritesValidityDatesLikeTheServer) {
  EXPECT_EQ(hex(encoded(7,
                        [](CopyEncoder& out) {
                          out.timestamptz_seconds(-631'152'000);
                          out.timestamptz_seconds(253'402'300'799);
                          out.timestamptz_seconds(-62'167'219'200);
                          out.timestamptz_seconds(-210'866'803'200);
                          out.timestamptz_seconds(-210'866'803'201);
                          out.timestamptz_seconds(9'224'318'015'999);
                          out.timestamptz_seconds(9'224'318'016'000);
                        })),
            hex(from_server("'1950-01-01 00:00:00+00'::timestamptz,"
                            " '9999-12-31 23:59:59+00'::timestamptz,"
                            " '0001-01-01 00:00:00+00 BC'::timestamptz,"
                            " '4714-11-24 00:00:00+00 BC'::timestamptz,"
                            " '-infinity'::timestamptz,"
                            " '294276-12-31 23:59:59+00'::timestamptz,"
                            " 'infinity'::timestamptz")));
}

TEST(CopyEncoder, WritesArraysLikeTheServer) {
  const std::vector<std::string> words = {"h2", "", "http/1.1"};
  const std::vector<uint16_t> numbers = {0x0304, 0xffff};
  const std::vector<tls::Sha256> digests = {tls::Sha256{1}, tls::Sha256{2}};
  const std::string zeros(62, '0');
  EXPECT_EQ(hex(encoded(4,
                        [&](CopyEncoder& out) {
                          out.text_array(words);
                          out.text_array({});
                          out.int4_array(numbers);
                          out.bytea_array(digests);
                        })),
            hex(from_server("ARRAY['h2', '', 'http/1.1']::text[], '{}'::text[],"
                            " ARRAY[772, 65535]::int4[], ARRAY['\\x01" +
                            zeros + "', '\\x02" + zeros + "']::bytea[]")));
}

}  // namespace
}  // namespace control::tests
