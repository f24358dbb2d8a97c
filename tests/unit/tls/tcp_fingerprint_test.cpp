// SPDX-License-Identifier: Apache-2.0
// JA4T, JA4TS, JA4L and JA4LS, against published values.
#include "tests/support/hello_builder.hpp"
#include "tls/fingerprint/foxio_methods.hpp"
#include "tls/fingerprint/method.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tls {
namespace {

using tests::ByteVector;
using tests::ByteWriter;

class TcpFingerprint : public testing::Test {
 protected:
  void SetUp() override {
    if (find_method("ja4t") == nullptr) GTEST_SKIP() << "built without the option foxio";
  }
};

// Options of these kinds as they are sent.
ByteVector options(const std::vector<uint8_t>& kinds, uint16_t mss = 0, uint8_t scale = 0) {
  ByteWriter out;
  for (const uint8_t kind : kinds) {
    out.u8(kind);
    if (kind == 2) out.u8(4).u16(mss);
    if (kind == 3) out.u8(3).u8(scale);
    if (kind == 4) out.u8(2);
    if (kind == 8) out.u8(10).bytes(ByteVector{0, 0, 0, 3, 3, 3, 8, 2});
  }
  return out.out();
}

std::string ja4t(uint16_t window, const ByteVector& options, const ByteVector& repeats = {}) {
  const std::optional<Fingerprint> got = ja4t_of({window, options, repeats});
  EXPECT_TRUE(got);
  if (!got) return {};
  EXPECT_EQ(got->raw, got->hash);
  return got->hash;
}
std::string ja4ts(uint16_t window, const ByteVector& options, const ByteVector& repeats = {}) {
  const std::optional<Fingerprint> got = ja4ts_of({window, options, repeats});
  EXPECT_TRUE(got);
  if (!got) return {};
  EXPECT_EQ(got->raw, got->hash);
  return got->hash;
}

// JA4T.md's tables, and what FoxIO's own programs say of captures.
TEST_F(TcpFingerprint, Ja4tHasThePublishedValues) {
  EXPECT_EQ(ja4t(64240, options({2, 1, 3, 1, 1, 4}, 1460, 8)), "64240_2-1-3-1-1-4_1460_8");
  EXPECT_EQ(ja4t(62727, options({2, 4, 8, 1, 3}, 8961, 7)), "62727_2-4-8-1-3_8961_7");
  EXPECT_EQ(ja4t(65535, options({2, 1, 3, 1, 1, 8, 4, 0, 0}, 1346, 6)),
            "65535_2-1-3-1-1-8-4-0-0_1346_6");
  EXPECT_EQ(ja4t(1024, options({2}, 1460)), "1024_2_1460_00");
  EXPECT_EQ(ja4t(65535, {}), "65535_00_00_00");
}

TEST_F(TcpFingerprint, Ja4tsHasThePublishedValues) {
  EXPECT_EQ(ja4ts(15500, {}), "15500_00_00_00");
  EXPECT_EQ(ja4ts(26883, options({2}, 1460)), "26883_2_1460_00");
  EXPECT_EQ(ja4ts(26847, options({2, 4, 8, 1, 3}, 1460, 7)), "26847_2-4-8-1-3_1460_7");
  EXPECT_EQ(ja4ts(62727, options({2}, 8961), {1, 2, 4, 8, 16}), "62727_2_8961_00_1-2-4-8-16");
  EXPECT_EQ(ja4ts(62727, options({2}, 8961), {1}), "62727_2_8961_00_1");
}

// Only JA4TS has a fifth part.
TEST_F(TcpFingerprint, Ja4tDoesNotTellOfRepeats) {
  EXPECT_EQ(ja4t(1024, options({2}, 1460), {1, 2}), "1024_2_1460_00");
}

// Where FoxIO's programs differ among each other, README.md of tls/fingerprint/foxio says which one
// is followed.
TEST_F(TcpFingerprint, OptionsThatAreOdd) {
  EXPECT_EQ(ja4t(1, options({2, 3}, 0, 0)), "1_2-3_00_00") << "zero counts as absent";
  const ByteVector twice = {2, 4, 1, 0, 3, 3, 5, 2, 4, 2, 0, 3, 3, 6};
  EXPECT_EQ(ja4t(1, twice), "1_2-3-2-3_512_6") << "the last one counts";
  EXPECT_EQ(ja4t(1, {254, 4, 1, 2, 4, 2}), "1_254-4_00_00") << "unknown ones are stepped over";
  EXPECT_EQ(ja4t(1, {2, 3, 5, 3, 4, 1, 1}), "1_2-3_00_00") << "a value of another size is none";
}

TEST_F(TcpFingerprint, OptionsThatBreakEndTheList) {
  EXPECT_EQ(ja4t(1, {4, 2, 2}), "1_4-2_00_00") << "no length";
  EXPECT_EQ(ja4t(1, {4, 2, 2, 4, 5}), "1_4-2_00_00") << "less than its length";
  EXPECT_EQ(ja4t(1, {4, 0, 2, 4, 5, 180}), "1_4_00_00") << "a length that says nothing";
  EXPECT_EQ(ja4t(1, {4, 1, 2, 4, 5, 180}), "1_4_00_00");
}

flowtable::Tick at_us(int64_t us) {
  return flowtable::tick_from_ns((1'579'219'200'000'000 + us) * 1000);
}
RoundTrip trip(int64_t asked_us, int64_t answered_us) {
  return {at_us(asked_us), at_us(answered_us)};
}
std::string ja4l(const LightDistance& distance) {
  const std::optional<Fingerprint> got = ja4l_of(distance);
  if (!got) return "none";
  EXPECT_EQ(got->raw, got->hash);
  return got->hash;
}

// The times of FoxIO's badcurveball.pcap. Published: 2177_64 and 781_238 (rust), 2177_64_114797
// (wireshark).
TEST_F(TcpFingerprint, Ja4lHasThePublishedValues) {
  EXPECT_EQ(ja4l({trip(1563, 5918), 64, {}}), "2177_64");
  EXPECT_EQ(ja4l({trip(1563, 5918), 64, trip(24009, 253604)}), "2177_64_114797");
  EXPECT_EQ(ja4l({trip(0, 1563), 238, {}}), "781_238");
}

// Some programs take the fraction of the second only.
TEST_F(TcpFingerprint, Ja4lBearsLongWays) {
  EXPECT_EQ(ja4l({trip(0, 3'000'000), 1, trip(0, 2'500'000)}), "1500000_1_1250000");
  EXPECT_EQ(ja4l({{flowtable::Tick::min(), flowtable::Tick::max()}, 255, {}}),
            "9223372036854775_255");
  EXPECT_EQ(ja4l({trip(5, 5), 64, {}}), "0_64");
}

TEST_F(TcpFingerprint, Ja4lIsNotMadeOfTimeThatRanBackwards) {
  EXPECT_EQ(ja4l({trip(2, 1), 64, {}}), "none");
  EXPECT_EQ(ja4l({trip(1, 3), 64, trip(5, 4)}), "1_64");
}

}  // namespace
}  // namespace tls
