// SPDX-License-Identifier: Apache-2.0
// What is asked of a server that speaks TLS beyond its certificates: JARM, versions, suites,
// groups.
#pragma once

#include "tls/inquiry/attempt.hpp"
#include "tls/pipeline/service_report.hpp"
#include "tls/probe/jarm.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tls {

// One connection after the other, in a fixed order. A pure function of their answers. One thread.
class DeepLook {
 public:
  // For each version: so many suites, one by one, and the refusals between.
  static constexpr size_t kSoundingsPerVersionMax = 96;
  static constexpr uint32_t kConnectionsMax = 10 + 5 * kSoundingsPerVersionMax + 2;

  // `way`: the connection as it led to TLS; `host`: what JARM calls the server, a name or an
  // address.
  DeepLook(const InquiryWish& wish, AttemptWish way, std::string host);

  // nullopt: all was asked.
  [[nodiscard]] std::optional<AttemptWish> next();
  // What came of the attempt that was given last.
  void take(const Attempt& attempt);
  // The answers so far.
  void write(ServiceReport& report) const;

 private:
  enum class Stage : uint8_t { jarm, versions, classic_group, post_quantum_group, over };

  [[nodiscard]] AttemptWish sounding(probe::HelloDescription hello) const;
  [[nodiscard]] std::optional<AttemptWish> next_version();
  void begin_version();
  void take_version(const probe::SoundingAnswer& answer);

  const InquiryWish& wish_;
  const AttemptWish way_;
  const std::string host_;
  Stage stage_ = Stage::jarm;
  size_t num_jarm_ = 0;  // hellos said
  probe::JarmScan jarm_;
  size_t version_at_ = 0;         // in sounded_versions()
  std::vector<uint16_t> suites_;  // of that version, not yet answered for
  size_t num_offered_ = 0;        // the first of them
  size_t num_soundings_ = 0;      // of that version
  std::vector<AcceptedSuites> accepted_;
  SelectedGroups groups_;
};

}  // namespace tls
