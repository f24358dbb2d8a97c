// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/tls/inquiry/services.hpp"

#include "flowtable/base/check.hpp"
#include "tests/unit/tls/probe/dtls_memory_server.hpp"
#include "tests/unit/tls/probe/made_certificates.hpp"
#include "tls/probe/tds_tunnel.hpp"

#include <algorithm>
#include <utility>

namespace tests {

namespace {

using flowtable::Bytes;
using flowtable::ScanEventKind;

void use_key(SSL_CTX* context, const std::string& name) {
  const MadeCertificates& made = made_certificates();
  CHECK(SSL_CTX_use_certificate_file(context, made.certificate(name).c_str(), SSL_FILETYPE_PEM));
  CHECK(SSL_CTX_use_PrivateKey_file(context, made.key(name).c_str(), SSL_FILETYPE_PEM));
}

using Context = std::shared_ptr<SSL_CTX>;

int choose_by_name(SSL* ssl, int* alert, void* argument) {
  const auto& wish = *static_cast<const TlsServiceWish*>(argument);
  const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name != nullptr && name == wish.own_name) {
    if (wish.named_key.empty()) return SSL_TLSEXT_ERR_OK;
    const MadeCertificates& made = made_certificates();
    SSL_certs_clear(ssl);
    CHECK(
        SSL_use_certificate_file(ssl, made.certificate(wish.named_key).c_str(), SSL_FILETYPE_PEM));
    CHECK(SSL_use_PrivateKey_file(ssl, made.key(wish.named_key).c_str(), SSL_FILETYPE_PEM));
    return SSL_TLSEXT_ERR_OK;
  }
  if (!wish.named_key.empty()) return SSL_TLSEXT_ERR_OK;
  *alert = SSL_AD_UNRECOGNIZED_NAME;
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

Context context_of(const TlsServiceWish& wish) {
  Context out(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  SSL_CTX* const context = out.get();
  const std::string ciphers = wish.ciphers.empty() ? "ALL:@SECLEVEL=0" : wish.ciphers;
  CHECK(SSL_CTX_set_cipher_list(context, ciphers.c_str()) == 1);
  CHECK(SSL_CTX_set_min_proto_version(context, wish.version_min) == 1);
  CHECK(SSL_CTX_set_max_proto_version(context, wish.version_max) == 1);
  for (const std::string& each : wish.keys)
    use_key(context, each);
  if (wish.prefers_own_order) SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_dh_auto(context, wish.has_dh || wish.prefers_own_order ? 1 : 0);
  if (!wish.chain.empty()) {
    CHECK(SSL_CTX_use_certificate_chain_file(context, wish.chain.c_str()) == 1);
  }
  if (!wish.groups.empty()) CHECK(SSL_CTX_set1_groups_list(context, wish.groups.c_str()) == 1);
  if (wish.asks_client) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  if (!wish.own_name.empty()) {
    SSL_CTX_set_tlsext_servername_callback(context, choose_by_name);
    SSL_CTX_set_tlsext_servername_arg(context, const_cast<TlsServiceWish*>(&wish));
  }
  return out;
}

class TlsService : public Service {
 public:
  explicit TlsService(const std::shared_ptr<const TlsServiceWish>& wish)
      : wish_(wish), context_(context_of(*wish_)), ssl_(SSL_new(context_.get()), SSL_free) {
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(ssl_.get());
  }

  Reply heard(Bytes bytes) override {
    BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
    const int result = SSL_do_handshake(ssl_.get());
    BIO* const said = SSL_get_wbio(ssl_.get());
    Reply out;
    out.bytes.resize(BIO_ctrl_pending(said));
    if (!out.bytes.empty()) {
      CHECK(BIO_read(said, out.bytes.data(), static_cast<int>(out.bytes.size())) > 0);
    }
    if (result != 1 && SSL_get_error(ssl_.get(), result) == SSL_ERROR_SSL) {
      out.end = ScanEventKind::peer_closed;
    }
    return out;
  }

 private:
  std::shared_ptr<const TlsServiceWish> wish_;
  Context context_;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_;
};

class DtlsService : public Service {
 public:
  explicit DtlsService(const std::string& key)
      : server_({.certificate = made_certificates().certificate(key),
                 .key = made_certificates().key(key)}) {}
  Reply heard(Bytes datagram) override { return {{}, {}, server_.answer(datagram)}; }

 private:
  DtlsMemoryServer server_;
};

class ScriptedService : public Service {
 public:
  ScriptedService(ProbeScript script, ServicePtr then, bool tds)
      : script_(std::move(script)), then_(std::move(then)), tds_(tds) {}

  Reply opened() override { return {say(), {}}; }

  Reply heard(Bytes bytes) override {
    heard_.insert(heard_.end(), bytes.begin(), bytes.end());
    ByteVector out;
    while (at_ < script_.turns.size()) {
      const std::string_view expected = script_.turns[at_].bytes;
      const size_t size = std::min(expected.size(), heard_.size());
      const std::string said(heard_.begin(), heard_.begin() + static_cast<std::ptrdiff_t>(size));
      if (!expected.starts_with(said)) return {out, ScanEventKind::peer_closed};
      if (size < expected.size()) return {out, {}};
      heard_.erase(heard_.begin(), heard_.begin() + static_cast<std::ptrdiff_t>(size));
      ++at_;
      const ByteVector answer = say();
      out.insert(out.end(), answer.begin(), answer.end());
    }
    if (heard_.empty()) return {out, {}};
    Reply reply = hear_tls();
    reply.bytes.insert(reply.bytes.begin(), out.begin(), out.end());
    return reply;
  }

 private:
  ByteVector say() {
    ByteVector out;
    for (; at_ < script_.turns.size() && script_.turns[at_].talker == 'S'; ++at_)
      out.insert(out.end(), script_.turns[at_].bytes.begin(), script_.turns[at_].bytes.end());
    return out;
  }

  Reply hear_tls() {
    const ByteVector bytes = std::exchange(heard_, {});
    if (!tds_) return then_->heard(bytes);
    ByteVector tls;
    CHECK(tunnel_.unwrap(bytes, tls));
    Reply reply = then_->heard(tls);
    if (!reply.bytes.empty()) reply.bytes = tls::probe::TdsTunnel::wrap(reply.bytes);
    return reply;
  }

  const ProbeScript script_;
  ServicePtr then_;
  const bool tds_;
  size_t at_ = 0;
  ByteVector heard_;
  tls::probe::TdsTunnel tunnel_;
};

class Talker : public Service {
 public:
  Talker(std::string greeting, std::string answer, std::optional<ScanEventKind> end)
      : greeting_(std::move(greeting)), answer_(std::move(answer)), end_(end) {}

  Reply opened() override { return {{greeting_.begin(), greeting_.end()}, {}}; }
  Reply heard(Bytes) override { return {{answer_.begin(), answer_.end()}, end_}; }

 private:
  const std::string greeting_;
  const std::string answer_;
  const std::optional<ScanEventKind> end_;
};

}  // namespace

ServiceMaker tls_service(const TlsServiceWish& wish) {
  return [wish = std::make_shared<const TlsServiceWish>(wish)] {
    return std::make_unique<TlsService>(wish);
  };
}

ServiceMaker dtls_service(const std::string& key) {
  return [key] { return std::make_unique<DtlsService>(key); };
}

std::set<uint16_t> openssl_suites(const std::string& ciphers) {
  const Context context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  CHECK(SSL_CTX_set_cipher_list(context.get(), ciphers.c_str()) == 1);
  std::set<uint16_t> out;
  STACK_OF(SSL_CIPHER)* const all = SSL_CTX_get_ciphers(context.get());
  for (int i = 0; i < sk_SSL_CIPHER_num(all); ++i) {
    const uint16_t code = SSL_CIPHER_get_protocol_id(sk_SSL_CIPHER_value(all, i));
    if (code >> 8 != 0x13) out.insert(code);
  }
  return out;
}

ServiceMaker scripted_service(const ProbeScript& script, ServiceMaker then, bool tds) {
  return [=] { return std::make_unique<ScriptedService>(script, then(), tds); };
}

ServiceMaker talker(std::string_view greeting, std::string_view answer,
                    std::optional<ScanEventKind> end) {
  return [greeting = std::string(greeting), answer = std::string(answer), end] {
    return std::make_unique<Talker>(greeting, answer, end);
  };
}

ServiceMaker in_turn(std::vector<ServiceMaker> makers) {
  return [makers = std::move(makers), next = std::make_shared<size_t>(0)] {
    return makers[std::min((*next)++, makers.size() - 1)]();
  };
}

}  // namespace tests
