// SPDX-License-Identifier: Apache-2.0
#include "control/ipc/command_table.hpp"

#include "control/ipc/command_check.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace control {
namespace {

std::string verdict(std::string_view command, const char* arguments) {
  const auto request = check_request(*find_command(command), parse_request_json(arguments).value());
  return request.ok() ? "accepted" : request.error().message;
}

TEST(CommandTable, NamesAreDistinctAndDescribed) {
  std::set<std::string_view> names;
  for (const CommandSpec& command : command_table()) {
    EXPECT_TRUE(names.insert(command.name).second) << command.name;
    EXPECT_EQ(find_command(command.name), &command);
    EXPECT_FALSE(command.help.empty() || command.help.ends_with('.')) << command.name;
    EXPECT_TRUE(command.long_help.ends_with('.')) << command.name;
    EXPECT_NE(command.role, Role::nobody) << command.name;
  }
}

TEST(CommandTable, ArgumentsAreSound) {
  for (const CommandSpec& command : command_table()) {
    std::set<std::string_view> names;
    std::set<char> letters;
    bool optional_seen = false;
    const auto check = [&](const ArgumentSpec& spec) {
      EXPECT_TRUE(names.insert(spec.name).second) << command.name << ' ' << spec.name;
      if (spec.short_name != 0) {
        EXPECT_TRUE(letters.insert(spec.short_name).second);
      }
      EXPECT_TRUE(spec.help.ends_with('.')) << spec.name;
      EXPECT_EQ(spec.type == ArgumentType::flag, spec.value_name.empty()) << spec.name;
      EXPECT_EQ(spec.type == ArgumentType::word, !spec.words.empty()) << spec.name;
      const bool number = spec.type == ArgumentType::count || spec.type == ArgumentType::duration;
      EXPECT_EQ(number, spec.max > 0) << spec.name;
      if (spec.default_number >= 0) {
        EXPECT_TRUE(number && spec.default_number >= spec.min && spec.default_number <= spec.max);
      }
      EXPECT_FALSE(optional_seen && spec.arity == Arity::required) << spec.name;
      optional_seen = optional_seen || spec.arity == Arity::optional;
    };
    for (const ArgumentSpec& spec : command.arguments)
      check(spec);
    for (const ArgumentSpec& spec : common_options())
      check(spec);
  }
}

TEST(CommandTable, ReplyKeysAreDistinct) {
  for (const CommandSpec& command : command_table()) {
    for (const auto columns : {command.fields, command.columns}) {
      std::set<std::string_view> keys;
      for (const ColumnSpec& column : columns) {
        EXPECT_TRUE(keys.insert(column.key).second) << command.name << ' ' << column.key;
        EXPECT_FALSE(column.heading.empty());
      }
    }
  }
}

// Who only reads changes nothing, sends nothing and stores nothing.
TEST(CommandTable, WhatChangesOrSendsNeedsAnOperator) {
  const std::set<std::string_view> acts{"down",  "scan", "pause", "resume", "stop",
                                        "store", "tag",  "untag", "owner",  "db"};
  for (const CommandSpec& command : command_table())
    EXPECT_EQ(command.role == Role::operator_, acts.contains(command.name)) << command.name;
}

TEST(CommandCheck, FillsDefaults) {
  const auto request = check_request(*find_command("flows"), Json::object());
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request.value().number("limit"), 100);
  EXPECT_EQ(request.value().number("port"), std::nullopt);
  EXPECT_EQ(request.value().text("address"), std::nullopt);
  EXPECT_FALSE(check_request(*find_command("status"), Json::object()).value().flag("all"));
}

TEST(CommandCheck, KeepsWhatWasGiven) {
  const auto request = check_request(
      *find_command("flows"),
      parse_request_json(R"({"limit":5,"port":0,"address":"10.0.0.0/8","stage":"probing"})")
          .value());
  ASSERT_TRUE(request.ok()) << request.error().message;
  EXPECT_EQ(request.value().number("limit"), 5);
  EXPECT_EQ(request.value().number("port"), 0);
  EXPECT_EQ(request.value().text("address"), "10.0.0.0/8");
  EXPECT_EQ(request.value().text("stage"), "probing");
}

TEST(CommandCheck, NamesWhatIsWrong) {
  EXPECT_EQ(verdict("flows", R"({"limt":5})"), "`flows`: unknown argument `limt`");
  EXPECT_EQ(verdict("flows", R"({"limit":0})"),
            "`flows`: argument `limit`: allowed is a whole number from 1 to 100000");
  for (const char* wrong :
       {R"({"limit":100001})", R"({"limit":-1})", R"({"limit":"5"})", R"({"limit":5.5})",
        R"({"limit":null})", R"({"limit":[5]})", R"({"limit":18446744073709551615})",
        R"({"limit":-9223372036854775808})"})
    EXPECT_EQ(verdict("flows", wrong),
              "`flows`: argument `limit`: allowed is a whole number from 1 to 100000")
        << wrong;
  EXPECT_EQ(verdict("flows", R"({"stage":"done"})"),
            "`flows`: argument `stage`: allowed is one of probing capturing finished");
  EXPECT_EQ(verdict("status", R"({"all":1})"),
            "`status`: argument `all`: allowed is true or false");
  EXPECT_EQ(verdict("show", "{}"), "`show`: argument `thing` is missing");
  EXPECT_EQ(verdict("show", R"({"thing":"a\u0000b"})"),
            "`show`: argument `thing`: allowed is text of at most 4096 bytes without control "
            "characters");
  EXPECT_EQ(verdict("show", ("{\"thing\":\"" + std::string(4097, 'a') + "\"}").c_str()),
            "`show`: argument `thing`: allowed is text of at most 4096 bytes without control "
            "characters");
  EXPECT_EQ(verdict("certs", R"({"expiring":-1})"),
            "`certs`: argument `expiring`: allowed is a whole number of seconds from 0 to "
            "3162240000");
  EXPECT_EQ(verdict("ports", "{}"), "accepted");
}

TEST(CommandCheck, OptionsOfTheCliAreUnknownToTheDaemon) {
  EXPECT_EQ(verdict("status", R"({"json":true})"), "`status`: unknown argument `json`");
  EXPECT_EQ(verdict("config", R"({"check":"/etc/shadow"})"), "`config`: unknown argument `check`");
}

}  // namespace
}  // namespace control
