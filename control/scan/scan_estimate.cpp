// SPDX-License-Identifier: Apache-2.0
#include "control/scan/scan_estimate.hpp"

#include "control/config/address_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace control {
namespace {

using dataplane::AddressRange;
using dataplane::Uint128;
using flowtable::IpAddress;

constexpr Uint128 kV4First = Uint128{0xffff} << 32;
constexpr Uint128 kV4Last = kV4First + 0xffff'ffff;
constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();

uint64_t saturated(Uint128 number) {
  return number > kMost ? kMost : static_cast<uint64_t>(number);
}

uint64_t product(uint64_t a, uint64_t b) {
  return saturated(Uint128{a} * b);
}

uint64_t sum(uint64_t a, uint64_t b) {
  return a > kMost - b ? kMost : a + b;
}

// Walks a set from below and keeps the subnet with the most. A range begins in one subnet, fills
// some, and ends in one; the next range may go on in the last.
class SubnetCounter {
 public:
  void add(const AddressRange& range) {
    // A range may go over the border between the families: their subnets differ in size.
    add_part(range, 0, kV4First - 1, 64);
    add_part(range, kV4First, kV4Last, 8);
    add_part(range, kV4Last + 1, ~Uint128{0}, 64);
  }

  [[nodiscard]] std::optional<FullestSubnet> fullest() const {
    if (most_ == 0) return std::nullopt;
    return FullestSubnet{dataplane::address_of(at_), saturated(most_)};
  }

 private:
  void add_part(const AddressRange& range, Uint128 low, Uint128 high, int host_bits) {
    const Uint128 first = std::max(range.first, low);
    const Uint128 last = std::min(range.last, high);
    if (first > last) return;
    const Uint128 size = Uint128{1} << host_bits;
    const Uint128 first_net = first & ~(size - 1);
    const Uint128 last_net = last & ~(size - 1);
    if (first_net == last_net) {
      count(first_net, last - first + 1);
      return;
    }
    count(first_net, first_net + (size - 1) - first + 1);
    if (last_net - first_net > size) count(first_net + size, size);
    count(last_net, last - last_net + 1);
  }

  void count(Uint128 net, Uint128 addresses) {
    if (counted_ > 0 && net == net_)
      counted_ += addresses;
    else
      counted_ = addresses;
    net_ = net;
    if (counted_ <= most_) return;
    most_ = counted_;
    at_ = net;
  }

  Uint128 net_ = 0;
  Uint128 counted_ = 0;
  Uint128 at_ = 0;
  Uint128 most_ = 0;
};

double seconds_of(uint64_t packets, double rate) {
  return rate > 0 ? static_cast<double>(packets) / rate : 0;
}

struct Times {
  double seconds = 0;
  EstimateBound bound = EstimateBound::rate;
};

// `attempts` of every target of the sweep; the caps each take their time at once, not one after the
// other: the slowest decides.
Times time_of(const EstimateQuestion& question, const ScanEstimate& estimate, bool most) {
  const uint64_t packets = most ? estimate.packets_most : estimate.packets_least;
  const uint64_t attempts = most ? question.attempts : 1;
  const uint64_t to_host = product(estimate.ports, attempts);
  const bool ceiling = question.caps.all > 0 && question.caps.all < question.rate;
  Times out{seconds_of(packets, estimate.rate),
            ceiling ? EstimateBound::ceiling : EstimateBound::rate};
  const auto consider = [&out](double seconds, EstimateBound bound) {
    if (seconds > out.seconds) out = {seconds, bound};
  };
  // The shards of other machines ask the same subnets: the caps are of this one's share.
  if (estimate.subnet.has_value()) {
    const uint64_t to_subnet = product(estimate.subnet->addresses, to_host) / question.shards;
    consider(seconds_of(to_subnet, question.caps.per_subnet), EstimateBound::subnet);
  }
  if (estimate.addresses > 0)
    consider(seconds_of(to_host / question.shards, question.caps.per_host), EstimateBound::host);
  out.seconds +=
      std::chrono::duration<double>(question.wait).count() * static_cast<double>(attempts);
  return out;
}

std::string grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t i = digits.size(); i > 3; i -= 3)
    digits.insert(i - 3, ",");
  return digits;
}

std::string rate_text(double rate) {
  return grouped(static_cast<uint64_t>(std::llround(rate)));
}

// The two largest units that are not zero: nobody plans a week by its seconds.
std::string time_text(double seconds) {
  constexpr double kYears = 1000;
  constexpr uint64_t kYear = 31'536'000;
  if (seconds > kYears * kYear) return "more than 1,000 years";
  struct Unit {
    const char* name;
    uint64_t seconds;
  };
  constexpr std::array<Unit, 5> kUnits{
      {{"y", kYear}, {"d", 86'400}, {"h", 3'600}, {"m", 60}, {"s", 1}}};
  auto left = static_cast<uint64_t>(std::ceil(seconds));
  std::string out;
  for (size_t i = 0; i < kUnits.size(); ++i) {
    const uint64_t count = left / kUnits[i].seconds;
    left %= kUnits[i].seconds;
    if (count == 0 && out.empty() && i + 1 < kUnits.size()) continue;
    const bool second = !out.empty();
    if (!second || count > 0) out += (second ? " " : "") + std::to_string(count) + kUnits[i].name;
    if (second) break;
  }
  return out;
}

std::string bound_text(const EstimateQuestion& question, const ScanEstimate& estimate) {
  switch (estimate.bound) {
    case EstimateBound::rate:
      return "the rate asked for";
    case EstimateBound::ceiling:
      return "the ceiling of all questions (scan.rate_max)";
    case EstimateBound::host:
      return "one host: " + grouped(estimate.ports) + " ports at " +
             rate_text(question.caps.per_host) + " a second (scan.host_rate_max)";
    case EstimateBound::subnet:
      break;
  }
  const bool v4 = estimate.subnet->first.is_v4();
  return "one subnet: " + grouped(estimate.subnet->addresses) + " addresses in " +
         address_text(estimate.subnet->first.bytes) + (v4 ? "/24" : "/64") + " at " +
         rate_text(question.caps.per_subnet) + " a second (scan.subnet_rate_max)";
}

}  // namespace

std::optional<FullestSubnet> fullest_subnet(const dataplane::AddressSet& set) {
  SubnetCounter counter;
  for (const AddressRange& range : set.ranges())
    counter.add(range);
  return counter.fullest();
}

ScanEstimate estimate_scan(const EstimateQuestion& question) {
  ScanEstimate out;
  out.listed = question.listed;
  if (question.space != nullptr) {
    out.addresses = question.space->num_addresses();
    out.ports = question.space->ports().size();
    out.targets = question.space->size();
    out.subnet = fullest_subnet(question.space->addresses());
  }
  const uint64_t share = out.targets / question.shards + (out.targets % question.shards != 0);
  out.packets_least = sum(share, question.listed);
  out.packets_most =
      sum(product(share, question.attempts), product(question.listed, question.dial_attempts));
  const bool ceiling = question.caps.all > 0 && question.caps.all < question.rate;
  out.rate = ceiling ? question.caps.all : question.rate;
  out.seconds_least = time_of(question, out, false).seconds;
  const Times most = time_of(question, out, true);
  out.seconds_most = most.seconds;
  out.bound = most.bound;
  return out;
}

std::string estimate_text(const EstimateQuestion& question, const ScanEstimate& estimate) {
  std::string out = "targets   " + grouped(estimate.targets) + " (" + grouped(estimate.addresses) +
                    " addresses at " + grouped(estimate.ports) + " ports)";
  if (estimate.listed > 0) out += " and " + grouped(estimate.listed) + " listed ones";
  if (question.shards > 1)
    out += ", about one in " + grouped(question.shards) + " of the former here";
  out += "\npackets   " + grouped(estimate.packets_least) + " first questions, at most " +
         grouped(estimate.packets_most) + " where nobody answers\nrate      " +
         rate_text(estimate.rate) + " packets per second";
  if (estimate.rate < question.rate) out += " (" + rate_text(question.rate) + " asked for)";
  out += "\ntime      " + time_text(estimate.seconds_least) + " where everybody answers, " +
         time_text(estimate.seconds_most) + " where nobody does\nlimit     " +
         bound_text(question, estimate) + "\n";
  return out;
}

}  // namespace control
