// SPDX-License-Identifier: Apache-2.0
// Which dialogue preceded TLS.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "flowtable/base/result.hpp"
#include "tls/match/dialogue.hpp"
#include "tls/match/pattern_set.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace tls {

// What one side said before its TLS began.
struct SaidBefore {
  flowtable::Bytes words;  // the first of it, as far as it was kept; borrowed
  uint32_t bytes = 0;      // how much it was in all
};

struct Preamble {
  SaidBefore client;
  SaidBefore server;
  uint16_t port = 0;  // of the server
};

// One for all threads. Its patterns take a tenth of a second to compile, which a short reading of
// files need not spend where no plaintext comes before TLS: it is done once, on demand. Names are
// static.
class DialogueMatcher {
 public:
  // One thread's room to work in.
  class Scratch {
   private:
    friend class DialogueMatcher;
    PatternScratch patterns;
    std::vector<uint32_t> found;
    std::vector<uint32_t> weights;  // by dialogue
    bool prepared = false;
  };

  // Fails only where Hyperscan does not run.
  [[nodiscard]] static flowtable::OrError<std::unique_ptr<const DialogueMatcher>> make();
  DialogueMatcher(const DialogueMatcher&) = delete;
  DialogueMatcher& operator=(const DialogueMatcher&) = delete;

  // At start, where the first session is not to wait for it; else the first name() that needs the
  // patterns does it, and threads that need them meanwhile wait.
  void compile() const;

  // The dialogue's name; of one inside a proxy's, or two of them, all names from the outside in,
  // with "+" between. Empty: nothing was said before TLS. kUnknownDialogue: something was, and it
  // is none of the table. Where no words were kept the port decides alone.
  [[nodiscard]] std::string_view name(const Preamble& preamble, Scratch& scratch) const;

 private:
  // A weighed expression, by its number in the set.
  struct Entry {
    uint32_t dialogue;
    Words words;
  };
  DialogueMatcher() = default;
  // Adds what the words weigh to the dialogues they speak for.
  void weigh(Talker talker, flowtable::Bytes words, Scratch& scratch) const;
  // The dialogue that begins what was said, or null.
  [[nodiscard]] const Dialogue* decide(const Preamble& preamble, Scratch& scratch) const;

  // Written by compile() alone, once.
  mutable std::once_flag compiled_;
  mutable PatternSet set_;
  mutable std::vector<Entry> entries_;
};

}  // namespace tls
