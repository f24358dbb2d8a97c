// SPDX-License-Identifier: Apache-2.0
#include "control/config/address_text.hpp"
#include "control/scan/scan_job_file.hpp"
#include "tls/digest/digest.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <limits>
#include <optional>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;
using nlohmann::json;
using std::string_view;

constexpr uint64_t kVersion = 1;
constexpr uint64_t kNumberMax = std::numeric_limits<uint64_t>::max();
constexpr std::array<string_view, size_t(ScanState::count_)> kStates{
    "queued", "running", "waiting", "paused", "stopped", "finished", "failed"};

// Texts that came from outside may be no UTF-8, which JSON cannot hold.
std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string digest_of(const std::string& text) {
  return tls::to_hex(tls::sha256(tls::bytes_of(text)));
}

json optional_port(const std::optional<uint16_t>& port) {
  return port.has_value() ? json(*port) : json(nullptr);
}

json json_of(const ScanCounts& counts) {
  return {{"targets", counts.targets}, {"open", counts.open},
          {"closed", counts.closed},   {"unreachable", counts.unreachable},
          {"silent", counts.silent},   {"lost_locally", counts.lost_locally},
          {"probes", counts.probes}};
}

json json_of(const ShardCheckpoint& shard) {
  return {{"shard", shard.shard},
          {"shards", shard.shards},
          {"step", shard.step},
          {"finished", shard.finished},
          {"counts", json_of(shard.counts)}};
}

json json_of(const ScanJobRecord& record) {
  json targets = json::array();
  for (const ResolvedTarget& each : record.targets) {
    targets.push_back({{"address", address_text(each.address.bytes)},
                       {"name", each.name},
                       {"port", optional_port(each.port)}});
  }
  json unresolved = json::array();
  for (const UnresolvedName& each : record.unresolved) {
    unresolved.push_back(
        {{"name", each.name}, {"port", optional_port(each.port)}, {"why", each.why}});
  }
  json shards = json::array();
  for (const ShardCheckpoint& each : record.shards)
    shards.push_back(json_of(each));
  return {{"id", record.id},
          {"uid", record.uid},
          {"who", record.who},
          {"started_ns", flowtable::ns_since_epoch(record.started)},
          {"ended_ns", flowtable::ns_since_epoch(record.ended)},
          {"state", name_of(record.state)},
          {"note", record.note},
          {"arguments", record.arguments},
          {"config_hash", record.config_hash},
          {"seed", record.seed},
          {"resolved", record.resolved},
          {"targets", targets},
          {"unresolved", unresolved},
          {"shards", shards},
          {"list_position", record.list_position},
          {"list_counts", json_of(record.list_counts)},
          {"tls", record.tls},
          {"certificates", record.certificates}};
}

// The members of one object. Remembers the first thing that is wrong; what it returns from then on
// means nothing.
class Members {
 public:
  Members(const json& object, std::string path, std::string& error)
      : object_(object), path_(std::move(path)), error_(error) {
    if (!object_.is_object()) fail("", "is no object");
  }

  uint64_t number(const char* name, uint64_t max = kNumberMax) {
    const json* const value = member(name);
    if (value == nullptr) return 0;
    if (value->is_number_unsigned() && value->get<uint64_t>() <= max) return value->get<uint64_t>();
    fail(name, "is no whole number up to " + std::to_string(max));
    return 0;
  }

  flowtable::Tick tick(const char* name) {
    constexpr auto kTickMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
    return flowtable::tick_from_ns(static_cast<int64_t>(number(name, kTickMax)));
  }

  std::string text(const char* name) {
    const json* const value = member(name);
    if (value == nullptr) return "";
    if (value->is_string()) return value->get<std::string>();
    fail(name, "is no text");
    return "";
  }

  bool flag(const char* name) {
    const json* const value = member(name);
    if (value == nullptr) return false;
    if (value->is_boolean()) return value->get<bool>();
    fail(name, "is neither true nor false");
    return false;
  }

  std::optional<uint16_t> port(const char* name) {
    const json* const value = member(name);
    if (value == nullptr || value->is_null()) return std::nullopt;
    --num_read_;
    const auto port = static_cast<uint16_t>(number(name, 65'535));
    if (port == 0) fail(name, "is no port");
    return port;
  }

  // `read` is called with the members of each object of the list.
  template <typename Read>
  void list(const char* name, Read read) {
    const json* const value = member(name);
    if (value == nullptr) return;
    if (!value->is_array()) return fail(name, "is no list");
    size_t index = 0;
    for (const json& each : *value) {
      Members inner(each, path_ + name + "[" + std::to_string(index++) + "].", error_);
      read(inner);
      inner.finish();
      if (!error_.empty()) return;
    }
  }

  ScanCounts counts(const char* name) {
    const json* const value = member(name);
    if (value == nullptr) return {};
    Members inner(*value, path_ + name + ".", error_);
    ScanCounts out;
    out.targets = inner.number("targets");
    out.open = inner.number("open");
    out.closed = inner.number("closed");
    out.unreachable = inner.number("unreachable");
    out.silent = inner.number("silent");
    out.lost_locally = inner.number("lost_locally");
    out.probes = inner.number("probes");
    inner.finish();
    return out;
  }

  void fail(const std::string& name, const std::string& why) {
    if (error_.empty()) error_ = "`" + path_ + name + "` " + why;
  }

  // Members that nobody asked for are from another version, whatever the file says.
  void finish() {
    if (error_.empty() && num_read_ != object_.size()) fail("", "has members that are not known");
  }

 private:
  const json* member(const char* name) {
    if (!error_.empty()) return nullptr;
    const auto found = object_.find(name);
    if (found == object_.end()) {
      fail(name, "is missing");
      return nullptr;
    }
    ++num_read_;
    return &*found;
  }

  const json& object_;
  std::string path_;
  std::string& error_;
  size_t num_read_ = 0;
};

ScanState state_of(Members& members) {
  const std::string text = members.text("state");
  for (size_t i = 0; i < kStates.size(); ++i) {
    if (kStates[i] == text) return static_cast<ScanState>(i);
  }
  members.fail("state", "is no state of a scan");
  return ScanState::failed;
}

ResolvedTarget target_of(Members& members) {
  const auto address = parse_single_address(members.text("address"));
  if (!address.ok()) members.fail("address", "is no IP address");
  ResolvedTarget out;
  if (address.ok()) out.address = flowtable::IpAddress{address.value()};
  out.name = members.text("name");
  out.port = members.port("port");
  return out;
}

ShardCheckpoint shard_of(Members& members) {
  ShardCheckpoint out;
  out.shards = members.number("shards");
  out.shard = members.number("shard");
  out.step = members.number("step");
  out.finished = members.flag("finished");
  out.counts = members.counts("counts");
  if (out.shard >= out.shards) members.fail("shard", "is not below `shards`");
  return out;
}

ScanJobRecord record_of(Members& members) {
  constexpr uint64_t kIdMax = std::numeric_limits<uint32_t>::max();
  ScanJobRecord out;
  out.id = static_cast<uint32_t>(members.number("id", kIdMax));
  if (out.id == 0) members.fail("id", "is 0");
  out.uid = static_cast<uint32_t>(members.number("uid", kIdMax));
  out.who = members.text("who");
  out.started = members.tick("started_ns");
  out.ended = members.tick("ended_ns");
  out.state = state_of(members);
  out.note = members.text("note");
  out.arguments = members.text("arguments");
  out.config_hash = members.text("config_hash");
  out.seed = members.number("seed");
  out.resolved = members.flag("resolved");
  members.list("targets", [&](Members& each) { out.targets.push_back(target_of(each)); });
  members.list("unresolved", [&](Members& each) {
    out.unresolved.push_back({each.text("name"), each.port("port"), each.text("why")});
  });
  members.list("shards", [&](Members& each) { out.shards.push_back(shard_of(each)); });
  out.list_position = members.number("list_position");
  out.list_counts = members.counts("list_counts");
  out.tls = members.number("tls");
  out.certificates = members.number("certificates");
  members.finish();
  return out;
}

}  // namespace

std::string_view name_of(ScanState state) noexcept {
  return kStates[static_cast<size_t>(state)];
}

ScanCounts& ScanCounts::operator+=(const ScanCounts& other) noexcept {
  targets += other.targets;
  open += other.open;
  closed += other.closed;
  unreachable += other.unreachable;
  silent += other.silent;
  lost_locally += other.lost_locally;
  probes += other.probes;
  return *this;
}

std::string scan_job_text(const ScanJobRecord& record) {
  const std::string job = dump(json_of(record));
  return "{\"version\":" + std::to_string(kVersion) + ",\"sha256\":\"" + digest_of(job) +
         "\",\"job\":" + job + "}\n";
}

OrError<ScanJobRecord> parse_scan_job(string_view text) {
  const json whole = json::parse(text, nullptr, false);
  if (whole.is_discarded()) return Failure{Error{"is no JSON, or only a part of it"}};
  std::string error;
  Members members(whole, "", error);
  const uint64_t version = members.number("version");
  if (error.empty() && version != kVersion) {
    return Failure{Error{"has version " + std::to_string(version) + ", known is " +
                         std::to_string(kVersion) + ": it was written by another tapseal"}};
  }
  const std::string digest = members.text("sha256");
  if (!error.empty()) return Failure{Error{error}};
  const auto job = whole.find("job");
  if (job == whole.end()) return Failure{Error{"`job` is missing"}};
  if (whole.size() != 3) return Failure{Error{"has members that are not known"}};
  // The whole text, not only what it means: nothing of it may have changed.
  const std::string expected = "{\"version\":" + std::to_string(kVersion) + ",\"sha256\":\"" +
                               digest + "\",\"job\":" + dump(*job) + "}\n";
  if (digest != digest_of(dump(*job)) || text != expected)
    return Failure{Error{"is not as it was written: its SHA-256 is another"}};
  Members inner(*job, "job.", error);
  ScanJobRecord record = record_of(inner);
  if (!error.empty()) return Failure{Error{error}};
  return record;
}

}  // namespace control
