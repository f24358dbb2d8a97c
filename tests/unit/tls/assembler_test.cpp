// SPDX-License-Identifier: Apache-2.0
#include "tests/support/hello_builder.hpp"
#include "tls/wire/handshake_assembler.hpp"
#include "tls/wire/record_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

namespace tls {
namespace {

using tests::ByteVector;
using tests::ByteWriter;

constexpr size_t kJoinBytes =
    HandshakeAssembler::kHeaderBytes + HandshakeAssembler::kMessageBytesMax;

struct Seen {
  std::vector<std::pair<uint8_t, ByteVector>> messages;
  std::vector<std::pair<uint8_t, uint8_t>> alerts;
  HandshakeStep last{};
  ParseError error{};
  bool cipher_changed = false;
  bool operator==(const Seen&) const = default;
};

Seen read_all(const ByteVector& stream, size_t join_bytes = kJoinBytes) {
  ByteVector join_buffer(join_bytes);
  HandshakeAssembler assembler(stream, join_buffer);
  Seen out;
  while (true) {
    const HandshakeEvent event = assembler.next();
    if (event.step == HandshakeStep::message) {
      const auto body = event.message.body;
      out.messages.emplace_back(static_cast<uint8_t>(event.message.type),
                                ByteVector(body.begin(), body.end()));
    } else if (event.step == HandshakeStep::alert) {
      out.alerts.emplace_back(static_cast<uint8_t>(event.alert.level), event.alert.description);
    } else {
      out.last = event.step;
      out.error = event.error;
      break;
    }
  }
  out.cipher_changed = assembler.cipher_changed();
  return out;
}

ByteVector some_flight() {
  return tests::joined({tests::message(2, tests::server_hello_body({})),
                        tests::message(11, tests::certificate_body({ByteVector(700, 0x30)})),
                        tests::message(12, ByteVector(80, 0x44)), tests::message(14, {})});
}

TEST(RecordReader, YieldsEachRecordAndSaysWhichIsCut) {
  ByteVector stream = tests::records(tests::kHandshake, ByteVector{1, 2, 3});
  stream.insert(stream.end(), {23, 3, 3, 0, 4, 9});
  RecordReader reader{flowtable::Bytes(stream)};
  const Parsed<Record> first = reader.next();
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first.value().type, ContentType::handshake);
  EXPECT_EQ(first.value().version, kTls12);
  EXPECT_EQ(first.value().payload.size(), 3u);
  EXPECT_FALSE(first.value().cut());
  const Parsed<Record> second = reader.next();
  ASSERT_TRUE(second.ok());
  EXPECT_TRUE(second.value().cut());
  EXPECT_EQ(second.value().length, 4u);
  EXPECT_TRUE(reader.at_end());
}

TEST(RecordReader, RefusesWhatIsNoTls) {
  const auto error_of = [](const ByteVector& stream) {
    RecordReader reader{flowtable::Bytes(stream)};
    return reader.next().error();
  };
  EXPECT_EQ(error_of({19, 3, 3, 0, 0}), ParseError::record_type_unknown);
  EXPECT_EQ(error_of({25, 3, 3, 0, 0}), ParseError::record_type_unknown);
  EXPECT_EQ(error_of({22, 2, 3, 0, 0}), ParseError::record_version_bad);
  EXPECT_EQ(error_of({22, 3, 5, 0, 0}), ParseError::record_version_bad);
  EXPECT_EQ(error_of({22, 3, 3, 0x48, 1}), ParseError::record_too_large);
  EXPECT_EQ(error_of({22, 3, 3, 0}), ParseError::truncated);
}

TEST(HandshakeAssembler, ReadsTheSameFromEveryRecordSize) {
  const ByteVector flight = some_flight();
  const Seen whole = read_all(tests::records(tests::kHandshake, flight));
  ASSERT_EQ(whole.messages.size(), 4u);
  EXPECT_EQ(whole.last, HandshakeStep::end);
  for (size_t size = 1; size < 900; ++size)
    EXPECT_EQ(read_all(tests::records(tests::kHandshake, flight, size)), whole) << size;
}

TEST(HandshakeAssembler, ReadsTheSameFromEveryPairOfRecords) {
  const ByteVector flight = some_flight();
  const Seen whole = read_all(tests::records(tests::kHandshake, flight));
  for (size_t at = 1; at < flight.size(); ++at) {
    const auto bytes = std::span<const uint8_t>(flight);
    EXPECT_EQ(read_all(tests::joined({tests::records(tests::kHandshake, bytes.first(at)),
                                      tests::records(tests::kHandshake, bytes.subspan(at))})),
              whole)
        << at;
  }
}

TEST(HandshakeAssembler, GivesOnlyWholeMessagesOfACutStream) {
  const ByteVector stream = tests::records(tests::kHandshake, some_flight());
  const Seen whole = read_all(stream);
  for (size_t length = 0; length < stream.size(); ++length) {
    const Seen cut = read_all({stream.begin(), stream.begin() + static_cast<ptrdiff_t>(length)});
    EXPECT_EQ(cut.last, length == 0 ? HandshakeStep::end : HandshakeStep::cut) << length;
    ASSERT_LE(cut.messages.size(), whole.messages.size());
    EXPECT_TRUE(
        std::ranges::equal(cut.messages, std::span(whole.messages).first(cut.messages.size())));
  }
}

TEST(HandshakeAssembler, IsZeroCopyWithinARecord) {
  const ByteVector stream = tests::records(tests::kHandshake, some_flight());
  HandshakeAssembler assembler(stream, {});
  for (int i = 0; i < 4; ++i) {
    const HandshakeEvent event = assembler.next();
    ASSERT_EQ(event.step, HandshakeStep::message);
    EXPECT_FALSE(event.message.joined);
  }
}

TEST(HandshakeAssembler, StopsAtProtectedRecords) {
  const ByteVector hello = tests::message(2, tests::server_hello_body({}));
  const Seen after_change =
      read_all(tests::joined({tests::records(tests::kHandshake, hello),
                              tests::records(tests::kChangeCipherSpec, ByteVector{1}),
                              tests::records(tests::kHandshake, ByteVector(40, 0x5c))}));
  EXPECT_EQ(after_change.messages.size(), 1u);
  EXPECT_EQ(after_change.last, HandshakeStep::encrypted);
  EXPECT_TRUE(after_change.cipher_changed);
  const Seen before_data =
      read_all(tests::joined({tests::records(tests::kHandshake, hello),
                              tests::records(tests::kApplicationData, ByteVector(40, 0x5c))}));
  EXPECT_EQ(before_data.last, HandshakeStep::encrypted);
  EXPECT_FALSE(before_data.cipher_changed);
}

TEST(HandshakeAssembler, ReadsAHelloBehindAMeaninglessChangeCipherSpec) {
  const ByteVector hello = tests::message(2, tests::server_hello_body({}));
  const ByteVector change = tests::records(tests::kChangeCipherSpec, ByteVector{1});
  ByteVector longer = hello;
  longer.push_back(0);
  EXPECT_EQ(
      read_all(tests::joined({change, tests::records(tests::kHandshake, hello)})).messages.size(),
      1u);
  EXPECT_EQ(read_all(tests::joined({change, tests::records(tests::kHandshake, longer)})).last,
            HandshakeStep::encrypted);
  EXPECT_EQ(read_all(tests::joined({change, tests::records(tests::kHandshake,
                                                           tests::message(20, ByteVector(12)))}))
                .last,
            HandshakeStep::encrypted);
}

TEST(HandshakeAssembler, ReportsAlerts) {
  const Seen seen = read_all(tests::joined({tests::records(tests::kAlert, ByteVector{1, 112}),
                                            tests::records(tests::kAlert, ByteVector{2, 40})}));
  ASSERT_EQ(seen.alerts.size(), 2u);
  EXPECT_EQ(seen.alerts[1], (std::pair<uint8_t, uint8_t>{2, 40}));
  EXPECT_EQ(read_all(tests::records(tests::kAlert, ByteVector{3, 40})).error,
            ParseError::alert_bad);
}

TEST(HandshakeAssembler, BoundsAMessage) {
  const ByteVector huge = ByteWriter().u8(11).u24(HandshakeAssembler::kMessageBytesMax + 1).out();
  const Seen seen = read_all(tests::records(tests::kHandshake, huge));
  EXPECT_EQ(seen.last, HandshakeStep::malformed);
  EXPECT_EQ(seen.error, ParseError::message_too_large);
  EXPECT_EQ(read_all(tests::records(tests::kHandshake, huge, 1)).error,
            ParseError::message_too_large);

  const ByteVector largest = tests::message(11, ByteVector(HandshakeAssembler::kMessageBytesMax));
  EXPECT_EQ(read_all(tests::records(tests::kHandshake, largest)).messages.size(), 1u);
  EXPECT_EQ(read_all(tests::records(tests::kHandshake, largest), 1000).error,
            ParseError::message_too_large);
}

TEST(HandshakeAssembler, RefusesAnotherRecordInsideAMessage) {
  const ByteVector flight = some_flight();
  const auto bytes = std::span<const uint8_t>(flight);
  const Seen seen = read_all(tests::joined({tests::records(tests::kHandshake, bytes.first(20)),
                                            tests::records(tests::kAlert, ByteVector{1, 0}),
                                            tests::records(tests::kHandshake, bytes.subspan(20))}));
  EXPECT_EQ(seen.error, ParseError::interleaved);
}

}  // namespace
}  // namespace tls
