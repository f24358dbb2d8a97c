// SPDX-License-Identifier: Apache-2.0
// Reads a capture as one core would, as two, and as three: `split_cores CAPTURE...`. The frames
// come in by all cores in turn, as from a card that cannot steer, and go by PacketIntake from core
// to core until they are where their flow is. The captures that workers would get must be the same
// ones. Prints for each file how many these are; exit status 1 where they differ.
#include "dataplane/capture/capture_file.hpp"
#include "dataplane/packet_intake.hpp"
#include "dataplane/packet_path.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace {

using dataplane::CaptureFile;
using dataplane::IntakeFrame;
using dataplane::PacketIntake;
using dataplane::PacketView;
using flowtable::HandshakeCapture;
using flowtable::Side;

constexpr uint32_t kCaptures = 1024;
constexpr uint64_t kHashSeed = 42;

// All that a worker is given, as one text.
std::string text_of(const HandshakeCapture& capture) {
  std::string out;
  for (const uint64_t word : capture.flow.key.words)
    out += std::to_string(word) + " ";
  out += std::to_string(static_cast<int>(capture.kind)) + " ";
  for (const Side side : {Side::a, Side::b}) {
    const flowtable::Bytes bytes = capture.stream(side);
    out += std::to_string(bytes.size()) + ":";
    out.append(bytes.begin(), bytes.end());
  }
  return out;
}

class Core {
 public:
  Core(uint16_t index, uint16_t cores)
      : intake_({.core = index, .owners = dataplane::FlowOwners(cores)}, counters_),
        path_({.core = index}, table_, ring_, counters_) {}

  // Where the frame has to go on, or nothing where it has ended here.
  std::optional<uint16_t> take(IntakeFrame& frame) {
    PacketView view;
    const PacketIntake::Result result = intake_.take(frame, view);
    if (result.fate == PacketIntake::Fate::elsewhere) return result.core;
    if (result.fate == PacketIntake::Fate::view) {
      path_.accept({&view, 1});
      take_captures();
    }
    return std::nullopt;
  }
  void end_burst() { intake_.end_burst(); }
  void drain() {
    intake_.drain();
    path_.drain();
    take_captures();
  }
  [[nodiscard]] const std::vector<std::string>& captures() const { return captures_; }

 private:
  void take_captures() {
    std::array<HandshakeCapture*, 16> taken{};
    while (const size_t count = exchange_.handed_off.pop(taken)) {
      for (HandshakeCapture* capture : std::span(taken).first(count)) {
        captures_.push_back(text_of(*capture));
        (void)exchange_.returned.push(capture);
      }
    }
    ring_.recycle();
  }

  dataplane::CoreCounters counters_;
  PacketIntake intake_;
  flowtable::FlowTable table_{{.flows_max = 65536,
                               .timeout = {std::chrono::minutes(60), std::chrono::minutes(60),
                                           std::chrono::minutes(60), std::chrono::minutes(60)}}};
  flowtable::CapturePool pool_{{.captures_max = kCaptures, .large_max = 128}};
  flowtable::CaptureExchange exchange_{kCaptures, kCaptures};
  dataplane::HandoffRing ring_{pool_, exchange_, counters_};
  dataplane::PacketPath path_;
  std::vector<std::string> captures_;
};

// Nothing where the file cannot be read.
std::optional<std::vector<std::string>> read(const char* path, uint16_t num_cores) {
  auto file = CaptureFile::open(path);
  if (!file) return std::nullopt;
  std::vector<std::unique_ptr<Core>> cores;
  for (uint16_t i = 0; i < num_cores; ++i)
    cores.push_back(std::make_unique<Core>(i, num_cores));
  dataplane::CaptureFrame frame;
  for (size_t number = 0; file.value().next(frame) == dataplane::CaptureStep::frame; ++number) {
    IntakeFrame taken{.link = frame.link,
                      .bytes = frame.bytes,
                      .meta = {frame.tick, frame.wire_bytes, kHashSeed}};
    std::optional<uint16_t> at = static_cast<uint16_t>(number % num_cores);
    while (at)
      at = cores[*at]->take(taken);
    for (const auto& core : cores)
      core->end_burst();
  }
  std::vector<std::string> out;
  for (const auto& core : cores) {
    core->drain();
    out.insert(out.end(), core->captures().begin(), core->captures().end());
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  int status = argc > 1 ? 0 : 2;
  for (int i = 1; i < argc; ++i) {
    const auto one = read(argv[i], 1);
    const bool same = one && read(argv[i], 2) == one && read(argv[i], 3) == one;
    if (!same) status = 1;
    std::printf("%zu %s %s\n", one ? one->size() : 0, same ? "same" : "different", argv[i]);
  }
  return status;
}
