// SPDX-License-Identifier: Apache-2.0
// What is said in plaintext until a server agrees to TLS.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/probe/step.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tls::probe {

// Why TLS did not start. `none` while the dialogue goes on, and where it did start.
enum class DialogueFailure : uint8_t {
  none,
  no_advert,          // the server has no TLS to offer, or refused what it never advertised
  refused,            // the server said no: `code` has its word for it
  not_this_protocol,  // what was heard is something else
  no_certificate,     // TLS is offered without certificates only (VNC's anonymous kinds)
  timed_out,
  closed,
  reset,
  too_much,  // more than kHeardBytesMax in all, or a line or element without an end
};
[[nodiscard]] std::string_view name_of(DialogueFailure failure) noexcept;

// Whether the server said by itself that it knows STARTTLS. It is asked in either case.
enum class Advert : uint8_t { unknown, yes, no };

struct DialogueResult {
  bool ready = false;  // TLS starts
  DialogueFailure failure = DialogueFailure::none;
  Advert advert = Advert::unknown;
  bool transient = false;    // refused with a code that asks to come back later (4xx)
  std::string_view step;     // static: what was waited for when it ended
  std::string code;          // the protocol's own; printable, at most kCodeBytesMax, may be empty
  std::string peer_name;     // XMPP: who the server says it is; may be empty
  uint32_t thrown_away = 0;  // bytes of plaintext behind the go-ahead (CVE-2011-0411)
};

// Who speaks to whom. Characters that stand in no host name are left out of what is sent.
struct DialogueNames {
  std::string own;     // for EHLO; empty: a name that cannot exist
  std::string domain;  // for XMPP: whom we want; empty: not said
};

// One dialogue on one connection, without a socket and without a clock: whoever owns the connection
// calls opened() when TCP is established, heard() for what came, ended() when nothing more will
// come. What is said and the result depend on the bytes alone, never on how they were cut. Any
// bytes are taken; memory is bounded by kHeardBytesMax. One thread at a time.
class Dialogue {
 public:
  static constexpr size_t kHeardBytesMax = 65536;
  static constexpr size_t kCodeBytesMax = 32;

  virtual ~Dialogue() = default;
  Dialogue(const Dialogue&) = delete;
  Dialogue& operator=(const Dialogue&) = delete;

  // Once, first. Where the server speaks first it is `wait`.
  [[nodiscard]] Step opened();
  // After `start_tls`, what the server said before our first TLS byte may still be given: it is
  // counted as thrown away.
  [[nodiscard]] Step heard(flowtable::Bytes bytes);
  void ended(PeerEnd end);
  [[nodiscard]] const DialogueResult& result() const noexcept { return result_; }

  // The TLS handshake as it travels on this protocol's wire; only SQL Server's differs from TLS
  // itself. unwrap() appends to `tls`; false: what came cannot carry TLS, and nothing more will.
  [[nodiscard]] virtual std::vector<uint8_t> wrap(flowtable::Bytes tls);
  [[nodiscard]] virtual bool unwrap(flowtable::Bytes received, std::vector<uint8_t>& tls);

 protected:
  explicit Dialogue(std::string_view first_step) { result_.step = first_step; }

  // Where the client speaks first: says so.
  virtual void begin() {}
  // Reads from the front of what was not read yet (never empty) and returns how many bytes that
  // took; 0 where there are too few yet. Called again while it takes some and nothing is decided.
  virtual size_t read(flowtable::Bytes unread) = 0;
  // The connection ended; what was read may already be an answer.
  virtual void cut_short() {}

  void say(std::string_view words);
  // The next thing to wait for, unless it is decided. Names are static.
  void await(std::string_view step) {
    if (!is_decided()) result_.step = step;
  }
  [[nodiscard]] bool awaits(std::string_view step) const noexcept { return result_.step == step; }
  [[nodiscard]] bool is_decided() const noexcept {
    return result_.ready || result_.failure != DialogueFailure::none;
  }
  void agree() { result_.ready = true; }
  void fail(DialogueFailure failure);
  // The server said no; where it never advertised this is no_advert.
  void refuse(std::string_view code);
  void set_advert(Advert advert) { result_.advert = advert; }
  void set_transient(bool transient) { result_.transient = transient; }
  void set_peer_name(std::string name) { result_.peer_name = std::move(name); }

 private:
  [[nodiscard]] Step next_step();

  DialogueResult result_;
  std::vector<uint8_t> heard_;    // from what is unread on
  size_t read_bytes_ = 0;         // of heard_
  size_t heard_bytes_ = 0;        // in all, at most kHeardBytesMax
  std::vector<uint8_t> to_send_;  // since the last step
};

// What of a name may be sent: letters, digits and `.-_:[]`, at most 255 of them.
[[nodiscard]] std::string plain_name(std::string_view name);

}  // namespace tls::probe
