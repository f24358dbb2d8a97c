// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/tls/probe/memory_server.hpp"

#include "flowtable/base/check.hpp"

#include <cstring>

namespace tests {

namespace {

constexpr unsigned char kCookie[] = {'c', 'o', 'o', 'k', 'i', 'e'};

int make_cookie(SSL*, unsigned char* out, size_t* length) {
  std::memcpy(out, kCookie, sizeof kCookie);
  *length = sizeof kCookie;
  return 1;
}

int check_cookie(SSL*, const unsigned char* cookie, size_t length) {
  return length == sizeof kCookie && std::memcmp(cookie, kCookie, length) == 0 ? 1 : 0;
}

}  // namespace

MemoryServer::MemoryServer(const MemoryServerWish& wish)
    : context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free),
      server_(nullptr, SSL_free),
      wants_cookie_(wish.cookie) {
  SSL_CTX* const context = context_.get();
  CHECK(SSL_CTX_set_min_proto_version(context, wish.version) == 1);
  CHECK(SSL_CTX_set_max_proto_version(context, wish.version) == 1);
  CHECK(SSL_CTX_use_certificate_file(context, wish.certificate.c_str(), SSL_FILETYPE_PEM) == 1);
  CHECK(SSL_CTX_use_PrivateKey_file(context, wish.key.c_str(), SSL_FILETYPE_PEM) == 1);
  CHECK(wish.groups.empty() || SSL_CTX_set1_groups_list(context, wish.groups.c_str()) == 1);
  SSL_CTX_set_stateless_cookie_generate_cb(context, make_cookie);
  SSL_CTX_set_stateless_cookie_verify_cb(context, check_cookie);
  server_.reset(SSL_new(context));
  SSL_set_bio(server_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_accept_state(server_.get());
}

std::vector<uint8_t> MemoryServer::answer(flowtable::Bytes bytes) {
  BIO_write(SSL_get_rbio(server_.get()), bytes.data(), static_cast<int>(bytes.size()));
  // A ChangeCipherSpec in front of the second hello takes a call for itself.
  while (wants_cookie_ && BIO_ctrl_pending(SSL_get_rbio(server_.get())) > 0)
    wants_cookie_ = SSL_stateless(server_.get()) != 1;
  if (!wants_cookie_) (void)SSL_do_handshake(server_.get());
  BIO* const said = SSL_get_wbio(server_.get());
  std::vector<uint8_t> out(BIO_ctrl_pending(said));
  if (!out.empty()) CHECK(BIO_read(said, out.data(), static_cast<int>(out.size())) > 0);
  return out;
}

}  // namespace tests
