// SPDX-License-Identifier: Apache-2.0
// starttls_client PROTOCOL ADDRESS PORT NAME [PIECE]: a dialogue, then OpenSSL's handshake, on one
// blocking socket. Prints the leaf certificate's SHA-256.
#include "tls/probe/starttls_table.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace {

using tls::probe::Dialogue;
using tls::probe::PeerEnd;
using tls::probe::Step;

constexpr int kPatienceSeconds = 10;

// Closes itself. Reads at most so many bytes at a time.
class Socket {
 public:
  Socket(const char* address, uint16_t port, size_t piece_bytes)
      : fd_(socket(AF_INET, SOCK_STREAM, 0)), buffer_(piece_bytes) {
    const timeval patience{kPatienceSeconds, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    inet_pton(AF_INET, address, &to.sin_addr);
    is_open_ = connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  }
  ~Socket() { close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  bool is_open() const { return is_open_; }
  bool send_all(flowtable::Bytes bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes = bytes.subspan(static_cast<size_t>(sent));
    }
    return true;
  }
  // Empty at the end; `how` then says which.
  flowtable::Bytes receive(PeerEnd& how) {
    const ssize_t got = recv(fd_, buffer_.data(), buffer_.size(), 0);
    if (got == 0) how = PeerEnd::closed;
    if (got < 0) how = errno == EAGAIN ? PeerEnd::timed_out : PeerEnd::reset;
    return flowtable::Bytes(buffer_).first(got > 0 ? static_cast<size_t>(got) : 0);
  }

 private:
  int fd_;
  bool is_open_ = false;
  std::vector<uint8_t> buffer_;
};

void talk(Dialogue& dialogue, Socket& socket) {
  Step step = dialogue.opened();
  while (true) {
    const bool is_sent = socket.send_all(step.bytes);
    if (step.kind == Step::Kind::start_tls || step.kind == Step::Kind::finished) return;
    PeerEnd how = PeerEnd::reset;
    const flowtable::Bytes heard = is_sent ? socket.receive(how) : flowtable::Bytes{};
    if (heard.empty()) {
      dialogue.ended(how);
      return;
    }
    step = dialogue.heard(heard);
  }
}

// OpenSSL's client over memory, so that each flight goes through the dialogue's framing.
class Handshake {
 public:
  explicit Handshake(const char* name)
      : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free),
        session_(SSL_new(context_.get()), SSL_free) {
    SSL_set_bio(session_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_tlsext_host_name(session_.get(), name);
  }

  bool run(Dialogue& dialogue, Socket& socket) {
    std::vector<uint8_t> tls;
    while (true) {
      const int done = SSL_connect(session_.get());
      const bool is_sent = socket.send_all(dialogue.wrap(pending()));
      if (done == 1) return is_sent;
      PeerEnd how = PeerEnd::closed;
      const bool wants_more = SSL_get_error(session_.get(), done) == SSL_ERROR_WANT_READ;
      const flowtable::Bytes got = wants_more ? socket.receive(how) : flowtable::Bytes{};
      tls.clear();
      if (got.empty() || !dialogue.unwrap(got, tls)) return false;
      BIO_write(SSL_get_rbio(session_.get()), tls.data(), static_cast<int>(tls.size()));
    }
  }
  std::string leaf_sha256() const {
    const std::unique_ptr<X509, decltype(&X509_free)> leaf(
        SSL_get1_peer_certificate(session_.get()), X509_free);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (!leaf || X509_digest(leaf.get(), EVP_sha256(), digest.data(), &size) != 1) return "none";
    std::string hex;
    for (unsigned i = 0; i < size; ++i) {
      hex.push_back("0123456789abcdef"[digest[i] >> 4]);
      hex.push_back("0123456789abcdef"[digest[i] & 15]);
    }
    return hex;
  }

 private:
  std::vector<uint8_t> pending() {
    BIO* out = SSL_get_wbio(session_.get());
    std::vector<uint8_t> bytes(BIO_ctrl_pending(out));
    if (!bytes.empty()) BIO_read(out, bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
  }

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> session_;
};

int probe(Dialogue& dialogue, Socket& socket, const char* name) {
  talk(dialogue, socket);
  const tls::probe::DialogueResult& result = dialogue.result();
  if (!result.ready) {
    std::printf("failed %s at %s %s\n", std::string(name_of(result.failure)).c_str(),
                std::string(result.step).c_str(), result.code.c_str());
    return 1;
  }
  Handshake handshake(name);
  if (!handshake.run(dialogue, socket)) {
    std::printf("failed handshake\n");
    return 1;
  }
  std::printf("sha256 %s\n", handshake.leaf_sha256().c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto* protocol = argc > 4 ? tls::probe::protocol_named(argv[1]) : nullptr;
  if (protocol == nullptr) {
    std::fprintf(stderr, "usage: starttls_client PROTOCOL ADDRESS PORT NAME [PIECE]\n");
    return 2;
  }
  const long piece = argc > 5 ? std::strtol(argv[5], nullptr, 10) : 16384;
  const auto port = static_cast<uint16_t>(std::strtol(argv[3], nullptr, 10));
  Socket socket(argv[2], port, static_cast<size_t>(std::max(piece, 1L)));
  if (!socket.is_open()) {
    std::printf("failed to connect\n");
    return 1;
  }
  const auto dialogue = protocol->make({.own = "client.test", .domain = argv[4]});
  return probe(*dialogue, socket, argv[4]);
}
