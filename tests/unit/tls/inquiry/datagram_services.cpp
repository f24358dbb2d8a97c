// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/tls/inquiry/datagram_services.hpp"

#include "tests/support/loopback.hpp"
#include "tests/support/quic_builder.hpp"
#include "tests/unit/tls/probe/dtls_memory_server.hpp"
#include "tests/unit/tls/probe/made_certificates.hpp"
#include "tls/quic/packet_opener.hpp"
#include "tls/wire/quic_frame.hpp"
#include "tls/wire/quic_packet.hpp"
#include "tls/wire/quic_version.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <utility>

namespace tests {

namespace {

using flowtable::Bytes;

class Queued : public DatagramService {
 public:
  std::optional<ByteVector> say() override {
    if (due_.empty()) return std::nullopt;
    ByteVector out = std::move(due_.front());
    due_.pop_front();
    return out;
  }

 protected:
  void queue(std::vector<ByteVector> datagrams) {
    for (ByteVector& each : datagrams)
      due_.push_back(std::move(each));
  }

 private:
  std::deque<ByteVector> due_;
};

class DtlsService final : public Queued {
 public:
  DtlsService(const std::string& key, long mtu)
      : server_({made_certificates().certificate(key), made_certificates().key(key), {}, mtu}) {}
  void hear(Bytes datagram) override { queue(server_.answer(datagram)); }

 private:
  DtlsMemoryServer server_;
};

class LoopbackService final : public DatagramService {
 public:
  explicit LoopbackService(uint16_t port) : client_(port) {}
  void hear(Bytes datagram) override { client_.send(datagram); }
  std::optional<ByteVector> say() override {
    constexpr int kWaitMs = 3000;
    return client_.receive(kWaitMs);
  }

 private:
  UdpClient client_;
};

class AnsweringService final : public Queued {
 public:
  explicit AnsweringService(Answers answers) : answers_(std::move(answers)) {}
  void hear(Bytes datagram) override {
    if (answers_) queue(std::exchange(answers_, {})({datagram.begin(), datagram.end()}));
  }

 private:
  Answers answers_;
};

}  // namespace

DatagramServiceMaker dtls_datagrams(const std::string& key, long mtu) {
  return [key, mtu] { return std::make_unique<DtlsService>(key, mtu); };
}

DatagramServiceMaker loopback_service(uint16_t port) {
  return [port] { return std::make_unique<LoopbackService>(port); };
}

DatagramServiceMaker answering_service(const Answers& answers) {
  return [answers] { return std::make_unique<AnsweringService>(answers); };
}

ByteVector quic_destination_of(const ByteVector& datagram) {
  const tls::Parsed<tls::QuicPacket> packet = tls::QuicPacketReader(datagram).next();
  EXPECT_TRUE(packet.ok());
  if (!packet.ok()) return {};
  return {packet.value().destination_id.begin(), packet.value().destination_id.end()};
}

Answers quic_close(uint64_t error_code) {
  return [error_code](const ByteVector& first) {
    const ByteVector id = quic_destination_of(first);
    const auto keys = keys_of(tls::kQuic1, id, tls::QuicSide::server);
    return std::vector<ByteVector>{seal_initial(
        {tls::kQuic1, {}, ByteVector(5, 0xf0), {}, 0, 2, close_frame(error_code)}, keys, 40)};
  };
}

ByteVector quic_hello_of(const ByteVector& datagram) {
  const tls::Parsed<tls::QuicPacket> packet = tls::QuicPacketReader(datagram).next();
  ByteVector buffer(datagram.size());
  const auto keys = keys_of(tls::kQuic1, quic_destination_of(datagram), tls::QuicSide::client);
  const auto opened = open_initial(packet.value(), keys, 0, buffer);
  EXPECT_TRUE(opened);
  if (!opened) return {};
  const tls::Parsed<tls::QuicFrame> frame = tls::QuicFrameReader(opened->payload).next();
  EXPECT_TRUE(frame.ok());
  constexpr size_t kHeaderBytes = 4;
  if (!frame.ok() || frame.value().data.size() < kHeaderBytes) return {};
  const Bytes body = frame.value().data.subspan(kHeaderBytes);
  return {body.begin(), body.end()};
}

}  // namespace tests
