// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/pipeline_counter.hpp"

namespace tls {

namespace {

using enum PipelineCounter;

constexpr flowtable::CounterTable<PipelineCounter> kTable{{
    {captures, "captures", "captures taken from the poll cores"},
    {batches, "batches", "batches of captures worked on"},
    {not_tls, "not_tls", "captures that held no handshake"},
    {sessions, "sessions", "TLS sessions observed"},
    {complete, "complete", "sessions whose clear part was seen whole"},
    {client_hello_missing, "client_hello_missing", "sessions of which no ClientHello was seen"},
    {server_hello_missing, "server_hello_missing", "sessions of which no ServerHello was seen"},
    {client_hello_cut, "client_hello_cut", "sessions whose ClientHello ends early"},
    {server_flight_cut, "server_flight_cut", "sessions whose server flight ends early"},
    {gap, "gap", "sessions with bytes that were never seen"},
    {too_large, "too_large", "sessions that did not fit the capture buffer"},
    {malformed, "malformed", "sessions whose bytes break the format"},
    {alert, "alert", "sessions refused by a fatal alert"},
    {undecryptable, "undecryptable", "QUIC sessions whose Initial packets could not be opened"},
    {certificates_new, "certificates_new", "certificates parsed"},
    {certificates_known, "certificates_known", "certificates found in the cache"},
    {resumptions_linked, "resumptions_linked", "resumed sessions whose full handshake was seen"},
    {resumptions_unlinked, "resumptions_unlinked",
     "resumed sessions whose full handshake was not seen, or had to make room"},
    {resumable_evicted, "resumable_evicted",
     "session ids and tickets of full handshakes that had to make room"},
}};

static_assert(flowtable::is_in_order(kTable));

}  // namespace

const flowtable::CounterTable<PipelineCounter>& pipeline_counter_table() noexcept {
  return kTable;
}

std::string_view name_of(PipelineCounter counter) noexcept {
  const auto index = static_cast<size_t>(counter);
  return index < kTable.size() ? kTable[index].name : std::string_view{};
}

PipelineCounter counter_of(MissingReason reason) noexcept {
  // MissingReason::none stands where `complete` does.
  return static_cast<PipelineCounter>(static_cast<size_t>(PipelineCounter::complete) +
                                      static_cast<size_t>(reason));
}
static_assert(static_cast<size_t>(undecryptable) - static_cast<size_t>(complete) ==
              static_cast<size_t>(MissingReason::undecryptable));

}  // namespace tls
