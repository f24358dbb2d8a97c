// SPDX-License-Identifier: Apache-2.0
// RFC 6143 section 7.1, and VeNCrypt 0.2, its security type 19.
#include "tls/probe/dialogue_makers.hpp"

#include <algorithm>
#include <string>

namespace tls::probe {
namespace {

using flowtable::ByteReader;
using flowtable::Bytes;

constexpr std::string_view kPattern = "RFB ddd.ddd\n";  // d: a digit
constexpr uint8_t kTlsType = 18, kVencryptType = 19;
// With a certificate: X509None, X509Vnc, X509Plain, X509SASL. TLS without: the same with TLS in the
// name.
constexpr uint32_t kX509Min = 260, kX509Max = 263;
constexpr uint32_t kTlsMin = 257, kTlsMax = 259, kTlsSasl = 264;

bool fits(Bytes version) noexcept {
  for (size_t i = 0; i < version.size(); ++i) {
    const bool is_digit = version[i] >= '0' && version[i] <= '9';
    if (kPattern[i] == 'd' ? !is_digit : version[i] != kPattern[i]) return false;
  }
  return true;
}

class VncDialogue final : public Dialogue {
 public:
  VncDialogue() : Dialogue("version") {}

 private:
  size_t read(Bytes unread) override {
    if (awaits("version")) return read_version(unread);
    if (awaits("security_types")) return read_types(unread);
    if (awaits("vencrypt_version")) return read_vencrypt(unread);
    if (awaits("vencrypt_subtypes")) return read_subtypes(unread);
    if (awaits("vencrypt_version_accepted")) return read_version_accepted(unread);
    if (unread[0] == 1) agree();
    if (!is_decided()) refuse(std::to_string(unread[0]));
    return 1;
  }

  size_t read_version(Bytes unread) {
    const Bytes version = unread.first(std::min(unread.size(), kPattern.size()));
    if (!fits(version)) fail(DialogueFailure::not_this_protocol);
    if (is_decided() || version.size() < kPattern.size()) return 0;
    const std::string words(version.begin(), version.end());
    if (words < "RFB 003.007") {  // the server chooses, and never TLS
      set_advert(Advert::no);
      fail(DialogueFailure::no_advert);
    } else {
      say(words.starts_with("RFB 003.007") ? words : "RFB 003.008\n");
      await("security_types");
    }
    return kPattern.size();
  }
  size_t read_types(Bytes unread) {
    ByteReader reader(unread), types;
    if (!reader.u8_prefixed(types)) return 0;
    const auto has = [&](uint8_t type) {
      return std::ranges::find(types.rest(), type) != types.rest().end();
    };
    if (types.empty()) {
      refuse("0");  // a reason in words follows
    } else if (has(kVencryptType)) {
      say("\x13");
      await("vencrypt_version");
    } else if (has(kTlsType)) {
      say("\x12");
      agree();
    } else {
      set_advert(Advert::no);
      fail(DialogueFailure::no_advert);
    }
    return unread.size() - reader.size();
  }
  size_t read_vencrypt(Bytes unread) {
    ByteReader reader(unread);
    uint8_t major = 0, minor = 0;
    if (!reader.u8(major) || !reader.u8(minor)) return 0;
    if (major == 0 && minor < 2) {
      refuse("vencrypt_0." + std::to_string(minor));
    } else {
      say({"\x00\x02", 2});
      await("vencrypt_version_accepted");
    }
    return 2;
  }
  size_t read_version_accepted(Bytes unread) {
    if (unread[0] != 0) refuse(std::to_string(unread[0]));
    await("vencrypt_subtypes");
    return 1;
  }
  size_t read_subtypes(Bytes unread) {
    ByteReader reader(unread);
    uint8_t count = 0;
    Bytes list;
    if (!reader.u8(count) || !reader.take(size_t{4} * count, list)) return 0;
    choose(ByteReader(list));
    return 1 + list.size();
  }
  // The lowest with a certificate: it asks for the least behind TLS.
  void choose(ByteReader list) {
    uint32_t subtype = 0, chosen = 0;
    bool has_anonymous = false;
    while (list.u32(subtype)) {
      const bool is_x509 = subtype >= kX509Min && subtype <= kX509Max;
      if (is_x509 && (chosen == 0 || subtype < chosen)) chosen = subtype;
      has_anonymous =
          has_anonymous || (subtype >= kTlsMin && subtype <= kTlsMax) || subtype == kTlsSasl;
    }
    set_advert(chosen != 0 ? Advert::yes : Advert::no);
    if (chosen == 0) {
      fail(has_anonymous ? DialogueFailure::no_certificate : DialogueFailure::no_advert);
      return;
    }
    const char choice[] = {0, 0, static_cast<char>(chosen >> 8), static_cast<char>(chosen)};
    say({choice, sizeof choice});
    await("vencrypt_accepted");
  }
};

}  // namespace

DialoguePtr make_vnc(const DialogueNames&) {
  return std::make_unique<VncDialogue>();
}

}  // namespace tls::probe
