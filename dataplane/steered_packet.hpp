// SPDX-License-Identifier: Apache-2.0
// What travels between poll cores.
#pragma once

#include "dataplane/link_type.hpp"
#include "dataplane/steering_mesh.hpp"
#include "flowtable/base/tick.hpp"

#include <atomic>
#include <cstdint>

struct rte_mbuf;

namespace dataplane {

enum class PacketUse : uint8_t {
  tap,
  scan_received,  // from the wire of the port that scans: whose it is has yet to be seen
  scan,           // the scanner's, and this core's
  scan_copy,      // the scanner's, shown to all its cores; another one answers
};

// A packet on its way to another core, with what its bytes do not say. The owner decodes it again:
// a PacketView is twice as long as the headers it was made from, which both cores must fetch
// anyway, and bytes that the receiving core had to join are not the owner's to read.
struct SteeredPacket {
  rte_mbuf* mbuf = nullptr;
  flowtable::Tick tick{};
  uint32_t joined_wire_bytes = 0;  // as in IntakeFrame
  LinkType link = LinkType::ethernet;
  uint8_t joins = 0;     // as in IntakeFrame
  bool awaited = false;  // counted among PacketMesh::awaited
  PacketUse use = PacketUse::tap;
};

// The ways between the cores.
struct PacketMesh : SteeringMesh<SteeredPacket> {
  using SteeringMesh::SteeringMesh;
  // Packets of files that are on their way and have not been followed yet.
  alignas(64) std::atomic<uint32_t> awaited{0};  // cores: rw
};

}  // namespace dataplane
