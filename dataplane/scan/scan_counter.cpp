// SPDX-License-Identifier: Apache-2.0
#include "dataplane/scan/scan_counter.hpp"

#include "flowtable/base/check.hpp"

namespace dataplane {
namespace {

using enum ScanCounter;

constexpr flowtable::CounterTable<ScanCounter> kTable = {{
    {probes_sent, "probes_sent", "SYNs to targets, first attempts"},
    {probes_sent_again, "probes_sent_again", "SYNs to targets that had not answered"},
    {probes_unsent, "probes_unsent",
     "times that a probe waited because the transmit ring was full"},
    {probes_lost_locally, "probes_lost_locally",
     "targets that could not be asked: no way, or an address that is never asked"},
    {probes_without_neighbour, "probes_without_neighbour",
     "probes that did not leave because nobody on the link has the address"},
    {probes_dropped, "probes_dropped", "probes that waited when their job ended"},
    {walks_held_up, "walks_held_up",
     "times that no probe was sent because workers or connections had no room"},
    {starts_deferred, "starts_deferred", "times that a probe or dial had to wait for its turn"},
    {starts_over_cap, "starts_over_cap", "of these, by the rate cap of a subnet or host"},
    {starts_full, "starts_full", "times that a probe found no room to wait"},
    {frames_refused, "frames_refused",
     "frames stopped by the last look before transmit; must stay 0"},
    {targets_open, "targets_open", "targets that answered with SYN-ACK"},
    {targets_unserved, "targets_unserved", "of these, those for which no connection was free"},
    {targets_closed, "targets_closed", "targets that answered with RST"},
    {targets_unreachable, "targets_unreachable",
     "targets for which a router or host sent an ICMP error"},
    {targets_silent, "targets_silent", "targets that never answered"},
    {answers_forged, "answers_forged", "answers that do not know what was asked"},
    {answers_repeated, "answers_repeated", "further answers of targets that had answered"},
    {answers_late, "answers_late", "answers of targets that had been given up"},
    {answers_put_off, "answers_put_off",
     "answers that workers had no room for; their targets are asked again"},
    {segments_stray, "segments_stray", "TCP segments to our ports that belong to nothing"},
    {datagrams_stray, "datagrams_stray", "UDP datagrams to our ports that belong to nothing"},
    {frames_strange, "frames_strange", "frames that are nothing to a scanner"},
    {checksums_wrong, "checksums_wrong", "packets to us with a wrong checksum"},
    {checksums_partial, "checksums_partial",
     "packets to us whose sender left the checksum to its network card"},
    {icmp_ignored, "icmp_ignored",
     "ICMP errors that name nothing that was asked, or what is connected"},
    {neighbours_asked, "neighbours_asked", "ARP requests and neighbour solicitations sent"},
    {neighbours_answered, "neighbours_answered", "ARP replies and neighbour advertisements sent"},
    {neighbours_learned, "neighbours_learned", "times that a neighbour told its Ethernet address"},
    {neighbours_absent, "neighbours_absent", "neighbours that did not answer"},
    {neighbours_disbelieved, "neighbours_disbelieved",
     "neighbours whose address is ours or not on the link"},
    {neighbours_displaced, "neighbours_displaced", "known neighbours that made room for others"},
    {neighbours_full, "neighbours_full", "times that there was no room to ask for a neighbour"},
    {neighbour_frames_unsent, "neighbour_frames_unsent",
     "frames to neighbours for which the transmit ring had no room"},
    {echoes_answered, "echoes_answered", "echo requests to our addresses that were answered"},
    {answers_over_rate, "answers_over_rate",
     "questions of others that were not answered because there were too many"},
    {dials_begun, "dials_begun", "connections and UDP conversations that workers asked for"},
    {dial_syns_sent, "dial_syns_sent", "SYNs of these, first and repeated"},
    {dials_not_allowed, "dials_not_allowed", "dials to addresses outside of what is allowed"},
    {dials_not_sent, "dials_not_sent",
     "dials that came to nothing before anything was sent, or whose job ended"},
    {dials_closed, "dials_closed", "dials answered by RST"},
    {dials_unreachable, "dials_unreachable", "dials answered by an ICMP error"},
    {dials_silent, "dials_silent", "dials that nobody answered"},
    {connections_opened, "connections_opened", "TCP connections that were established"},
    {connections_full, "connections_full", "times that a connection found no free slot"},
    {connections_stopped, "connections_stopped", "connections ended because their job was"},
    {segments_sent, "segments_sent", "segments of connections, without SYNs"},
    {segments_resent, "segments_resent", "of these, what had been sent before"},
    {segments_unsent, "segments_unsent",
     "segments that the transmit ring had no room for; sent again like lost ones"},
    {challenges_answered, "challenges_answered",
     "RST or SYN that fit the window but not exactly (RFC 5961)"},
    {segments_outside, "segments_outside",
     "segments with a sequence or acknowledgement number of no use"},
    {events_full, "events_full", "times that a connection had to wait for the workers"},
    {orders_stale, "orders_stale", "orders for connections that were gone"},
    {orders_too_long, "orders_too_long", "words beyond what a connection may have under way"},
    {peers_closed, "peers_closed", "connections that the peer ended by FIN"},
    {peers_reset, "peers_reset", "connections that the peer broke off by RST"},
    {connections_timed_out, "connections_timed_out",
     "connections that were silent, unreachable or open for too long"},
    {connections_too_much, "connections_too_much",
     "connections that brought more bytes than allowed"},
    {conversations_opened, "conversations_opened", "UDP dials that were answered"},
    {conversations_full, "conversations_full", "times that a UDP dial found no free slot"},
    {datagrams_sent, "datagrams_sent", "UDP datagrams sent"},
    {datagrams_unsent, "datagrams_unsent", "UDP datagrams that the transmit ring had no room for"},
    {datagrams_heard, "datagrams_heard", "UDP datagrams passed to workers"},
}};
static_assert(flowtable::is_in_order(kTable));

}  // namespace

const flowtable::CounterTable<ScanCounter>& scan_counter_table() noexcept {
  return kTable;
}

std::string_view name_of(ScanCounter counter) noexcept {
  return kTable[static_cast<size_t>(counter)].name;
}

}  // namespace dataplane
