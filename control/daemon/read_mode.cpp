// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/read_mode.hpp"

#include "control/cli/exit_code.hpp"
#include "control/daemon/live_sink.hpp"
#include "control/daemon/offline_tap.hpp"
#include "control/daemon/summary.hpp"
#include "control/export/session_table.hpp"
#include "dataplane/capture/capture_file.hpp"
#include "tls/pipeline/pipeline.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <random>
#include <thread>
#include <utility>

namespace control {
namespace {

using dataplane::CaptureFile;
using dataplane::CaptureStep;

// A flow needs a packet, and a packet at least its header in the file: no file has more flows than
// this, and a small one needs no large table.
uint32_t flows_max_of(const std::vector<std::string>& files) {
  constexpr uint64_t kPacketBytesMin = 56;  // pcap record header and an IPv4 TCP segment
  constexpr uint64_t kLeast = 1024;
  constexpr uint64_t kMost = 1 << 20;
  uint64_t largest = 0;
  for (const std::string& file : files) {
    struct stat status {};
    const bool regular = stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode);
    largest = std::max(largest, regular ? static_cast<uint64_t>(status.st_size) : UINT64_MAX);
  }
  return static_cast<uint32_t>(std::clamp(largest / kPacketBytesMin, kLeast, kMost));
}

uint64_t random_seed() {
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

void complain(const std::string& message) {
  std::fprintf(stderr, "tapseal read: %s\n", message.c_str());
}

// Keeps the first exit code that is not 0.
class ExitStatus {
 public:
  void note(ExitCode code) noexcept {
    if (code_ == ExitCode::ok) code_ = code;
  }
  [[nodiscard]] int value() const noexcept { return static_cast<int>(code_); }

 private:
  ExitCode code_ = ExitCode::ok;
};

void read_one(OfflineTap& tap, const std::string& path, ExitStatus& status) {
  auto file = CaptureFile::open(path);
  if (!file) {
    complain(file.error().message);
    // What is there but cannot be read as a capture is bad data; what cannot be opened, no input.
    status.note(file.error().fault == dataplane::OpenFault::not_a_capture ? ExitCode::bad_input
                                                                          : ExitCode::no_input);
    return;
  }
  if (tap.read(file.value()) == CaptureStep::end) return;
  complain(file.value().fault());
  status.note(ExitCode::bad_input);
}

}  // namespace

int read_files(const ReadOptions& options) {
  const bool table = options.format == ReadOptions::Format::table;
  const auto dialogues = tls::DialogueMatcher::make();
  if (!dialogues) {
    complain(dialogues.error().message);
    return static_cast<int>(ExitCode::failed);
  }
  OfflineTap tap(
      {.flows_max = flows_max_of(options.files), .hash_seed = random_seed(), .ssh = options.ssh});
  if (table) std::fputs(session_table_head().c_str(), stdout), std::fflush(stdout);
  LiveSink sink(std::make_unique<LineSink>(STDOUT_FILENO, options.sensor,
                                           table ? append_session_row : append_native_record),
                nullptr, nullptr);
  tls::Pipeline pipeline({.dialogues = dialogues.value().get()}, {&tap.exchange()}, sink);
  std::signal(SIGPIPE, SIG_IGN);  // a reader that went away is an error of write()
  std::thread workers([&pipeline] { pipeline.run(); });

  ExitStatus status;
  for (const std::string& path : options.files)
    read_one(tap, path, status);
  pipeline.request_stop();
  workers.join();

  const LineSink& json = *sink.lines();
  if (json.lines_lost() > 0) {
    complain(
        std::to_string(json.lines_lost()) +
        " sessions could not be written to standard output: " + std::strerror(json.last_error()));
    status.note(ExitCode::failed);
  }
  const dataplane::CoreCounters* const core = &tap.counters();
  const BookCounts counts = BookCounts::read({&core, 1}, pipeline.counters());
  if (options.summary == ReadOptions::Summary::text) {
    std::fputs(summary_text(counts).c_str(), stderr);
  } else if (options.summary == ReadOptions::Summary::json) {
    std::fputs(summary_json(counts).c_str(), stderr);
  }
  return status.value();
}

}  // namespace control
