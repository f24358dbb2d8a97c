// SPDX-License-Identifier: Apache-2.0
// A server that follows a script, and says it in pieces of any size.
#pragma once

#include "tests/unit/tls/probe_binary_scripts.hpp"
#include "tests/unit/tls/probe_text_scripts.hpp"
#include "tls/probe/starttls_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tests {

inline const tls::probe::DialogueNames kProbeNames{"tap.example", "xmpp.test"};

inline std::vector<ProbeScript> agreed_scripts() {
  std::vector<ProbeScript> all = kTextScripts;
  all.insert(all.end(), kBinaryScripts.begin(), kBinaryScripts.end());
  return all;
}

inline flowtable::Bytes bytes_of(std::string_view words) {
  return {reinterpret_cast<const uint8_t*>(words.data()), words.size()};
}

class ProbePeer {
 public:
  explicit ProbePeer(std::string_view protocol, size_t piece_bytes = SIZE_MAX)
      : dialogue_(tls::probe::protocol_named(protocol)->make(kProbeNames)),
        piece_bytes_(piece_bytes) {
    take(dialogue_->opened());
  }

  // What the server says.
  void say(std::string_view words) {
    while (!words.empty()) {
      const std::string_view piece = words.substr(0, piece_bytes_);
      words.remove_prefix(piece.size());
      take(dialogue_->heard(bytes_of(piece)));
    }
  }
  // What we said since this was asked last.
  std::string take_sent() { return std::exchange(sent_, {}); }

  void follow(const ProbeScript& script) {
    for (const Turn& turn : script.turns) {
      if (turn.talker == 'S') {
        say(turn.bytes);
      } else {
        EXPECT_EQ(take_sent(), turn.bytes) << script.protocol << ": " << script.name;
      }
    }
    EXPECT_EQ(take_sent(), "") << script.protocol << ": " << script.name;
  }

  void end(tls::probe::PeerEnd how) { dialogue_->ended(how); }
  const tls::probe::DialogueResult& result() const { return dialogue_->result(); }
  tls::probe::Dialogue& dialogue() { return *dialogue_; }
  // How often TLS was to start; 0 or 1 where all is well.
  int starts() const { return starts_; }
  tls::probe::Step::Kind last_kind() const { return last_kind_; }

 private:
  void take(const tls::probe::Step& step) {
    using Kind = tls::probe::Step::Kind;
    EXPECT_FALSE(step.kind == Kind::send && step.bytes.empty());
    EXPECT_FALSE(step.kind == Kind::wait && !step.bytes.empty());
    EXPECT_EQ(step.kind == Kind::start_tls, result().ready);
    if (step.kind == Kind::start_tls && last_kind_ != Kind::start_tls) ++starts_;
    last_kind_ = step.kind;
    sent_.append(step.bytes.begin(), step.bytes.end());
  }

  tls::probe::DialoguePtr dialogue_;
  size_t piece_bytes_;
  std::string sent_;
  int starts_ = 0;
  tls::probe::Step::Kind last_kind_ = tls::probe::Step::Kind::wait;
};

}  // namespace tests
