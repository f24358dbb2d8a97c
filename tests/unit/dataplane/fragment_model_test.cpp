// SPDX-License-Identifier: Apache-2.0
// Random packets, cut at random places, shuffled, repeated, lost and mixed with each other: what
// comes out must be what went in, and exactly where a model says so that only knows which bytes of
// which packet have come.
#include "dataplane/fragment_table.hpp"
#include "dataplane/packet_decode.hpp"
#include "tests/support/ip_fragmenter.hpp"
#include "tests/support/packet_builder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace dataplane {
namespace {

using tests::ByteString;

struct Piece {
  size_t packet;
  size_t begin;
  size_t end;
  ByteString fragment;
};

struct Original {
  ByteString packet;
  std::vector<bool> there;  // by byte behind the first header
  bool joined = false;

  [[nodiscard]] size_t header() const { return packet.front() >> 4 == 4 ? 20 : 40; }
  [[nodiscard]] bool whole() const { return std::ranges::find(there, false) == there.end(); }
};

class Round {
 public:
  explicit Round(uint32_t seed) : random_(seed) {
    for (size_t i = 0; i < 12; ++i)
      add_packet(i);
    std::ranges::shuffle(pieces_, random_);
    // Some never come, some come twice.
    const size_t lost = random_() % 3;
    pieces_.resize(pieces_.size() - std::min(lost, pieces_.size()));
    const size_t repeated = random_() % 10;
    for (size_t i = 0; i < repeated; ++i) {
      const Piece again = pieces_[random_() % pieces_.size()];
      pieces_.insert(pieces_.begin() + static_cast<std::ptrdiff_t>(random_() % pieces_.size()),
                     again);
    }
  }

  void run() {
    for (const Piece& piece : pieces_)
      take(piece);
    uint64_t whole = 0;
    for (const Original& original : originals_)
      whole += original.joined ? 1 : 0;
    EXPECT_EQ(counters_.path.get(PathCounter::datagrams_reassembled), whole);
    EXPECT_EQ(counters_.path.get(PathCounter::fragments_taken), pieces_.size());
    EXPECT_EQ(counters_.path.get(PathCounter::datagrams_conflicting), 0u);
    EXPECT_EQ(counters_.drops.get(DropReason::fragment_overlap), 0u);
    table_.drain();
    EXPECT_EQ(counters_.path.get(PathCounter::datagrams_fragmented),
              whole + counters_.drops.get(DropReason::fragment_timeout));
  }

 private:
  void add_packet(size_t index) {
    const auto port = static_cast<uint16_t>(1000 + index);
    const bool v6 = index % 2 == 1;
    ByteString payload(random_() % (index == 0 ? 60000 : 4000));
    for (uint8_t& byte : payload)
      byte = static_cast<uint8_t>(random_());
    tests::PacketBuilder builder = v6 ? tests::PacketBuilder(tests::v6(1, port), tests::v6(2, 443))
                                      : tests::PacketBuilder(tests::v4(1, port), tests::v4(2, 443));
    const ByteString frame = builder.tcp(TcpFlags::kAck, 77, 0).payload(payload).build();
    Original original{tests::part_of(frame, 14, frame.size() - 14), {}};
    const size_t carried = original.packet.size() - original.header();
    original.there.resize(carried);
    for (size_t begin = 0; begin < carried;) {
      size_t end = std::min(carried, begin + 8 + random_() % 200 * 8);
      if (begin == 0 && end == carried) end = 8;  // at least two
      Piece piece{index, begin, end, {}};
      piece.fragment = tests::fragment_of(
          original.packet, {begin, end, end < carried, static_cast<uint32_t>(index / 2)});
      pieces_.push_back(piece);
      begin = end;
    }
    originals_.push_back(original);
  }

  void take(const Piece& piece) {
    Original& original = originals_[piece.packet];
    std::fill(original.there.begin() + static_cast<std::ptrdiff_t>(piece.begin),
              original.there.begin() + static_cast<std::ptrdiff_t>(piece.end), true);
    const bool completes = original.whole() && !original.joined;
    FragmentView view;
    ASSERT_EQ(decode_fragment(LinkType::raw_ip, piece.fragment, {{}, 0, 3}, view),
              DropReason::none);
    const JoinedPacket joined = table_.take(view, room_);
    ASSERT_EQ(!joined.bytes.empty(), completes);
    if (!completes) return;
    original.joined = true;
    ASSERT_EQ(joined.bytes.size(), original.packet.size());
    EXPECT_TRUE(std::ranges::equal(joined.bytes.subspan(original.header()),
                                   flowtable::Bytes(original.packet).subspan(original.header())));
  }

  std::mt19937 random_;
  std::vector<Original> originals_;
  std::vector<Piece> pieces_;
  CoreCounters counters_;
  FragmentTable table_{{}, counters_};
  std::vector<uint8_t> room_ = std::vector<uint8_t>(FragmentTable::kPacketBytesMax);
};

TEST(FragmentModel, AgreesOnRandomPackets) {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    Round(seed).run();
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace dataplane
