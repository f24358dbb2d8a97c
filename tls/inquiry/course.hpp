// SPDX-License-Identifier: Apache-2.0
// Which connection to make next: the policy of an inquiry.
#pragma once

#include "tls/inquiry/attempt.hpp"
#include "tls/inquiry/deep_look.hpp"
#include "tls/pipeline/service_report.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tls {

// First the way to TLS is looked for, by port, then by what is heard, then by connections of the
// other kind; on that way the probes are tried until one brings a certificate; then what else was
// wished. A pure function of the attempts it is shown. One thread at a time.
class Course {
 public:
  Course(const ServiceQuestion& question, const InquiryWish& wish);

  // The first connection.
  [[nodiscard]] AttemptWish first() const { return way_; }
  // After an attempt that is finished; nullopt: all is known that can be.
  [[nodiscard]] std::optional<AttemptWish> after(const Attempt& attempt);
  // What the deep looks found so far.
  void write(ServiceReport& report) const;
  // Connections that it may take in all.
  [[nodiscard]] uint32_t connections_max() const noexcept;

 private:
  enum class Stage : uint8_t { certificate, other_certificate, without_name, deep, over };

  [[nodiscard]] std::optional<AttemptWish> after_certificate(const Attempt& attempt);
  // Of a server that speaks TLS; its attempt is the way to it.
  [[nodiscard]] std::optional<AttemptWish> settle(const Attempt& attempt);
  [[nodiscard]] std::optional<AttemptWish> after_refusal(const Attempt& attempt);
  [[nodiscard]] std::optional<AttemptWish> next_probe_after(const Attempt& attempt) const;
  [[nodiscard]] std::optional<AttemptWish> another_way(const Attempt& attempt);
  [[nodiscard]] std::optional<AttemptWish> unheard_way();
  [[nodiscard]] std::optional<AttemptWish> xmpp_again(const Attempt& attempt);
  [[nodiscard]] std::optional<AttemptWish> once_more(const Attempt& attempt);
  [[nodiscard]] std::optional<AttemptWish> other_alpn(const Attempt& attempt);
  [[nodiscard]] AttemptWish directly(std::string_view alpn);
  [[nodiscard]] AttemptWish by_dialogue(const probe::StarttlsProtocol& protocol);
  [[nodiscard]] AttemptWish by_listening();
  [[nodiscard]] AttemptWish with(const AttemptWish& way, probe::Probe probe) const;

  [[nodiscard]] bool is_udp() const noexcept {
    return probe::carrier_of(way_.probe) == probe::Carrier::udp;
  }

  const InquiryWish& wish_;
  const std::string host_;  // name or address
  std::optional<DeepLook> deep_;
  AttemptWish way_;  // that is tried now, with the first probe
  Stage stage_ = Stage::certificate;
  probe::Probe found_by_ = probe::Probe::a;
  std::vector<const probe::StarttlsProtocol*> tried_;
  bool tried_directly_ = false;
  bool tried_listening_ = false;
  bool tried_peer_name_ = false;
  bool tried_other_alpn_ = false;
  bool tried_once_more_ = false;
};

}  // namespace tls
