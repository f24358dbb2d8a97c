// SPDX-License-Identifier: Apache-2.0
// What one of our connections to a service says, and what came of it.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/probe/client_hello_builder.hpp"
#include "tls/probe/datagram_conversation.hpp"
#include "tls/probe/dialogue.hpp"
#include "tls/probe/jarm_conversation.hpp"
#include "tls/probe/key_shares.hpp"
#include "tls/probe/sounding.hpp"
#include "tls/probe/starttls_table.hpp"
#include "tls/probe/tls_conversation.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tls {

// What a connection is to say; with the probes dtls and quic it is one over UDP.
struct AttemptWish {
  const probe::StarttlsProtocol* protocol = nullptr;  // its dialogue comes first; null: none
  bool listens = false;  // not a word until the server has said who it is; without `protocol`
  uint16_t port = 0;     // the server's: it helps to recognise what is heard
  probe::DialogueNames names;
  probe::Probe probe = probe::Probe::a;
  std::string host;  // SNI; empty: none
  std::string alpn;  // one name; empty: none
  // Of a deep look: this hello instead of the probe's.
  enum class Look : uint8_t { probe, sounding, jarm };
  Look look = Look::probe;
  probe::HelloDescription hello;
};

// Without a socket and without a clock. Any bytes are taken; what is kept of them is bounded by the
// dialogue and the conversation. One thread at a time.
class Attempt {
 public:
  // More at once than a core sends without an acknowledgement: dataplane::TcpClient::kWordsMax.
  static constexpr size_t kTurnBytesMax = 2048;

  // `keys` outlives it.
  Attempt(AttemptWish wish, const probe::KeyShares& keys);

  // What travels with the ACK; empty where the server speaks first.
  [[nodiscard]] const std::vector<uint8_t>& first_words() const noexcept { return first_words_; }
  // The core has said these instead: the same but for the random of a hello of probe a.
  void adopt(flowtable::Bytes said);

  // What to say to it: nothing, one piece, or, over UDP, datagrams. With finished() it is the last.
  using Words = std::vector<std::vector<uint8_t>>;
  [[nodiscard]] Words heard(flowtable::Bytes bytes);
  // The connection ended by itself. Passed over after finished().
  void ended(probe::PeerEnd end);
  // What to say before we hang up, which is in the middle of a handshake: behind a dialogue the
  // alert that ends it, as long as no keys would have to protect it; else nothing.
  [[nodiscard]] std::vector<uint8_t> goodbye();
  [[nodiscard]] bool finished() const noexcept { return finished_; }

  [[nodiscard]] const AttemptWish& wish() const noexcept { return wish_; }
  // Of the dialogue, also of one that was found out by listening; null: none.
  [[nodiscard]] const probe::StarttlsProtocol* protocol() const noexcept { return protocol_; }
  // Null where there is no dialogue.
  [[nodiscard]] const probe::DialogueResult* dialogue() const noexcept {
    return dialogue_ ? &dialogue_->result() : nullptr;
  }
  // Null where no hello of that kind was said.
  [[nodiscard]] const probe::TlsResult* tls() const noexcept {
    if (datagrams_) return &datagrams_->result();
    const auto* const probe = std::get_if<probe::TlsConversation>(&conversation_);
    return probe != nullptr ? &probe->result() : nullptr;
  }
  [[nodiscard]] const probe::SoundingAnswer* sounding() const noexcept {
    const auto* const sounding = std::get_if<probe::Sounding>(&conversation_);
    return sounding != nullptr ? &sounding->answer() : nullptr;
  }
  [[nodiscard]] const probe::JarmConversation* jarm() const noexcept {
    return std::get_if<probe::JarmConversation>(&conversation_);
  }
  // Our first hello: the record, over UDP the message; empty where none was said.
  [[nodiscard]] flowtable::Bytes hello() const noexcept { return hello_; }
  // Bytes of the dialogue that we have said before the hello.
  [[nodiscard]] uint32_t num_plaintext_said() const noexcept { return num_plaintext_said_; }
  [[nodiscard]] bool heard_something() const noexcept { return !first_heard_.empty(); }
  // Whose words those were: recognise().
  [[nodiscard]] std::string_view speaks() const noexcept;
  // How the peer ended it; nullopt where it did not.
  [[nodiscard]] std::optional<probe::PeerEnd> peer_end() const noexcept { return peer_end_; }

 private:
  static constexpr size_t kFirstHeardMax = 512;  // what recognise() looks at

  // `beyond`: what came and did not fit into first_heard_.
  [[nodiscard]] std::vector<uint8_t> hear_greeting(flowtable::Bytes beyond);
  [[nodiscard]] std::vector<uint8_t> hear_dialogue(flowtable::Bytes bytes);
  [[nodiscard]] std::vector<uint8_t> hear_tls(flowtable::Bytes bytes);
  [[nodiscard]] Words hear_datagram(flowtable::Bytes bytes);
  void begin_tls();
  void begin_datagrams();
  [[nodiscard]] std::span<const std::string> alpn() const noexcept {
    return {&wish_.alpn, wish_.alpn.empty() ? size_t{0} : size_t{1}};
  }
  [[nodiscard]] bool has_begun_tls() const noexcept { return conversation_.index() > 0; }
  void end_by(probe::PeerEnd end);

  const AttemptWish wish_;
  const probe::KeyShares& keys_;
  const probe::StarttlsProtocol* protocol_;
  probe::DialoguePtr dialogue_;
  // Each says first_flight(), then what heard() answers, until it is finished or ended().
  std::variant<std::monostate, probe::TlsConversation, probe::Sounding, probe::JarmConversation>
      conversation_;
  std::unique_ptr<probe::DatagramConversation> datagrams_;  // instead, over UDP
  std::vector<uint8_t> first_words_;
  std::vector<uint8_t> hello_;
  std::vector<uint8_t> first_heard_;
  std::optional<probe::PeerEnd> peer_end_;
  uint32_t num_plaintext_said_ = 0;
  bool finished_ = false;
};

}  // namespace tls
