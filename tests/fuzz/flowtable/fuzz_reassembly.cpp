// SPDX-License-Identifier: Apache-2.0
// StreamAssembler against the byte map of the unit tests. The input is a list of segments: where
// each begins, how long it is, and what it is filled with.
#include "flowtable/base/byte_reader.hpp"
#include "flowtable/base/check.hpp"
#include "flowtable/reassembly.hpp"
#include "tests/unit/flowtable/naive_stream.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace flowtable {
namespace {

constexpr size_t kSegmentsMax = 200;

struct Script {
  uint8_t capacity = 0;
  uint8_t grows_by = 0;
  uint32_t base_seq = 0;
};

struct Step {
  uint8_t kind = 0;  // 0: move to the larger buffer, 1: `seq` as it is, else: from base_seq on
  uint32_t seq = 0;
  uint8_t length = 0;
  uint8_t fill = 0;
};

bool read_script(ByteReader& input, Script& script) {
  return input.u8(script.capacity) && input.u8(script.grows_by) && input.u32(script.base_seq);
}

bool read_step(ByteReader& input, Step& step) {
  uint16_t distance = 0;
  if (!input.u8(step.kind)) return false;
  const bool far = step.kind == 1;
  if (far ? !input.u32(step.seq) : !input.u16(distance)) return false;
  if (!far) step.seq = static_cast<uint32_t>(distance % 600) - 64;
  return input.u8(step.length) && input.u8(step.fill);
}

// The bytes of one true stream, unless `fill` is odd: those come with another content.
std::vector<uint8_t> payload_of(const Step& step, uint32_t offset) {
  std::vector<uint8_t> out(step.length);
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<uint8_t>((offset + i) * 7 + (step.fill & 1));
  return out;
}

void check_equal(const StreamAssembler& assembler, const NaiveStream& model) {
  CHECK(std::ranges::equal(assembler.prefix(), model.prefix()));
  CHECK(assembler.conflict() == model.conflict());
  CHECK(assembler.truncated() == model.truncated());
  CHECK(assembler.has_hole() == model.has_hole());
}

void run(ByteReader input) {
  Script script;
  if (!read_script(input, script)) return;
  std::vector<uint8_t> buffer(size_t{script.capacity} + 1);
  std::vector<uint8_t> larger(buffer.size() + script.grows_by);
  StreamAssembler assembler;
  assembler.start(buffer, script.base_seq);
  NaiveStream model(buffer.size(), script.base_seq);
  bool grown = false;
  Step step;
  for (size_t i = 0; i < kSegmentsMax && read_step(input, step); ++i) {
    if (step.kind == 0 && !grown) {
      assembler.move_to(larger);
      model.grow(larger.size());
      grown = true;
    }
    const uint32_t seq = step.kind == 1 ? step.seq : script.base_seq + step.seq;
    const std::vector<uint8_t> payload = payload_of(step, seq - script.base_seq);
    CHECK(assembler.insert(seq, payload) == model.insert(seq, payload));
    check_equal(assembler, model);
  }
}

}  // namespace
}  // namespace flowtable

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  flowtable::run(flowtable::ByteReader(flowtable::Bytes(bytes, size)));
  return 0;
}
