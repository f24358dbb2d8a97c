// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/cert_mode.hpp"

#include "control/cli/exit_code.hpp"
#include "control/export/certificate_page.hpp"
#include "control/export/native_record.hpp"
#include "tls/pipeline/certificate_cache.hpp"
#include "tls/x509/pem.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>

namespace control {
namespace {

// More is no file of certificates.
constexpr size_t kFileBytesMax = size_t{256} << 20;

int fail(ExitCode code, const std::string& message) {
  std::fprintf(stderr, "tapseal cert: %s\n", message.c_str());
  return static_cast<int>(code);
}

struct CloseFile {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

// Nothing, with errno, where it cannot be read.
std::optional<std::vector<uint8_t>> read_whole(const std::string& path) {
  const bool standard = path == "-";
  std::unique_ptr<std::FILE, CloseFile> file(standard ? fdopen(0, "rb")
                                                      : std::fopen(path.c_str(), "rb"));
  if (!file) return std::nullopt;
  std::vector<uint8_t> out;
  std::vector<uint8_t> chunk(size_t{64} << 10);
  while (const size_t size = std::fread(chunk.data(), 1, chunk.size(), file.get())) {
    if (out.size() + size > kFileBytesMax) {
      errno = EFBIG;
      return std::nullopt;
    }
    out.insert(out.end(), chunk.begin(), chunk.begin() + static_cast<ptrdiff_t>(size));
  }
  if (std::ferror(file.get()) != 0) return std::nullopt;
  return out;
}

// With the fields of a certificate in the native record, in their order.
std::string object_text(const std::string& path, size_t number,
                        const tls::CertificateFacts& facts) {
  std::string out;
  JsonLine line(out);
  line.begin_object();
  line.key("file");
  line.text(path);
  line.key("number");
  line.number(static_cast<int64_t>(number));
  for (const CertificateField& field : certificate_fields()) {
    line.key(field.name);
    field.write(line, facts);
  }
  line.end_object();
  return out + '\n';
}

int read_one(const std::string& path, bool json, tls::CertificateCache& cache) {
  const std::optional<std::vector<uint8_t>> bytes = read_whole(path);
  if (!bytes) return fail(ExitCode::no_input, path + ": cannot be read: " + std::strerror(errno));
  if (bytes->empty()) return fail(ExitCode::bad_input, path + ": is empty: no certificate in it");
  const tls::CertificateFile file = tls::split_certificate_file(*bytes);
  for (size_t i = 0; i < file.ders.size(); ++i) {
    const tls::CertificatePtr facts = cache.find_or_parse(file.ders[i]).certificate;
    const std::string text = json ? object_text(path, i + 1, *facts)
                                  : text_of_bytes(path) + ", certificate " + std::to_string(i + 1) +
                                        " of " + std::to_string(file.ders.size()) + "\n" +
                                        certificate_page(*facts) + "\n";
    std::fwrite(text.data(), 1, text.size(), stdout);
  }
  if (file.num_broken == 0) return 0;
  return fail(ExitCode::bad_input, path + ": " + std::to_string(file.num_broken) +
                                       " PEM blocks are broken; ask who wrote the file again");
}

}  // namespace

int read_certificates(const CertOptions& options) {
  constexpr size_t kCertificatesMax = 1024;
  tls::CertificateCache cache(kCertificatesMax);
  int status = 0;
  for (const std::string& path : options.files) {
    const int one = read_one(path, options.json, cache);
    if (status == 0) status = one;
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    return fail(ExitCode::failed, "standard output cannot be written");
  }
  return status;
}

}  // namespace control
