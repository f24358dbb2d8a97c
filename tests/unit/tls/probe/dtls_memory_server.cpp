// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/tls/probe/dtls_memory_server.hpp"

#include "flowtable/base/check.hpp"

#include <chrono>
#include <thread>
#include <utility>

namespace tests {

namespace {

int keep_datagram(BIO* bio, const char* bytes, int size) {
  auto& said = *static_cast<DtlsMemoryServer::Datagrams*>(BIO_get_data(bio));
  said.emplace_back(bytes, bytes + size);
  return size;
}

long control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

// OpenSSL's own is a second. Nothing is said again while a test gives its datagrams.
constexpr std::chrono::milliseconds kTimer{100};

unsigned int timer_us(SSL*, unsigned int) {
  return static_cast<unsigned int>(std::chrono::microseconds{kTimer}.count());
}

}  // namespace

DtlsMemoryServer::DtlsMemoryServer(const Wish& wish)
    : context_(SSL_CTX_new(DTLS_server_method()), SSL_CTX_free),
      method_(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams"), BIO_meth_free),
      server_(nullptr, SSL_free) {
  SSL_CTX* const context = context_.get();
  CHECK(SSL_CTX_use_certificate_file(context, wish.certificate.c_str(), SSL_FILETYPE_PEM) == 1);
  CHECK(SSL_CTX_use_PrivateKey_file(context, wish.key.c_str(), SSL_FILETYPE_PEM) == 1);
  server_.reset(SSL_new(context));
  SSL* const server = server_.get();
  if (!wish.chain.empty()) {
    // The first of the file is the server's own.
    CHECK(SSL_use_certificate_chain_file(server, wish.chain.c_str()) == 1);
  }
  BIO_meth_set_write(method_.get(), keep_datagram);
  BIO_meth_set_ctrl(method_.get(), control);
  BIO* const out = BIO_new(method_.get());
  BIO_set_data(out, &said_);
  BIO_set_init(out, 1);
  BIO* const in = BIO_new(BIO_s_mem());
  BIO_set_mem_eof_return(in, -1);
  SSL_set_bio(server, in, out);
  SSL_set_options(server, SSL_OP_NO_QUERY_MTU);
  CHECK(SSL_set_mtu(server, wish.mtu) != 0);
  DTLS_set_timer_cb(server, timer_us);
  SSL_set_accept_state(server);
}

DtlsMemoryServer::Datagrams DtlsMemoryServer::answer(flowtable::Bytes datagram) {
  BIO_write(SSL_get_rbio(server_.get()), datagram.data(), static_cast<int>(datagram.size()));
  (void)SSL_do_handshake(server_.get());
  return std::exchange(said_, {});
}

DtlsMemoryServer::Datagrams DtlsMemoryServer::say_again(long mtu) {
  CHECK(SSL_set_mtu(server_.get(), mtu) != 0);
  std::this_thread::sleep_for(kTimer);
  CHECK(DTLSv1_handle_timeout(server_.get()) == 1);
  return std::exchange(said_, {});
}

}  // namespace tests
