// SPDX-License-Identifier: Apache-2.0
// tls/probe's dialogues: the first byte chooses one, the second how the connection ends and how the
// rest, which is what the server says, is cut. However that is, what we say and what comes of it
// are what they are when it is heard byte by byte.
#include "flowtable/base/check.hpp"
#include "tls/probe/recognise.hpp"
#include "tls/probe/starttls_table.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

using flowtable::Bytes;
using tls::probe::Dialogue;
using tls::probe::DialogueFailure;
using tls::probe::DialogueResult;
using tls::probe::Step;

struct Outcome {
  std::vector<uint8_t> said;
  DialogueResult result;
  std::vector<uint8_t> tls;  // as the protocol's framing gives it
  bool is_framed = true;
};

void take(Outcome& outcome, const Dialogue& dialogue, const Step& step) {
  CHECK((step.kind == Step::Kind::start_tls) == dialogue.result().ready);
  CHECK((step.kind == Step::Kind::finished) ==
        (dialogue.result().failure != DialogueFailure::none));
  CHECK(step.kind != Step::Kind::wait || step.bytes.empty());
  CHECK(step.kind != Step::Kind::send || !step.bytes.empty());
  outcome.said.insert(outcome.said.end(), step.bytes.begin(), step.bytes.end());
}

Outcome run(const tls::probe::StarttlsProtocol& protocol, Bytes server, size_t piece_bytes,
            tls::probe::PeerEnd end) {
  Outcome outcome;
  const auto dialogue = protocol.make({"tap.example", "xmpp.test"});
  take(outcome, *dialogue, dialogue->opened());
  for (Bytes rest = server; !rest.empty();) {
    const Bytes piece = rest.first(std::min(piece_bytes, rest.size()));
    rest = rest.subspan(piece.size());
    take(outcome, *dialogue, dialogue->heard(piece));
    outcome.is_framed = dialogue->unwrap(piece, outcome.tls);
  }
  dialogue->ended(end);
  outcome.result = dialogue->result();
  return outcome;
}

void check_result(const DialogueResult& result) {
  CHECK(result.ready == (result.failure == DialogueFailure::none));
  CHECK(!result.step.empty());
  CHECK(result.code.size() <= Dialogue::kCodeBytesMax);
  CHECK(std::all_of(result.code.begin(), result.code.end(),
                    [](char c) { return c > ' ' && c <= '~'; }));
  CHECK(tls::probe::plain_name(result.peer_name) == result.peer_name);
}

void check_same(const Outcome& a, const Outcome& b) {
  CHECK(a.said == b.said);
  CHECK(a.tls == b.tls && a.is_framed == b.is_framed);
  CHECK(a.result.ready == b.result.ready);
  CHECK(a.result.failure == b.result.failure);
  CHECK(a.result.advert == b.result.advert);
  CHECK(a.result.transient == b.result.transient);
  CHECK(a.result.step == b.result.step);
  CHECK(a.result.code == b.result.code);
  CHECK(a.result.peer_name == b.result.peer_name);
  CHECK(a.result.thrown_away == b.result.thrown_away);
}

void check_recognised(Bytes server, uint16_t port) {
  const std::string_view name = tls::probe::recognise(server, port);
  const bool is_other = name == tls::probe::kSpeaksTls || name == tls::probe::kSpeaksTlsAlert ||
                        name == tls::probe::kSpeaksSsh || name == tls::probe::kSpeaksHttp;
  CHECK(name.empty() || is_other || tls::probe::protocol_named(name) != nullptr);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const auto protocols = tls::probe::starttls_protocols();
  const auto& protocol = protocols[data[0] % protocols.size()];
  const auto end = static_cast<tls::probe::PeerEnd>(data[1] % 4);
  const size_t piece_bytes = 2 + (data[1] >> 2);
  const Bytes server(data + 2, size - 2);

  const Outcome bytewise = run(protocol, server, 1, end);
  check_result(bytewise.result);
  check_same(bytewise, run(protocol, server, piece_bytes, end));
  check_same(bytewise, run(protocol, server, server.size() + 1, end));

  const auto dialogue = protocol.make({});
  std::vector<uint8_t> back;
  CHECK(dialogue->unwrap(dialogue->wrap(server), back));
  CHECK(std::ranges::equal(back, server));
  check_recognised(server, protocol.ports[0]);
  return 0;
}
