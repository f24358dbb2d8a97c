// SPDX-License-Identifier: Apache-2.0
#include "control/ipc/frame.hpp"

#include "control/ipc/message.hpp"

#include <gtest/gtest.h>

#include <string>

namespace control {
namespace {

using std::string_literals::operator""s;

TEST(Frame, IsLengthInBigEndianAndPayload) {
  std::string out;
  append_frame(out, "{\"a\":1}");
  EXPECT_EQ(out, "\0\0\0\x07{\"a\":1}"s);
  append_frame(out, std::string(0x1234, ' '));
  EXPECT_EQ(out.substr(11, 4), "\0\0\x12\x34"s);
}

TEST(FrameReader, GivesWholeFramesHoweverTheyArrive) {
  std::string stream;
  for (int i = 0; i < 50; ++i)
    append_frame(stream, "{\"n\":" + std::to_string(i) + std::string(i, ' ') + "}");
  for (const size_t piece :
       {size_t{1}, size_t{2}, size_t{3}, size_t{7}, size_t{64}, stream.size()}) {
    FrameReader reader(1024);
    std::string payload;
    int num_frames = 0;
    for (size_t at = 0; at < stream.size(); at += piece) {
      reader.feed(std::string_view(stream).substr(at, piece));
      while (reader.next(payload) == FrameReader::Next::frame) {
        EXPECT_EQ(payload,
                  "{\"n\":" + std::to_string(num_frames) + std::string(num_frames, ' ') + "}");
        ++num_frames;
      }
    }
    EXPECT_EQ(num_frames, 50);
    EXPECT_EQ(reader.num_buffered_bytes(), 0u);
  }
}

TEST(FrameReader, RefusesLengthsOutsideTheBoundsBeforeThePayloadComes) {
  std::string payload;
  for (const std::string& header :
       {"\0\0\0\0"s, "\0\0\0\x01"s, "\0\0\0\x11"s, "\xff\xff\xff\xff"s, "GET / HTTP/1.1\r\n"s}) {
    FrameReader reader(16);
    reader.feed(header);
    EXPECT_EQ(reader.next(payload), FrameReader::Next::bad_length);
  }
  FrameReader reader(16);
  reader.feed("\0\0\0\x10"s + std::string(16, 'x'));
  EXPECT_EQ(reader.next(payload), FrameReader::Next::frame);
  EXPECT_EQ(reader.next(payload), FrameReader::Next::need_more);
}

TEST(Message, HelloCarriesProtocolAndVersion) {
  EXPECT_EQ(hello_text({1, "0.1.0", 0}), R"({"hello":"tapseal","protocol":1,"version":"0.1.0"})");
  const auto hello = parse_hello(
      parse_request_json(R"({"hello":"tapseal","protocol":7,"version":"9.9","pid":42})").value());
  ASSERT_TRUE(hello.ok());
  EXPECT_EQ(hello.value().protocol, 7);
  EXPECT_EQ(hello.value().version, "9.9");
  EXPECT_EQ(hello.value().pid, 42);
}

TEST(Message, WhatIsNoHelloIsRefused) {
  for (const char* text :
       {"[]", "1", "\"tapseal\"", "{}", R"({"hello":"other","protocol":1})",
        R"({"hello":"tapseal"})", R"({"hello":"tapseal","protocol":"1"})",
        R"({"hello":"tapseal","protocol":1.5})",
        R"({"hello":"tapseal","protocol":18446744073709551615})", R"({"hello":1,"protocol":1})"})
    EXPECT_FALSE(parse_hello(parse_request_json(text).value()).ok()) << text;
}

TEST(Message, RequestsHaveACommandAndAnObjectOfArguments) {
  const auto request = parse_request(R"({"command":"flows","arguments":{"limit":3}})");
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request.value().command, "flows");
  EXPECT_EQ(request.value().arguments["limit"], 3);
  EXPECT_TRUE(parse_request(R"({"command":"flows"})").value().arguments.empty());
  for (const char* text : {"", "{", "null", "[]", "{}", R"({"command":1})", R"({"command":""})",
                           R"({"command":"a","arguments":[]})", R"({"command":"a","arguments":1})",
                           "{\"command\":\"\xff\"}", R"({"command":"a"} x)"})
    EXPECT_FALSE(parse_request(text).ok()) << text;
}

TEST(Message, DepthAndNumberOfValuesAreBounded) {
  const auto nested = [](int depth) {
    return R"({"command":"a","arguments":{"x":)" + std::string(depth, '[') +
           std::string(depth, ']') + "}}";
  };
  EXPECT_TRUE(parse_request(nested(10)).ok());
  EXPECT_FALSE(parse_request(nested(20)).ok());
  EXPECT_FALSE(parse_request(nested(30'000)).ok());
  std::string many = R"({"command":"a","arguments":{)";
  for (int i = 0; i < 5'000; ++i)
    many += "\"k" + std::to_string(i) + "\":1,";
  EXPECT_FALSE(parse_request(many + "\"z\":1}}").ok());
}

TEST(Message, BytesThatAreNotUtf8DoNotStopAnAnswer) {
  const std::string text = to_text(Json{{"subject", "a\xff\x80z"}});
  EXPECT_EQ(text, "{\"subject\":\"a\xef\xbf\xbd\xef\xbf\xbdz\"}");
  EXPECT_TRUE(parse_reply_json(text).ok());
}

TEST(Message, ErrorsKeepTheirCode) {
  for (int i = 0; i < static_cast<int>(ErrorCode::count_); ++i) {
    const auto code = static_cast<ErrorCode>(i);
    const CallError back =
        parse_error(parse_reply_json(error_text({code, "why \"so\"\n"})).value());
    EXPECT_EQ(back.code, code);
    EXPECT_EQ(back.message, "why \"so\"\n");
  }
  EXPECT_EQ(parse_error(parse_reply_json(R"({"error":{"code":"new","message":"m"}})").value()).code,
            ErrorCode::failed);
}

}  // namespace
}  // namespace control
