// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/offline_tap.hpp"

#include "tests/support/path_under_test.hpp"

#include <gtest/gtest.h>
#include <pcap/pcap.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <thread>

namespace control {
namespace {

using dataplane::CaptureFile;
using dataplane::CaptureStep;

// A capture of `num_sessions` TLS handshakes, one after the other.
class CaptureOnDisk {
 public:
  enum class Kind : uint8_t { all_finished, one_finished_then_open };
  explicit CaptureOnDisk(uint16_t num_sessions, Kind kind = Kind::all_finished)
      : path_(std::filesystem::temp_directory_path() /
              ("tapseal-offline-tap-" + std::to_string(getpid()) + ".pcap")) {
    pcap_t* const format = pcap_open_dead(DLT_EN10MB, 65535);
    pcap_dumper_t* const file = pcap_dump_open(format, path_.c_str());
    for (uint16_t i = 0; i < num_sessions; ++i) {
      tests::Conversation conversation(tests::v4(1, static_cast<uint16_t>(20000 + i)),
                                       tests::v4(2, 443));
      write(file, conversation.handshake());
      write(file, conversation.client_sends(tests::tls13_client()));
      const bool open = kind == Kind::one_finished_then_open && i > 0;
      if (!open) write(file, conversation.server_sends(tests::tls13_server()));
    }
    pcap_dump_close(file);
    pcap_close(format);
  }
  ~CaptureOnDisk() { std::filesystem::remove(path_); }
  CaptureOnDisk(const CaptureOnDisk&) = delete;
  CaptureOnDisk& operator=(const CaptureOnDisk&) = delete;

  [[nodiscard]] std::string path() const { return path_; }

 private:
  static void write(pcap_dumper_t* file, const std::vector<tests::ByteString>& frames) {
    for (const tests::ByteString& frame : frames) {
      pcap_pkthdr header{};
      header.ts.tv_sec = 1'700'000'000;
      header.caplen = header.len = static_cast<bpf_u_int32>(frame.size());
      pcap_dump(reinterpret_cast<u_char*>(file), &header,
                reinterpret_cast<const u_char*>(frame.data()));
    }
  }

  std::filesystem::path path_;
};

// A handshake that never ends keeps its buffer, and no worker will ever give it back: with all of
// them open the tap must go on and count, not wait.
TEST(OfflineTap, DoesNotWaitForHandshakesThatStayOpen) {
  constexpr uint16_t kSessions = 4200;
  const CaptureOnDisk capture(kSessions, CaptureOnDisk::Kind::one_finished_then_open);
  OfflineTap tap({.flows_max = 20000, .hash_seed = 1});
  std::atomic<bool> read_all{false};
  std::thread worker([&] {
    std::array<flowtable::HandshakeCapture*, 64> batch;
    while (!read_all) {
      const size_t count = tap.exchange().handed_off.pop(batch);
      for (size_t i = 0; i < count; ++i)
        ASSERT_TRUE(tap.exchange().returned.push(batch[i]));
      std::this_thread::yield();
    }
  });
  auto file = CaptureFile::open(capture.path());
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(tap.read(file.value()), CaptureStep::end);
  read_all = true;
  worker.join();
  EXPECT_EQ(tap.counters().path.get(dataplane::PathCounter::flows_tls) +
                tap.counters().drops.get(dataplane::DropReason::capture_pool_empty),
            kSessions);
}

// More handshakes than there are buffers, and a worker that is slow to give them back: the tap has
// to wait, and must lose none.
TEST(OfflineTap, WaitsForSlowWorkersInsteadOfDropping) {
  constexpr uint16_t kSessions = 9000;
  const CaptureOnDisk capture(kSessions);
  OfflineTap tap({.flows_max = 20000, .hash_seed = 1});
  std::atomic<bool> read_all{false};
  size_t taken = 0;
  std::thread worker([&] {
    std::array<flowtable::HandshakeCapture*, 256> batch;
    for (;;) {
      const bool last_round = read_all;
      const size_t count = tap.exchange().handed_off.pop(batch);
      if (count == 0 && last_round) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      for (size_t i = 0; i < count; ++i)
        ASSERT_TRUE(tap.exchange().returned.push(batch[i]));
      taken += count;
    }
  });
  auto file = CaptureFile::open(capture.path());
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(tap.read(file.value()), CaptureStep::end);
  read_all = true;
  worker.join();
  EXPECT_EQ(taken, kSessions);
  EXPECT_EQ(tap.counters().drops.get(dataplane::DropReason::capture_pool_empty), 0U);
  EXPECT_EQ(tap.counters().drops.get(dataplane::DropReason::handoff_full), 0U);
}

}  // namespace
}  // namespace control
