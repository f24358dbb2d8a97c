// SPDX-License-Identifier: Apache-2.0
#include "dataplane/capture/link_type_of.hpp"

namespace dataplane {

LinkType link_type_of(uint32_t number) noexcept {
  switch (number) {
    case 1:
      return LinkType::ethernet;
    default:
      return LinkType::other;
  }
}

}  // namespace dataplane
