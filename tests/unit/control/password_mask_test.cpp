// SPDX-License-Identifier: Apache-2.0
#include "control/config/password_mask.hpp"

#include <gtest/gtest.h>

namespace control {
namespace {

TEST(PasswordMask, HidesThePasswordOfEachForm) {
  EXPECT_EQ(without_password("postgresql://u:s3cret@db/x"), "postgresql://u:***@db/x");
  EXPECT_EQ(without_password("postgresql://u:s3@cret@db:5432/x?a=b"),
            "postgresql://u:***@db:5432/x?a=b");
  EXPECT_EQ(without_password("postgresql:///x?host=/run&password=s3cret&user=u"),
            "postgresql:///x?host=/run&password=***&user=u");
  EXPECT_EQ(without_password("postgresql:///x?sslpassword=s3cret"),
            "postgresql:///x?sslpassword=***");
  EXPECT_EQ(without_password("host=db password='s3 \\'cret' user=u"),
            "host=db password=*** user=u");
}

TEST(PasswordMask, LeavesTheRestAsItWas) {
  for (const char* text : {"embedded", "none", "postgresql://db/x", "postgresql://u@db/x",
                           "postgresql://[::1]:5432/x", "postgresql:///x?host=/run"}) {
    EXPECT_EQ(without_password(text), text);
  }
}

}  // namespace
}  // namespace control
