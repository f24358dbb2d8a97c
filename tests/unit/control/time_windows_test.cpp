// SPDX-License-Identifier: Apache-2.0
#include "control/config/time_windows.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace control {
namespace {

// Berlin: 2026-03-29 has no 02:00-03:00, 2026-10-25 has it twice. As a POSIX rule, so that no
// zone files are needed.
class TimeWindowsTest : public testing::Test {
 protected:
  void SetUp() override { set_zone("CET-1CEST,M3.5.0/2,M10.5.0/3"); }
  void TearDown() override { set_zone("UTC"); }
  static void set_zone(const char* zone) {
    setenv("TZ", zone, 1);
    tzset();
  }
};

TimeWindows windows(std::initializer_list<std::string_view> texts) {
  std::vector<TimeWindow> parsed;
  for (const std::string_view text : texts)
    parsed.push_back(parse_time_window(text).value());
  return TimeWindows(parsed);
}

// Seconds since the epoch, of a time in UTC (RFC 3339 without a zone).
std::time_t utc(const char* text) {
  std::tm tm{};
  EXPECT_NE(strptime(text, "%Y-%m-%d %H:%M:%S", &tm), nullptr) << text;
  return timegm(&tm);
}

TEST_F(TimeWindowsTest, WithoutAnyIsAlwaysOpen) {
  EXPECT_TRUE(TimeWindows({}).is_open(0));
  EXPECT_EQ(TimeWindows({}).next_change(0), std::nullopt);
}

TEST_F(TimeWindowsTest, NightsGoOverMidnight) {
  const TimeWindows nights = windows({"22:00-06:00"});
  // Winter: local time is UTC+1.
  EXPECT_FALSE(nights.is_open(utc("2026-01-14 20:59:59")));
  EXPECT_TRUE(nights.is_open(utc("2026-01-14 21:00:00")));
  EXPECT_TRUE(nights.is_open(utc("2026-01-15 04:59:59")));
  EXPECT_FALSE(nights.is_open(utc("2026-01-15 05:00:00")));
  EXPECT_EQ(nights.next_change(utc("2026-01-14 12:34:56")), utc("2026-01-14 21:00:00"));
  EXPECT_EQ(nights.next_change(utc("2026-01-14 21:00:00")), utc("2026-01-15 05:00:00"));
}

TEST_F(TimeWindowsTest, NightsOfAFewDaysEndInTheMorningAfter) {
  const TimeWindows week = windows({"Mon-Fri 22:00-06:00"});
  // 2026-01-16 is a Friday.
  EXPECT_TRUE(week.is_open(utc("2026-01-16 22:00:00")));
  EXPECT_TRUE(week.is_open(utc("2026-01-17 04:00:00")));
  EXPECT_FALSE(week.is_open(utc("2026-01-17 22:00:00")));
  EXPECT_FALSE(week.is_open(utc("2026-01-19 04:00:00")));  // early Monday belongs to Sunday
  EXPECT_EQ(week.next_change(utc("2026-01-17 06:00:00")), utc("2026-01-19 21:00:00"));
}

TEST_F(TimeWindowsTest, DaysAreWhole) {
  const TimeWindows weekend = windows({"Sat,Sun"});
  EXPECT_FALSE(weekend.is_open(utc("2026-01-16 22:59:59")));
  EXPECT_TRUE(weekend.is_open(utc("2026-01-16 23:00:00")));
  EXPECT_EQ(weekend.next_change(utc("2026-01-16 23:00:00")), utc("2026-01-18 23:00:00"));
  EXPECT_EQ(windows({"Mon-Sun"}).next_change(utc("2026-01-16 23:00:00")), std::nullopt);
  EXPECT_EQ(parse_time_window("Fri-Mon").value().days,
            (std::array<bool, 7>{true, true, false, false, false, true, true}));
}

TEST_F(TimeWindowsTest, FollowTheClockOnTheWallWhenItChanges) {
  const TimeWindows early = windows({"01:30-03:30"});
  // 2026-03-29: 01:30 CET is 00:30 UTC; 03:30 CEST is 01:30 UTC. One hour instead of two.
  EXPECT_EQ(early.next_change(utc("2026-03-29 00:00:00")), utc("2026-03-29 00:30:00"));
  EXPECT_EQ(early.next_change(utc("2026-03-29 00:30:00")), utc("2026-03-29 01:30:00"));
  // 2026-10-25: 01:30 CEST is 23:30 UTC the day before; 03:30 CET is 02:30 UTC. Three hours.
  EXPECT_EQ(early.next_change(utc("2026-10-24 23:00:00")), utc("2026-10-24 23:30:00"));
  EXPECT_EQ(early.next_change(utc("2026-10-24 23:30:00")), utc("2026-10-25 02:30:00"));
  // A window inside the hour that does not exist does not open that day.
  EXPECT_EQ(windows({"02:15-02:45"}).next_change(utc("2026-03-28 12:00:00")),
            utc("2026-03-30 00:15:00"));
}

TEST_F(TimeWindowsTest, AnotherZoneIsAnotherTime) {
  const TimeWindows nights = windows({"22:00-06:00"});
  set_zone("EST5");
  EXPECT_FALSE(nights.is_open(utc("2026-01-14 22:00:00")));
  EXPECT_TRUE(nights.is_open(utc("2026-01-15 03:00:00")));
}

TEST_F(TimeWindowsTest, MidnightEndsADay) {
  EXPECT_EQ(parse_time_window("20:00-00:00").value(), parse_time_window("20:00-24:00").value());
  const TimeWindows evening = windows({"Sun 20:00-24:00"});
  EXPECT_TRUE(evening.is_open(utc("2026-01-18 22:59:59")));
  EXPECT_FALSE(evening.is_open(utc("2026-01-18 23:00:00")));
}

TEST_F(TimeWindowsTest, OthersAreRefusedWithTheMend) {
  for (const char* wrong :
       {"", "22:00", "22:00-", "22-06", "22:00-6:00", "25:00-26:00", "22:60-23:00", "06:00-06:00",
        "24:00-06:00", "Mo", "Mon-", "Mon,", "Mon 22:00", "Mon  22:00-23:00", "Mon Tue",
        "Mon,22:00-23:00", "22:00-06:00 Mon", "00:00-24:01"}) {
    const auto parsed = parse_time_window(wrong);
    ASSERT_FALSE(parsed.ok()) << wrong;
    EXPECT_NE(parsed.error().message.find("Mon-Fri 22:00-06:00"), std::string::npos) << wrong;
  }
  EXPECT_TRUE(parse_time_window("sat,SUN").ok());
}

}  // namespace
}  // namespace control
