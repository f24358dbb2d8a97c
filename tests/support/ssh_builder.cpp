// SPDX-License-Identifier: Apache-2.0
#include "tests/support/ssh_builder.hpp"

namespace tests {

ByteVector ssh_packet(const ByteVector& payload) {
  constexpr size_t kPadding = 6;
  ByteWriter out;
  const size_t length = 1 + payload.size() + kPadding;
  return out.u16(length >> 16)
      .u16(length & 0xffff)
      .u8(kPadding)
      .bytes(payload)
      .fill(kPadding, 0x5a)
      .out();
}

ByteVector ssh_kexinit_payload(const SshNameLists& lists) {
  ByteWriter out;
  out.u8(20).fill(16, 0xc0);
  for (const std::string& names : lists) {
    out.u16(names.size() >> 16).u16(names.size() & 0xffff);
    out.bytes(ByteVector(names.begin(), names.end()));
  }
  return out.u8(0).fill(4, 0).out();
}

ByteVector ssh_kexinit(const SshNameLists& lists) {
  return ssh_packet(ssh_kexinit_payload(lists));
}

ByteVector ssh_stream(std::string_view lines, const ByteVector& packets) {
  return joined({ByteVector(lines.begin(), lines.end()), packets});
}

SshNameLists cyberduck_lists() {
  return {
      "curve25519-sha256@libssh.org,diffie-hellman-group-exchange-sha256,ecdh-sha2-nistp521,"
      "ecdh-sha2-nistp384,ecdh-sha2-nistp256,diffie-hellman-group-exchange-sha1,"
      "diffie-hellman-group1-sha1,diffie-hellman-group14-sha1,diffie-hellman-group14-sha256,"
      "diffie-hellman-group15-sha512,diffie-hellman-group16-sha512,"
      "diffie-hellman-group17-sha512,diffie-hellman-group18-sha512,"
      "diffie-hellman-group14-sha256@ssh.com,diffie-hellman-group15-sha256,"
      "diffie-hellman-group15-sha256@ssh.com,diffie-hellman-group15-sha384@ssh.com,"
      "diffie-hellman-group16-sha256,diffie-hellman-group16-sha384@ssh.com,"
      "diffie-hellman-group16-sha512@ssh.com,diffie-hellman-group18-sha512@ssh.com",
      "ssh-rsa",
      "aes128-cbc,aes128-ctr,aes192-cbc,aes192-ctr,aes256-cbc,aes256-ctr,blowfish-cbc,"
      "blowfish-ctr,cast128-cbc,cast128-ctr,idea-cbc,idea-ctr,serpent128-cbc,serpent128-ctr,"
      "serpent192-cbc,serpent192-ctr,serpent256-cbc,serpent256-ctr,3des-cbc,3des-ctr,"
      "twofish128-cbc,twofish128-ctr,twofish192-cbc,twofish192-ctr,twofish256-cbc,"
      "twofish256-ctr,twofish-cbc,arcfour,arcfour128,arcfour256",
      "encryption-to-client",
      "hmac-sha1,hmac-sha1-96,hmac-md5,hmac-md5-96,hmac-sha2-256,hmac-sha2-512",
      "mac-to-client",
      "zlib@openssh.com,zlib,none",
      "compression-to-client",
      "",
      ""};
}

SshNameLists openssh53_server_lists() {
  return {
      "diffie-hellman-group-exchange-sha256,diffie-hellman-group-exchange-sha1,"
      "diffie-hellman-group14-sha1,diffie-hellman-group1-sha1",
      "ssh-rsa,ssh-dss",
      "encryption-to-server",
      "aes128-ctr,aes192-ctr,aes256-ctr,arcfour256,arcfour128,aes128-cbc,3des-cbc,"
      "blowfish-cbc,cast128-cbc,aes192-cbc,aes256-cbc,arcfour,rijndael-cbc@lysator.liu.se",
      "mac-to-server",
      "hmac-md5,hmac-sha1,umac-64@openssh.com,hmac-ripemd160,hmac-ripemd160@openssh.com,"
      "hmac-sha1-96,hmac-md5-96",
      "compression-to-server",
      "none,zlib@openssh.com",
      "",
      ""};
}

}  // namespace tests
