// SPDX-License-Identifier: Apache-2.0
#include "control/export/certificate_page.hpp"

#include <gtest/gtest.h>

namespace control {
namespace {

TEST(CertificatePage, NamesWhatPeopleKnowAndLetsNothingActOnATerminal) {
  EXPECT_EQ(name_text({{"2.5.4.6", "US"}, {"2.5.4.10", "A\x1b[31m"}, {"1.2.3", "x"}}),
            "C=US, O=A\\x1b[31m, 1.2.3=x");
  tls::CertificateFacts facts;
  facts.malformed = true;
  facts.san.assign(150, "DNS:a");
  const std::string page = certificate_page(facts);
  EXPECT_NE(page.find("subject     -\n"), std::string::npos) << page;
  EXPECT_NE(page.find(" … and 50 more\n"), std::string::npos) << page;
  EXPECT_NE(page.find("authority   not said\n"), std::string::npos) << page;
  EXPECT_NE(page.find("malformed   yes"), std::string::npos) << page;
  facts.not_after = 253402300799;
  facts.is_ca = true;
  facts.malformed = false;
  const std::string good = certificate_page(facts);
  EXPECT_NE(good.find("valid until 9999-12-31T23:59:59Z\n"), std::string::npos) << good;
  EXPECT_NE(good.find("authority   yes\n"), std::string::npos);
  EXPECT_EQ(good.find("malformed"), std::string::npos);
}

}  // namespace
}  // namespace control
