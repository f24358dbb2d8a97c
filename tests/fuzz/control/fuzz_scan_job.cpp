// SPDX-License-Identifier: Apache-2.0
// Any bytes as the file of a scan's job, and any JSON as the job in it under a right digest:
// refused with a reason, or a job that is written and read back.
#include "control/scan/scan_job_file.hpp"
#include "flowtable/base/check.hpp"
#include "tls/digest/digest.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>

namespace {

void read(std::string_view text) {
  const auto job = control::parse_scan_job(text);
  if (!job.ok()) {
    CHECK(!job.error().message.empty());
    return;
  }
  const std::string written = control::scan_job_text(job.value());
  const auto again = control::parse_scan_job(written);
  CHECK(again.ok());
  CHECK(control::scan_job_text(again.value()) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read(text);
  using nlohmann::json;
  const json any = json::parse(text, nullptr, false);
  if (any.is_discarded()) return 0;
  const std::string job = any.dump(-1, ' ', false, json::error_handler_t::replace);
  read("{\"version\":1,\"sha256\":\"" + tls::to_hex(tls::sha256(tls::bytes_of(job))) +
       "\",\"job\":" + job + "}\n");
  return 0;
}
