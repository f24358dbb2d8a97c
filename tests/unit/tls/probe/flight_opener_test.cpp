// SPDX-License-Identifier: Apache-2.0
// Against RFC 8448 section 5, and records sealed by OpenSSL.
#include "tls/probe/flight_opener.hpp"

#include "tests/support/hello_builder.hpp"
#include "tests/support/probe_bytes.hpp"
#include "tests/unit/tls/probe/rfc8448_samples.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace tls::probe {
namespace {

using flowtable::Bytes;
using tests::ByteVector;
using tests::hex;
using tests::unhex;

RecordKeys sample_keys(uint16_t suite, uint8_t fill) {
  HashBytes secret;
  secret.size = size_of(find_tls13_suite(suite)->hash);
  std::fill_n(secret.storage.begin(), secret.size, fill);
  return record_keys(*find_tls13_suite(suite), secret);
}

// All messages one after another; EXPECTs that the flight then waits.
ByteVector messages_of(FlightOpener& opener) {
  ByteVector out;
  for (;;) {
    const FlightEvent event = opener.next();
    if (event.step == FlightStep::wait) return out;
    EXPECT_EQ(event.step, FlightStep::message);
    if (event.step != FlightStep::message) return out;
    out.insert(out.end(), event.message.begin(), event.message.end());
  }
}

FlightFault fault_of(const ByteVector& stream) {
  FlightOpener opener;
  opener.feed(stream);
  for (;;) {
    const FlightEvent event = opener.next();
    if (event.step == FlightStep::wait) return FlightFault::none;
    if (event.step == FlightStep::fault) return event.fault;
  }
}

RecordKeys rfc_keys() {
  HashBytes secret;
  const ByteVector bytes =
      unhex("3403e781e2af7b6508da28574f6e95a1abf162de83a97927c37672a4a0cef8a1");
  secret.size = bytes.size();
  std::ranges::copy(bytes, secret.storage.begin());
  return record_keys(*find_tls13_suite(0x1301), secret);
}

TEST(FlightOpener, OpensTheFlightOfRfc8448) {
  FlightOpener opener;
  opener.protect(rfc_keys());
  opener.feed(unhex(tests::rfc8448::kRetryFlightRecord));
  EXPECT_EQ(hex(messages_of(opener)), tests::rfc8448::kRetryFlight);
}

TEST(FlightOpener, HoweverItIsCut) {
  const ByteVector record = unhex(tests::rfc8448::kRetryFlightRecord);
  FlightOpener opener;
  opener.protect(rfc_keys());
  ByteVector out;
  for (const uint8_t byte : record) {
    opener.feed(Bytes(&byte, 1));
    const ByteVector now = messages_of(opener);
    out.insert(out.end(), now.begin(), now.end());
  }
  EXPECT_EQ(hex(out), tests::rfc8448::kRetryFlight);
}

TEST(FlightOpener, OneMessageInManyRecordsOfEveryCipher) {
  const ByteVector flight = unhex(tests::rfc8448::kRetryFlight);
  for (const uint16_t suite : std::initializer_list<uint16_t>{0x1301, 0x1302, 0x1303}) {
    const RecordKeys keys = sample_keys(suite, 7);
    FlightOpener opener;
    opener.feed(tests::records(tests::kHandshake, tests::message(2, ByteVector(40, 1)), 9));
    EXPECT_EQ(messages_of(opener).size(), 44u);
    opener.protect(keys);
    uint64_t sequence = 0;
    for (size_t at = 0; at < flight.size(); at += 50) {
      opener.feed(tests::records(tests::kChangeCipherSpec, ByteVector{1}));
      const Bytes piece = Bytes(flight).subspan(at, std::min<size_t>(50, flight.size() - at));
      opener.feed(tests::seal_record({keys, sequence, 22, sequence % 3}, piece));
      ++sequence;
    }
    ByteVector out;
    for (;;) {
      const FlightEvent event = opener.next();
      if (event.step == FlightStep::wait) break;
      if (event.step == FlightStep::cipher_changed) continue;
      ASSERT_EQ(event.step, FlightStep::message);
      out.insert(out.end(), event.message.begin(), event.message.end());
    }
    EXPECT_EQ(out, flight);
  }
}

TEST(FlightOpener, ReadsAlertsInClearAndSealed) {
  const RecordKeys keys = sample_keys(0x1303, 1);
  FlightOpener opener;
  opener.feed(tests::records(tests::kAlert, ByteVector{1, 112}));
  FlightEvent event = opener.next();
  EXPECT_EQ(event.step, FlightStep::alert);
  EXPECT_EQ(event.alert.level, AlertLevel::warning);
  EXPECT_EQ(event.alert.description, 112);
  opener.protect(keys);
  opener.feed(tests::seal_record({keys, 0, 21, 5}, ByteVector{2, 116}));
  event = opener.next();
  EXPECT_EQ(event.step, FlightStep::alert);
  EXPECT_EQ(event.alert.description, 116);
  opener.feed(tests::records(tests::kAlert, ByteVector{2, 80}));
  EXPECT_EQ(opener.next().alert.description, 80);
}

TEST(FlightOpener, FaultsHaveNames) {
  EXPECT_EQ(fault_of({'S', 'S', 'H', '-', '2'}), FlightFault::not_tls);
  EXPECT_EQ(fault_of({22, 9, 9, 0, 1}), FlightFault::not_tls);
  EXPECT_EQ(fault_of(tests::joined({tests::records(tests::kAlert, ByteVector{1, 0}), {'H', 'T'}})),
            FlightFault::malformed);
  EXPECT_EQ(fault_of(tests::records(tests::kAlert, ByteVector{2})), FlightFault::malformed);
  EXPECT_EQ(fault_of(tests::records(tests::kApplicationData, ByteVector{2, 3})),
            FlightFault::malformed);
  // A message of 16 MB is refused by its header.
  EXPECT_EQ(fault_of(tests::records(tests::kHandshake, ByteVector{11, 0xff, 0xff, 0xff})),
            FlightFault::too_much);
  ByteVector empty_records;
  for (size_t i = 0; i <= FlightOpener::kRecordsMax; ++i)
    empty_records.insert(empty_records.end(), {22, 3, 3, 0, 0});
  EXPECT_EQ(fault_of(empty_records), FlightFault::too_much);
  const ByteVector large = tests::message(11, ByteVector(60000, 1));
  EXPECT_EQ(fault_of(tests::records(tests::kHandshake, tests::joined({large, large, large}))),
            FlightFault::too_much);
  EXPECT_EQ(fault_of(tests::records(tests::kHandshake, tests::joined({large, large}))),
            FlightFault::none);
}

FlightFault sealed_fault(const ByteVector& record, const RecordKeys& keys) {
  FlightOpener opener;
  opener.protect(keys);
  opener.feed(record);
  const FlightEvent event = opener.next();
  return event.step == FlightStep::fault ? event.fault : FlightFault::none;
}

TEST(FlightOpener, RefusesWhatItsKeysDoNotOpen) {
  const RecordKeys keys = sample_keys(0x1302, 3);
  const ByteVector message = tests::message(8, ByteVector{0, 0});
  EXPECT_EQ(sealed_fault(tests::seal_record({keys}, message), keys), FlightFault::none);
  EXPECT_EQ(sealed_fault(tests::seal_record({keys}, message), sample_keys(0x1302, 4)),
            FlightFault::undecryptable);
  EXPECT_EQ(sealed_fault(tests::seal_record({keys, 1}, message), keys), FlightFault::undecryptable);
  ByteVector changed = tests::seal_record({keys}, message);
  changed.back() ^= 1;
  EXPECT_EQ(sealed_fault(changed, keys), FlightFault::undecryptable);
  EXPECT_EQ(sealed_fault({23, 3, 3, 0, 3, 1, 2, 3}, keys), FlightFault::undecryptable);
  EXPECT_EQ(sealed_fault(tests::seal_record({keys, 0, 0}, {}), keys), FlightFault::malformed);
  EXPECT_EQ(sealed_fault(tests::records(tests::kHandshake, message), keys), FlightFault::malformed);
}

TEST(FlightOpener, AMessageMayNotLieUnderTwoKeys) {
  FlightOpener opener;
  opener.feed(tests::records(tests::kHandshake, ByteVector{8, 0, 0, 2, 0}));
  EXPECT_EQ(opener.next().step, FlightStep::wait);
  const RecordKeys keys = sample_keys(0x1301, 3);
  opener.protect(keys);
  EXPECT_EQ(opener.next().fault, FlightFault::malformed);
}

}  // namespace
}  // namespace tls::probe
