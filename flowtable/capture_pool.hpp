// SPDX-License-Identifier: Apache-2.0
// All captures of one poll core and the bytes they hold.
#pragma once

#include "flowtable/free_numbers.hpp"
#include "flowtable/handshake_capture.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace flowtable {

// Most handshakes are small (a client sends 0.5 to 2.3 KB, a server 3 to 6 KB), a few are huge.
// So a capture starts with a small buffer for both directions and moves once to a large one when
// either half is full. Memory is laid out by the constructor; the owner core alone calls the rest.
class CapturePool {
 public:
  struct Options {
    uint32_t captures_max = 1024;  // handshakes under way or with the workers, at one time
    uint32_t large_max = 64;       // of these with a large buffer
    uint32_t small_client_bytes = 4 * 1024;
    uint32_t small_server_bytes = 12 * 1024;
    uint32_t large_bytes = 64 * 1024 + 2 * 1024;  // per direction: a 64 KiB message and its records
  };
  explicit CapturePool(const Options& options);

  // A cleared capture, or null where all are out. No stream is started.
  [[nodiscard]] HandshakeCapture* acquire() noexcept;
  // The capture in a slot: what Flow::capture names.
  [[nodiscard]] HandshakeCapture* at(uint32_t slot) noexcept;
  // Starts one direction of a capture; `client` chooses the half of the small buffer. Where the
  // other direction has that half already, this one gets what is left.
  void start_stream(HandshakeCapture& capture, Side sender, bool client,
                    uint32_t base_seq) noexcept;
  // Moves both directions to a large buffer; false where none is free (or it has one already).
  [[nodiscard]] bool grow(HandshakeCapture& capture) noexcept;
  // Takes a capture back, with its buffers. By the owner core only (see CaptureExchange).
  void release(HandshakeCapture& capture) noexcept;

  [[nodiscard]] uint32_t num_free() const noexcept { return free_captures_.size(); }
  [[nodiscard]] uint32_t num_large_free() const noexcept { return free_large_.size(); }
  // All memory the pool will ever hold.
  [[nodiscard]] size_t memory_bytes() const noexcept;

 private:
  static constexpr uint32_t kNone = 0xffffffff;
  enum class Half : uint8_t { client, server, none };

  // What the pool remembers of a capture; apart from it, because a worker reads the capture while
  // the core serves its neighbours.
  struct Holding {
    uint32_t large = kNone;                                 // which large buffer
    std::array<Half, 2> halves = {Half::none, Half::none};  // by Side
    bool out = false;
  };

  [[nodiscard]] std::span<uint8_t> buffer_of(uint32_t slot, Half half) noexcept;

  const Options options_;
  std::vector<HandshakeCapture> captures_;
  std::vector<Holding> holdings_;  // by slot
  FreeNumbers free_captures_;
  FreeNumbers free_large_;
  std::unique_ptr<uint8_t[]> small_bytes_;
  std::unique_ptr<uint8_t[]> large_bytes_;
};

}  // namespace flowtable
