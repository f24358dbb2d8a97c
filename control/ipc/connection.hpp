// SPDX-License-Identifier: Apache-2.0
// One caller, as the server sees it.
#pragma once

#include "control/ipc/frame.hpp"
#include "control/ipc/peer.hpp"
#include "control/ipc/subscription.hpp"
#include "control/ipc/unique_fd.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace control {

// Bytes in and out of one non-blocking socket, both bounded: what was read is at most one request
// and one chunk, and nothing more is read while an answer waits to be fetched. Used by the server's
// thread alone.
class Connection {
 public:
  using Clock = std::chrono::steady_clock;

  Connection(UniqueFd fd, PeerCredentials peer, Role role, Clock::time_point now);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] const PeerCredentials& peer() const noexcept { return peer_; }
  [[nodiscard]] Role role() const noexcept { return role_; }

  // Reads one chunk. False when the caller is gone.
  [[nodiscard]] bool read_some(Clock::time_point now);
  // Writes what the socket takes. False when the caller is gone.
  [[nodiscard]] bool write_some(Clock::time_point now);

  [[nodiscard]] FrameReader& input() noexcept { return input_; }
  // Frames to be sent are appended here.
  [[nodiscard]] std::string& output() noexcept { return output_; }
  [[nodiscard]] bool has_output() const noexcept { return sent_ < output_.size(); }

  [[nodiscard]] bool greeted() const noexcept { return greeted_; }
  void set_greeted() noexcept { greeted_ = true; }
  // Nothing more is read; the connection ends when its output is sent.
  void close_after_output() noexcept { closing_ = true; }
  [[nodiscard]] bool closing() const noexcept { return closing_; }

  // Set while a reply goes on: then the caller has nothing to send, and may take its time.
  void subscribe(std::shared_ptr<Subscription> subscription) noexcept {
    subscription_ = std::move(subscription);
  }
  [[nodiscard]] Subscription* subscription() const noexcept { return subscription_.get(); }
  // Moves waiting rows to the output, where it is empty. Whether there were any.
  bool fetch_rows(Clock::time_point now);
  // Ends the subscription, if there is one, and moves all that waits to the output.
  void finish_rows(Clock::time_point now);

  // When bytes last moved in the direction that is waited for.
  [[nodiscard]] Clock::time_point last_progress() const noexcept { return last_progress_; }

 private:
  UniqueFd fd_;
  PeerCredentials peer_;
  Role role_;
  FrameReader input_;
  std::string output_;
  size_t sent_ = 0;  // of output_
  bool greeted_ = false;
  bool closing_ = false;
  Clock::time_point last_progress_;
  std::shared_ptr<Subscription> subscription_;  // shared with whoever produces its rows
};

}  // namespace control
