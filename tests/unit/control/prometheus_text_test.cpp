// SPDX-License-Identifier: Apache-2.0
// Expected text: the rules of Prometheus' exposition format, version 0.0.4.
#include "control/metrics/prometheus_text.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace control {
namespace {

TEST(PrometheusText, GroupsSamplesUnderOneHeader) {
  const MetricRow rows[] = {
      {"tapseal_drops", "Packets lost.", MetricKind::counter, {{"reason", "ip_fragment"}}, 3ul},
      {"tapseal_flows", "Flows now.", MetricKind::gauge, {}, 7ul},
      {"tapseal_drops", "", MetricKind::counter, {{"reason", "a"}, {"core", "1"}}, 0ul},
  };
  EXPECT_EQ(prometheus_text(rows),
            "# HELP tapseal_drops_total Packets lost.\n"
            "# TYPE tapseal_drops_total counter\n"
            "tapseal_drops_total{reason=\"ip_fragment\"} 3\n"
            "tapseal_drops_total{reason=\"a\",core=\"1\"} 0\n"
            "# HELP tapseal_flows Flows now.\n"
            "# TYPE tapseal_flows gauge\n"
            "tapseal_flows 7\n");
}

TEST(PrometheusText, EscapesHelpAndLabelValues) {
  const MetricRow rows[] = {
      {"m_total", "a\\b\n\"c\"", MetricKind::counter, {{"l", "x\"\\\ny"}}, 1ul}};
  EXPECT_EQ(prometheus_text(rows),
            "# HELP m_total a\\\\b\\n\"c\"\n"
            "# TYPE m_total counter\n"
            "m_total{l=\"x\\\"\\\\\\ny\"} 1\n");
}

TEST(PrometheusText, WritesNumbersExactly) {
  const auto value_of = [](std::variant<uint64_t, double> value) {
    const MetricRow rows[] = {{"m", "", MetricKind::gauge, {}, value}};
    const std::string text = prometheus_text(rows);
    return text.substr(text.rfind(' ') + 1);
  };
  EXPECT_EQ(value_of(std::numeric_limits<uint64_t>::max()), "18446744073709551615\n");
  EXPECT_EQ(value_of(0.1), "0.1\n");
  EXPECT_EQ(value_of(-2.5), "-2.5\n");
  EXPECT_EQ(value_of(std::numeric_limits<double>::quiet_NaN()), "NaN\n");
  EXPECT_EQ(value_of(std::numeric_limits<double>::infinity()), "+Inf\n");
  EXPECT_EQ(value_of(-std::numeric_limits<double>::infinity()), "-Inf\n");
}

TEST(PrometheusText, NothingGivesNothing) {
  EXPECT_EQ(prometheus_text({}), "");
}

TEST(PrometheusTextDeathTest, BadNamesAreBugs) {
  const MetricRow bad_name[] = {{"9m", "", MetricKind::gauge, {}, 1ul}};
  EXPECT_DEATH(static_cast<void>(prometheus_text(bad_name)), "broken invariant");
  const MetricRow bad_label[] = {{"m", "", MetricKind::gauge, {{"a:b", ""}}, 1ul}};
  EXPECT_DEATH(static_cast<void>(prometheus_text(bad_label)), "broken invariant");
}

}  // namespace
}  // namespace control
