// SPDX-License-Identifier: Apache-2.0
// Where the pipeline's product goes.
#pragma once

#include "tls/pipeline/observation.hpp"

namespace tls {

class RecordSink {
 public:
  virtual ~RecordSink() = default;
  // Called by the pipeline's last stage, one call at a time, in the order of capture; the sink owns
  // the batch from then on. May wait (back-pressure): the poll cores then count `handoff_full`.
  virtual void accept(RecordBatch&& batch) = 0;
};

}  // namespace tls
