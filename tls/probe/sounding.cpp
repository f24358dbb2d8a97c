// SPDX-License-Identifier: Apache-2.0
#include "tls/probe/sounding.hpp"

#include "tls/probe/fresh_random.hpp"
#include "tls/probe/server_handshake.hpp"
#include "tls/wire/extensions.hpp"
#include "tls/wire/server_hello.hpp"

#include <utility>

namespace tls::probe {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

Refusal refusal_of_clear_flight(FlightFault fault) noexcept {
  switch (fault) {
    case FlightFault::not_tls:
      return Refusal::not_tls;
    case FlightFault::too_much:
      return Refusal::too_much;
    default:
      return Refusal::malformed;
  }
}

}  // namespace

Sounding::Sounding(HelloDescription hello) {
  fill_random(hello.random);
  if (!hello.versions.empty()) {
    hello.session_id.resize(kRandomBytes);
    fill_random(hello.session_id);
  }
  first_flight_ = client_hello_record(hello);
}

Step Sounding::heard(Bytes bytes) {
  if (!finished_) flight_.feed(bytes);
  while (!finished_) {
    const FlightEvent event = flight_.next();
    if (event.step == FlightStep::wait) return {};
    on_event(event);
  }
  return {Step::Kind::finished, {}};
}

void Sounding::ended(PeerEnd end) noexcept {
  if (!finished_) finish(refusal_of(end));
}

void Sounding::finish(Refusal refusal) noexcept {
  finished_ = true;
  answer_.refusal = refusal;
}

void Sounding::on_event(const FlightEvent& event) noexcept {
  switch (event.step) {
    case FlightStep::message:
      if (event.type == HandshakeType::hello_request) return;
      if (event.type == HandshakeType::server_hello) return on_server_hello(event.body());
      return finish(Refusal::malformed);
    case FlightStep::alert:
      answer_.alert = event.alert;
      // A warning, such as unrecognized_name, may come before the ServerHello.
      if (event.alert.level != AlertLevel::warning) finish(Refusal::alert);
      return;
    case FlightStep::cipher_changed:
      return finish(Refusal::unexpected);
    case FlightStep::fault:
      return finish(refusal_of_clear_flight(event.fault));
    case FlightStep::wait:
      return;
  }
}

// RFC 8446 section 4.2.8: both forms of key_share begin with the group.
void Sounding::on_server_hello(Bytes body) noexcept {
  const Parsed<ServerHello> parsed = parse_server_hello(body);
  if (!parsed.ok()) return finish(Refusal::malformed);
  const ServerHello& hello = parsed.value();
  answer_.version = selected_version(hello);
  answer_.cipher = hello.cipher_suite;
  if (const auto share = hello.extensions.find(ExtensionType::key_share)) {
    uint16_t group = 0;
    ByteReader reader(*share);
    if (reader.u16(group)) answer_.group = group;
  }
  finish(Refusal::none);
}

}  // namespace tls::probe
