// SPDX-License-Identifier: Apache-2.0
#include "tls/digest/digest.hpp"

#include "flowtable/base/check.hpp"
#include "tls/digest/openssl_ptr.hpp"

namespace tls {

using flowtable::Bytes;

namespace {

// Fetching looks through OpenSSL's providers under a lock; it costs more than hashing a kilobyte.
struct Algorithms {
  EvpMdPtr md5{EVP_MD_fetch(nullptr, "MD5", nullptr)};
  EvpMdPtr sha1{EVP_MD_fetch(nullptr, "SHA1", nullptr)};
  EvpMdPtr sha256{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  EvpMdPtr sha384{EVP_MD_fetch(nullptr, "SHA384", nullptr)};
};

const Algorithms& algorithms() noexcept {
  // Never freed: threads may still hash while the program ends.
  static const Algorithms& fetched = *new Algorithms;
  return fetched;
}

template <size_t Size>
bool digest(const EVP_MD* algorithm, Bytes bytes, std::array<uint8_t, Size>& out,
            Bytes more = {}) noexcept {
  if (algorithm == nullptr) return false;
  thread_local const EvpMdCtxPtr context{EVP_MD_CTX_new()};
  unsigned int length = 0;
  return context != nullptr && EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1 &&
         EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 &&
         EVP_DigestUpdate(context.get(), more.data(), more.size()) == 1 &&
         EVP_DigestFinal_ex(context.get(), out.data(), &length) == 1 && length == Size;
}

}  // namespace

std::optional<Md5> md5(Bytes bytes) noexcept {
  Md5 out;
  if (!digest(algorithms().md5.get(), bytes, out)) return std::nullopt;
  return out;
}

std::optional<Sha1> sha1(Bytes bytes) noexcept {
  Sha1 out;
  if (!digest(algorithms().sha1.get(), bytes, out)) return std::nullopt;
  return out;
}

Sha256 sha256(Bytes bytes) noexcept {
  Sha256 out;
  CHECK(digest(algorithms().sha256.get(), bytes, out));
  return out;
}

Sha256 sha256(Bytes first, Bytes second) noexcept {
  Sha256 out;
  CHECK(digest(algorithms().sha256.get(), first, out, second));
  return out;
}

Sha384 sha384(Bytes first, Bytes second) noexcept {
  Sha384 out;
  CHECK(digest(algorithms().sha384.get(), first, out, second));
  return out;
}

Bytes bytes_of(std::string_view text) noexcept {
  // Not wire bytes: a string of our own making, seen as the octets it is hashed as.
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

void append_hex(std::string& out, Bytes bytes) {
  for (const uint8_t byte : bytes) {
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 15];
  }
}

std::string to_hex(Bytes bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  append_hex(out, bytes);
  return out;
}

}  // namespace tls
