// SPDX-License-Identifier: Apache-2.0
// One service, asked until all is known that was wished: its connections, one after the other.
#pragma once

#include "flowtable/scan_exchange.hpp"
#include "tls/inquiry/attempt.hpp"
#include "tls/inquiry/course.hpp"
#include "tls/inquiry/session_record.hpp"
#include "tls/inquiry/verdict.hpp"
#include "tls/pipeline/certificate_cache.hpp"
#include "tls/pipeline/service_report.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace tls {

// What an inquiry wants of the core.
struct InquiryAction {
  enum class Kind : uint8_t { dial, send, close };
  Kind kind = Kind::close;
  flowtable::ScanConnection connection;  // of send and close
  uint64_t token = 0;                    // of dial, like the next
  flowtable::TickSpan wait{};            // before it is dialled
  std::vector<uint8_t> bytes;            // to send, or first words; not more than a core takes
};

// Shared by all inquiries; outlives them.
struct InquiryTools {
  const probe::KeyShares& keys;
  CertificateCache& certificates;
};

// Begun by begin() for a question, by adopt() for a connection that a core's own probe opened; then
// told what happens, until finished(). It has one connection at a time and asks no clock. Bounded:
// connections by its course, bytes by the core. One thread at a time.
class Inquiry {
 public:
  // A core that has no room for a dial may have some later: 20 ms, doubling to 2 s, 8 s in all.
  static constexpr uint32_t kRedialsMax = 10;
  // A service that was there and takes no more connections is left alone.
  static constexpr uint32_t kFailedDialsMax = 3;

  // `id` is not 0, below 2^48 and no other inquiry's.
  Inquiry(uint64_t id, const InquiryTools& tools, std::shared_ptr<const InquiryWish> wish,
          const ServiceQuestion& question);

  // The inquiry whose dial a token is of.
  [[nodiscard]] static uint64_t id_of(uint64_t token) noexcept { return token >> kDialBits; }

  void begin(flowtable::Tick now);
  void adopt(const flowtable::ScanEvent& established);
  // What became of its connections, in order. What is late is passed over.
  void hear(const flowtable::ScanEvent& event);
  // The index of the core that it talks by, for its records.
  void set_core(uint16_t core) noexcept { connection_.core = core; }
  // The SYN-ACK of a service that had no slot.
  void set_syn_ack(const flowtable::SynFacts& syn_ack) noexcept { report_.syn_ack = syn_ack; }
  void stop(flowtable::Tick now);

  [[nodiscard]] bool finished() const noexcept { return finished_; }
  [[nodiscard]] uint64_t id() const noexcept { return id_; }
  // Whether the service has said a byte, in any connection.
  [[nodiscard]] bool heard_something() const noexcept { return heard_something_; }

  // Plaintext behind an agreement to TLS.
  [[nodiscard]] uint64_t num_thrown_away() const noexcept { return num_thrown_away_; }

  // What it wants since this was called last.
  [[nodiscard]] std::vector<InquiryAction> take_actions() noexcept;
  // Once, after finished().
  [[nodiscard]] ServiceReport take_report() noexcept { return std::move(report_); }
  [[nodiscard]] RecordBatch take_observations() noexcept { return std::move(observations_); }
  [[nodiscard]] const ServiceReport& report() const noexcept { return report_; }

 private:
  static constexpr unsigned kDialBits = 16;

  [[nodiscard]] bool concerns_us(const flowtable::ScanEvent& event) const noexcept;
  void attempt_next(AttemptWish wish);
  void dial(flowtable::TickSpan wait);
  void open(const flowtable::ScanEvent& established);
  void hear_bytes(flowtable::Bytes bytes);
  void dial_failed(const flowtable::ScanEvent& event);
  void hang_up();
  // The attempt is finished: what it brought, and what comes next.
  void conclude();
  void finish();

  const uint64_t id_;
  const InquiryTools tools_;
  const std::shared_ptr<const InquiryWish> wish_;
  Course course_;
  std::optional<Attempt> attempt_;
  ConnectionFacts connection_;
  std::optional<flowtable::ScanConnection> open_;  // the connection at hand
  uint64_t token_ = 0;
  uint32_t num_dials_ = 0;
  uint32_t num_redials_ = 0;  // of the dial at hand
  flowtable::Tick now_{};
  uint32_t num_failed_dials_ = 0;  // since a connection was established
  bool reached_ = false;           // a connection was established
  bool heard_something_ = false;
  bool finished_ = false;
  uint64_t num_thrown_away_ = 0;
  Verdict verdict_;
  bool found_tls_ = false;
  std::vector<InquiryAction> actions_;
  ServiceReport report_;
  RecordBatch observations_;
};

}  // namespace tls
