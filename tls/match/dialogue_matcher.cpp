// SPDX-License-Identifier: Apache-2.0
#include "tls/match/dialogue_matcher.hpp"

#include "flowtable/base/check.hpp"
#include "tls/match/proxy_head.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace tls {
namespace {

using flowtable::Bytes;

// A proxy behind a proxy, and what they carry.
constexpr size_t kLayersMax = 3;

// Dialogues from the outside in; one that is null is unknown.
class Layers {
 public:
  // False where there is no room.
  bool add(const Dialogue* dialogue) noexcept {
    // A client that a proxy asks for a password sends its request again.
    const bool again = size_ > 0 && dialogue != nullptr && inner() == dialogue;
    if (again) return true;
    if (size_ == kLayersMax) return false;
    layers_[size_++] = dialogue;
    return true;
  }
  [[nodiscard]] std::span<const Dialogue* const> all() const noexcept {
    return std::span(layers_).first(size_);
  }
  [[nodiscard]] const Dialogue* inner() const noexcept { return layers_[size_ - 1]; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

 private:
  std::array<const Dialogue*, kLayersMax> layers_{};
  size_t size_ = 0;
};

using Numbers = std::vector<size_t>;  // rows of the table; its size stands for unknown

size_t number_of(const Dialogue* dialogue) noexcept {
  return dialogue == nullptr ? dialogues().size()
                             : static_cast<size_t>(dialogue - dialogues().data());
}

void add_names(std::map<Numbers, std::string>& names, const Numbers& outer,
               const std::string& prefix) {
  for (size_t i = 0; i <= dialogues().size(); ++i) {
    const bool known = i < dialogues().size();
    const std::string name = prefix + std::string(known ? dialogues()[i].name : kUnknownDialogue);
    Numbers numbers = outer;
    numbers.push_back(i);
    names.emplace(numbers, name);
    if (known && dialogues()[i].carries && numbers.size() < kLayersMax) {
      add_names(names, numbers, name + "+");
    }
  }
}

// Every name that can come out stands once for all, some 460 of them: records keep views of them.
std::string_view joined_name(const Layers& layers) {
  static const auto names = [] {
    std::map<Numbers, std::string> made;
    add_names(made, {}, {});
    return made;
  }();
  Numbers numbers;
  for (const Dialogue* layer : layers.all())
    numbers.push_back(number_of(layer));
  return names.at(numbers);
}

SaidBefore trimmed(SaidBefore said) noexcept {
  said.words = said.words.first(std::min<size_t>(said.words.size(), said.bytes));
  return said;
}

bool is_silent(const Preamble& preamble) noexcept {
  return preamble.client.bytes == 0 && preamble.server.bytes == 0;
}

// What is left behind a proxy's words; nothing where their end was not kept.
SaidBefore behind(const SaidBefore& said, std::optional<size_t> head_bytes) noexcept {
  if (!head_bytes.has_value()) return {};
  return {said.words.subspan(*head_bytes), said.bytes - static_cast<uint32_t>(*head_bytes)};
}

bool is_usual(const Dialogue& dialogue, uint16_t port) noexcept {
  return std::ranges::find(dialogue.ports, port) != dialogue.ports.end();
}

}  // namespace

flowtable::OrError<std::unique_ptr<const DialogueMatcher>> DialogueMatcher::make() {
  if (!PatternSet::runs_here()) {
    return flowtable::Failure{flowtable::Error{
        "Hyperscan does not run on this CPU, which has no SSSE3; use a machine that has it"}};
  }
  return std::unique_ptr<const DialogueMatcher>(new DialogueMatcher());
}

void DialogueMatcher::compile() const {
  std::call_once(compiled_, [this] {
    std::vector<const char*> expressions;
    for (uint32_t i = 0; i < dialogues().size(); ++i) {
      for (const Words& words : dialogues()[i].words) {
        entries_.push_back({i, words});
        expressions.push_back(words.expression);
      }
    }
    auto set = PatternSet::compile(expressions);
    CHECK(set.ok());  // the expressions are ours, and the CPU was asked
    set_ = std::move(set).value();
  });
}

std::string_view DialogueMatcher::name(const Preamble& preamble, Scratch& scratch) const {
  if (is_silent(preamble)) return {};
  compile();
  if (!scratch.prepared) {
    set_.prepare(scratch.patterns);
    scratch.prepared = true;
  }
  Layers layers;
  Preamble rest{trimmed(preamble.client), trimmed(preamble.server), preamble.port};
  // Each round takes a proxy's words off, so there are few.
  while (!is_silent(rest)) {
    const Dialogue* const dialogue = decide(rest, scratch);
    if (!layers.add(dialogue) || dialogue == nullptr || !dialogue->carries) break;
    const ProxyHead head = read_proxy_head(dialogue->name, rest.client.words, rest.server.words);
    const bool same_port = head.port == 0 && head.server_bytes == 0;
    rest = {behind(rest.client, head.client_bytes), behind(rest.server, head.server_bytes),
            same_port ? rest.port : head.port};
  }
  return joined_name(layers);
}

void DialogueMatcher::weigh(Talker talker, Bytes words, Scratch& scratch) const {
  set_.search(words, scratch.patterns, scratch.found);
  for (const uint32_t id : scratch.found) {
    const Entry& entry = entries_[id];
    if (entry.words.talker == talker) scratch.weights[entry.dialogue] += entry.words.weight;
  }
}

const Dialogue* DialogueMatcher::decide(const Preamble& preamble, Scratch& scratch) const {
  const bool no_words = preamble.client.words.empty() && preamble.server.words.empty();
  scratch.weights.assign(dialogues().size(), 0);
  weigh(Talker::client, preamble.client.words, scratch);
  weigh(Talker::server, preamble.server.words, scratch);
  const Dialogue* best = nullptr;
  uint32_t best_weight = 0;
  for (size_t i = 0; i < dialogues().size(); ++i) {
    const Dialogue& dialogue = dialogues()[i];
    uint32_t weight = scratch.weights[i];
    const bool usual = is_usual(dialogue, preamble.port);
    if (no_words && usual) return &dialogue;
    if (weight > 0 && usual) weight += kPortWeight;
    if (weight < kWeightNeeded) continue;
    // Words behind a proxy's are those of another dialogue, whatever they weigh.
    if (dialogue.carries && (best == nullptr || !best->carries)) best_weight = 0;
    if (weight > best_weight) {
      best = &dialogue;
      best_weight = weight;
    }
  }
  return best;
}

}  // namespace tls
