// SPDX-License-Identifier: Apache-2.0
// The stages of the pipeline one by one, and the limits they are measured against.
#pragma once

#include "tests/bench/measure.hpp"
#include "tests/bench/pipeline_recorded.hpp"
#include "tests/bench/pipeline_wheel.hpp"

#include <string_view>
#include <vector>

namespace bench {

// What of a session nobody gets round who hashes all of it: of one with known certificates the
// digests of its fingerprints and of its certificates' DER, of one with new ones d2i_X509 of these.
void print_limits(std::string_view case_name, const std::vector<Recorded>& recorded, Leaves leaves);

// Rows of each stage.
void measure_stages(const std::vector<Recorded>& recorded, const Wanted& wanted);

}  // namespace bench
