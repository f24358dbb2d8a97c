// SPDX-License-Identifier: Apache-2.0
#include "control/ipc/connection.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace control {
namespace {

constexpr size_t kRequestChunkBytes = size_t{16} << 10;

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

}  // namespace

Connection::Connection(UniqueFd fd, PeerCredentials peer, Role role, Clock::time_point now)
    : fd_(std::move(fd)),
      peer_(std::move(peer)),
      role_(role),
      input_(role == Role::operator_ ? kOperatorFrameBytesMax : kRequestFrameBytesMax),
      last_progress_(now) {}

Connection::~Connection() {
  if (subscription_) subscription_->close();
}

bool Connection::fetch_rows(Clock::time_point now) {
  if (!subscription_ || has_output()) return false;
  const Subscription::Taken taken = subscription_->take(output_);
  if (taken == Subscription::Taken::ended) {
    subscription_.reset();
    last_progress_ = now;
  }
  return taken != Subscription::Taken::nothing;
}

void Connection::finish_rows(Clock::time_point now) {
  if (!subscription_) return;
  subscription_->close();
  while (subscription_->take(output_) != Subscription::Taken::ended) {
  }
  subscription_.reset();
  last_progress_ = now;
}

bool Connection::read_some(Clock::time_point now) {
  std::array<char, kRequestChunkBytes> chunk;
  const ssize_t size = recv(fd_.get(), chunk.data(), chunk.size(), 0);
  if (size < 0) return would_block();
  if (size == 0) return false;
  input_.feed({chunk.data(), static_cast<size_t>(size)});
  // Before the hello the clock runs from the start: a byte now and then must not keep a place.
  if (greeted_) last_progress_ = now;
  return true;
}

bool Connection::write_some(Clock::time_point now) {
  while (has_output()) {
    const ssize_t size =
        send(fd_.get(), output_.data() + sent_, output_.size() - sent_, MSG_NOSIGNAL);
    if (size < 0) return would_block();
    sent_ += static_cast<size_t>(size);
    if (greeted_) last_progress_ = now;
  }
  // Gives a large answer's memory back.
  output_ = std::string();
  sent_ = 0;
  return true;
}

}  // namespace control
