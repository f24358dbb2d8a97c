// SPDX-License-Identifier: Apache-2.0
#include "tls/wire/quic_version.hpp"

#include <algorithm>

namespace tls {

namespace {

using Salt = std::array<uint8_t, 20>;
using Key = std::array<uint8_t, 16>;
using Nonce = std::array<uint8_t, 12>;

constexpr QuicLabels kLabels1{"quic key", "quic iv", "quic hp"};
constexpr QuicLabels kLabels2{"quicv2 key", "quicv2 iv", "quicv2 hp"};

// draft-ietf-quic-tls, section 5.2 of -22, -23, -29 and -33; RFC 9001 section 5.2.
constexpr Salt kSaltDraft22{0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a,
                            0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a};
constexpr Salt kSaltDraft23{0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
                            0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02};
constexpr Salt kSaltDraft29{0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
                            0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99};
constexpr Salt kSalt1{0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
                      0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a};
// RFC 9369 section 3.3.1, and the number and salt of draft-ietf-quic-v2-01.
constexpr Salt kSalt2{0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
                      0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9};
constexpr Salt kSalt2Draft{0xa7, 0x07, 0xc2, 0x03, 0xa5, 0x9b, 0x47, 0x18, 0x4a, 0x1d,
                           0x62, 0xca, 0x57, 0x04, 0x06, 0xea, 0x7a, 0xe3, 0xe5, 0xd3};
// Google's QUIC with TLS, T050 and T051: in no document, known from Chromium.
constexpr Salt kSaltT050{0x7f, 0xf5, 0x79, 0xe5, 0xac, 0xd0, 0x72, 0x91, 0x55, 0x80,
                         0x30, 0x4c, 0x43, 0xa2, 0x36, 0x7c, 0x60, 0x48, 0x83, 0x10};
constexpr Salt kSaltT051{0x7a, 0x4e, 0xde, 0xf4, 0xe7, 0xcc, 0xee, 0x5f, 0xa4, 0x50,
                         0x6c, 0x19, 0x12, 0x4f, 0xc8, 0xcc, 0xda, 0x6e, 0x03, 0x3d};

// Section 5.8 of the same documents; RFC 9369 section 3.3.3.
constexpr Key kRetryKeyDraft25{0x4d, 0x32, 0xec, 0xdb, 0x2a, 0x21, 0x33, 0xc8,
                               0x41, 0xe4, 0x04, 0x3d, 0xf2, 0x7d, 0x44, 0x30};
constexpr Nonce kRetryNonceDraft25{0x4d, 0x16, 0x11, 0xd0, 0x55, 0x13,
                                   0xa5, 0x52, 0xc5, 0x87, 0xd5, 0x75};
constexpr Key kRetryKeyDraft29{0xcc, 0xce, 0x18, 0x7e, 0xd0, 0x9a, 0x09, 0xd0,
                               0x57, 0x28, 0x15, 0x5a, 0x6c, 0xb9, 0x6b, 0xe1};
constexpr Nonce kRetryNonceDraft29{0xe5, 0x49, 0x30, 0xf9, 0x7f, 0x21,
                                   0x36, 0xf0, 0x53, 0x0a, 0x8c, 0x1c};
constexpr Key kRetryKey1{0xbe, 0x0c, 0x69, 0x0b, 0x9f, 0x66, 0x57, 0x5a,
                         0x1d, 0x76, 0x6b, 0x54, 0xe3, 0x68, 0xc8, 0x4e};
constexpr Nonce kRetryNonce1{0x46, 0x15, 0x99, 0xd3, 0x5d, 0x63,
                             0x2b, 0xf2, 0x23, 0x98, 0x25, 0xbb};
constexpr Key kRetryKey2{0x8f, 0xb4, 0xb0, 0x1b, 0x56, 0xac, 0x48, 0xe2,
                         0x60, 0xfb, 0xcb, 0xce, 0xad, 0x7c, 0xcc, 0x92};
constexpr Nonce kRetryNonce2{0xd8, 0x69, 0x69, 0xbc, 0x2d, 0x7c,
                             0x6d, 0x99, 0x90, 0xef, 0xb0, 0x4a};
// draft-ietf-quic-v2-01 section 3.3.3.
constexpr Key kRetryKey2Draft{0xba, 0x85, 0x8d, 0xc7, 0xb4, 0x3d, 0xe5, 0xdb,
                              0xf8, 0x76, 0x17, 0xff, 0x4a, 0xb2, 0x53, 0xdb};
constexpr Nonce kRetryNonce2Draft{0x14, 0x1b, 0x99, 0xc2, 0x39, 0xb0,
                                  0x3e, 0x78, 0x5d, 0x6a, 0x2e, 0x9f};

constexpr auto kIetf = QuicFraming::ietf;
constexpr auto kGoogle = QuicFraming::google;
constexpr auto kById = QuicRetryForm::original_id;
constexpr auto kUnknown = QuicRetryForm::unknown;
constexpr auto kByTag = QuicRetryForm::integrity_tag;

// RFC 9369 section 3.2: in version 2 the types are Retry, Initial, 0-RTT, Handshake from 0 on.
constexpr uint8_t kInitial1 = 0;
constexpr uint8_t kInitial2 = 1;

constexpr std::array kTable{
    QuicVersion{kQuic1, kQuic1, kSalt1, &kLabels1, kInitial1, kIetf, kByTag, kRetryKey1,
                kRetryNonce1},
    // "T050" and "T051".
    QuicVersion{0x54303530, 0x54303530, kSaltT050, &kLabels1, kInitial1, kGoogle, kUnknown, {}, {}},
    QuicVersion{0x54303531, 0x54303531, kSaltT051, &kLabels1, kInitial1, kGoogle, kUnknown, {}, {}},
    QuicVersion{kQuic2, kQuic2, kSalt2, &kLabels2, kInitial2, kIetf, kByTag, kRetryKey2,
                kRetryNonce2},
    QuicVersion{0x709a50c4, 0x709a50c4, kSalt2Draft, &kLabels2, kInitial2, kIetf, kByTag,
                kRetryKey2Draft, kRetryNonce2Draft},
    // Meta's mvfst: made of draft 22, of draft 27, and an experiment with the keys of draft 27.
    QuicVersion{0xfaceb001, 0xfaceb001, kSaltDraft22, &kLabels1, kInitial1, kIetf, kById, {}, {}},
    QuicVersion{0xfaceb002, 0xfaceb002, kSaltDraft23, &kLabels1, kInitial1, kIetf, kByTag,
                kRetryKeyDraft25, kRetryNonceDraft25},
    QuicVersion{0xfaceb00e, 0xfaceb00e, kSaltDraft23, &kLabels1, kInitial1, kIetf, kByTag,
                kRetryKeyDraft25, kRetryNonceDraft25},
    // IETF drafts: 0xff0000 and the number.
    QuicVersion{0xff000016, 0xff000016, kSaltDraft22, &kLabels1, kInitial1, kIetf, kById, {}, {}},
    QuicVersion{0xff000017, 0xff000018, kSaltDraft23, &kLabels1, kInitial1, kIetf, kById, {}, {}},
    QuicVersion{0xff000019, 0xff00001c, kSaltDraft23, &kLabels1, kInitial1, kIetf, kByTag,
                kRetryKeyDraft25, kRetryNonceDraft25},
    QuicVersion{0xff00001d, 0xff000020, kSaltDraft29, &kLabels1, kInitial1, kIetf, kByTag,
                kRetryKeyDraft29, kRetryNonceDraft29},
    QuicVersion{0xff000021, 0xff000022, kSalt1, &kLabels1, kInitial1, kIetf, kByTag, kRetryKey1,
                kRetryNonce1},
};

constexpr bool is_sorted() {
  for (size_t i = 1; i < kTable.size(); ++i) {
    if (kTable[i - 1].last >= kTable[i].first) return false;
  }
  return true;
}
static_assert(is_sorted());

}  // namespace

std::span<const QuicVersion> quic_version_table() noexcept {
  return kTable;
}

const QuicVersion* find_quic_version(uint32_t number) noexcept {
  const auto row = std::ranges::find_if(kTable, [&](const QuicVersion& version) {
    return number >= version.first && number <= version.last;
  });
  return row == kTable.end() ? nullptr : &*row;
}

bool is_quic_with_tls(uint32_t number) noexcept {
  const bool is_reserved = (number & 0x0f0f0f0f) == 0x0a0a0a0a;
  const bool is_draft = number >> 8 == 0xff0000;
  const bool is_mvfst = number >> 8 == 0xfaceb0;
  return is_reserved || is_draft || is_mvfst || find_quic_version(number) != nullptr;
}

}  // namespace tls
