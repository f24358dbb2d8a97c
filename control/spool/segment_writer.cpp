// SPDX-License-Identifier: Apache-2.0
#include "control/spool/segment_writer.hpp"

#include "flowtable/base/check.hpp"

#include <utility>

namespace control {

OrOsError<void> SegmentWriter::begin(const SegmentName& name) {
  CHECK(!is_open());
  auto file = directory_.create(text_of(name));
  if (!file.ok()) return flowtable::Failure{file.error()};
  file_.emplace(std::move(file).value());
  name_ = name;
  bytes_ = written_ = 0;
  is_broken_ = false;
  return {};
}

OrOsError<void> SegmentWriter::write(flowtable::Bytes frame) {
  CHECK(is_open() && !is_broken_ && written_ == bytes_);
  auto done = file_->write_at(bytes_, frame);
  if (done.ok()) {
    written_ = bytes_ + frame.size();
  } else {
    take_back();
  }
  return done;
}

OrOsError<void> SegmentWriter::sync() {
  return file_->sync();
}

void SegmentWriter::keep() noexcept {
  bytes_ = written_;
}

void SegmentWriter::take_back() {
  written_ = bytes_;
  if (!file_->truncate(bytes_).ok()) is_broken_ = true;
}

SegmentWriter::Ended SegmentWriter::seal(const SegmentName& sealed) {
  file_.reset();
  const std::string from = text_of(name_);
  const std::string to = text_of(sealed);
  if (directory_.rename(from, to).ok()) return {to, true};
  return {from, false};
}

OrOsError<void> SegmentWriter::discard() {
  file_.reset();
  return directory_.remove(text_of(name_));
}

}  // namespace control
