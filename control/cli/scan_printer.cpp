// SPDX-License-Identifier: Apache-2.0
#include "control/cli/scan_printer.hpp"

#include "control/cli/section_text.hpp"
#include "control/cli/table_text.hpp"
#include "control/cli/value_text.hpp"
#include "control/cli/watch_printer.hpp"

#include <unistd.h>

#include <cstdio>

namespace control {
namespace {

constexpr std::string_view kEraseLine = "\r\x1b[K";
constexpr std::chrono::seconds kProgressEvery{10};

void print(std::FILE* to, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), to);
}

std::string text_of(const Json& row, const char* key, ColumnKind kind) {
  const auto found = row.find(key);
  return value_text(kind, found == row.end() ? Json() : *found);
}

}  // namespace

std::string progress_text(const Json& progress) {
  const auto count = [&](const char* key) { return text_of(progress, key, ColumnKind::count); };
  std::string out = text_of(progress, "state", ColumnKind::text) + ": " + count("done") + " of " +
                    count("targets") + " targets, sent " + count("probes") + " (" +
                    text_of(progress, "rate", ColumnKind::rate) + " of " +
                    text_of(progress, "rate_asked", ColumnKind::rate) + "), open " + count("open") +
                    ", TLS " + count("tls") + ", certificates " + count("certificates") +
                    ", loss " + count("loss") + " %";
  const auto remaining = progress.find("remaining");
  if (remaining != progress.end() && remaining->is_number()) {
    out += ", left " + value_text(ColumnKind::duration, *remaining);
  }
  const auto note = progress.find("note");
  if (note != progress.end() && note->is_string() && !note->get_ref<const std::string&>().empty())
    out += "; " + value_text(ColumnKind::text, *note);
  return out;
}

ScanPrinter::ScanPrinter(const CommandSpec& command, OutputFormat format)
    : command_(command), format_(format), on_terminal_(isatty(STDERR_FILENO) == 1) {}

ScanPrinter::~ScanPrinter() {
  clear_progress();
}

void ScanPrinter::field(const std::string& name, const Json& value) {
  if (name == "missed") {
    clear_progress();
    std::fprintf(stderr,
                 "tapseal: %s results are left out here: they came faster than they were "
                 "read; the memory has them\n",
                 to_text(value).c_str());
    return;
  }
  if (name == "scan" && value.is_number_integer()) scan_ = value.get<int64_t>();
  if (name == "state" && value.is_string()) state_ = value.get<std::string>();
  fields_.emplace_back(name, value);
}

void ScanPrinter::begin_rows() {
  if (began_) return;
  began_ = true;
  if (format_ == OutputFormat::json) return;
  print(stderr, fields_text(command_.fields, fields_) + "\n");
  fields_.clear();
  Json headings = Json::object();
  for (const ColumnSpec& column : command_.columns)
    headings[std::string(column.key)] = column.heading;
  print(stdout, fixed_line(command_.columns, headings));
}

void ScanPrinter::row(const Json& row) {
  begin_rows();
  const auto progress = row.find("progress");
  if (progress != row.end()) return show_progress(*progress);
  if (format_ == OutputFormat::json) {
    if (row.value("type", "") == "scan") state_ = row.value("state", state_);
    return print_json_line(row);
  }
  clear_progress();
  print(stdout, fixed_line(command_.columns, row));
}

void ScanPrinter::show_progress(const Json& progress) {
  progress_ = progress;
  state_ = progress.value("state", state_);
  if (format_ == OutputFormat::json) return;
  const auto now = std::chrono::steady_clock::now();
  if (on_terminal_) {
    std::fflush(stdout);
    print(stderr, std::string(kEraseLine) + progress_text(progress));
    progress_shown_ = true;
  } else if (now >= next_progress_) {
    next_progress_ = now + kProgressEvery;
    print(stderr, progress_text(progress) + "\n");
  }
}

void ScanPrinter::clear_progress() {
  if (progress_shown_) print(stderr, kEraseLine);
  progress_shown_ = false;
}

void ScanPrinter::pause() {
  std::fflush(stdout);
}

bool ScanPrinter::finish() {
  clear_progress();
  if (!began_ && !fields_.empty()) {
    if (format_ == OutputFormat::json) {
      Json object = Json::object();
      for (const auto& [name, value] : fields_)
        object[name] = value;
      print_json_line(object);
    } else {
      print(stdout, fields_text(command_.fields, fields_));
    }
  }
  if (format_ != OutputFormat::json && progress_.is_object())
    print(stderr, progress_text(progress_) + "\n");
  return std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
}

}  // namespace control
