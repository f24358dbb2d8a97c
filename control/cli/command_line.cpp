// SPDX-License-Identifier: Apache-2.0
#include "control/cli/command_line.hpp"

#include "control/cli/document_text.hpp"
#include "control/config/nearest_name.hpp"
#include "control/config/setting_value.hpp"
#include "control/filter/filter_term.hpp"
#include "control/query/query_parser.hpp"
#include "flowtable/base/check.hpp"

#include <algorithm>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;

std::string did_you_mean(std::string_view name, std::span<const std::string_view> candidates) {
  const std::string_view nearest = nearest_name(name, candidates);
  return nearest.empty() ? "" : "; did you mean `" + std::string(nearest) + "`?";
}

std::string wrong_value(const ArgumentSpec& spec, const std::string& found,
                        const std::string& allowed) {
  return shown_name(spec) + ": found `" + found + "`, allowed is " + allowed;
}

std::string seconds_text(int64_t seconds) {
  return format_duration(std::chrono::seconds(seconds));
}

OrError<Json> read_count(const ArgumentSpec& spec, const std::string& text) {
  const OrError<uint64_t> number = parse_count(text);
  if (number.ok() && number.value() >= static_cast<uint64_t>(spec.min) &&
      number.value() <= static_cast<uint64_t>(spec.max))
    return Json(number.value());
  return Failure{Error{wrong_value(
      spec, text,
      "a whole number from " + std::to_string(spec.min) + " to " + std::to_string(spec.max))}};
}

OrError<Json> read_seconds(const ArgumentSpec& spec, const std::string& text) {
  const OrError<Duration> duration = parse_duration(text);
  if (duration.ok()) {
    const int64_t seconds = std::chrono::ceil<std::chrono::seconds>(duration.value()).count();
    if (seconds >= spec.min && seconds <= spec.max) return Json(seconds);
  }
  return Failure{Error{wrong_value(spec, text,
                                   "a time with its unit (s, m, h, d) from " +
                                       seconds_text(spec.min) + " to " + seconds_text(spec.max))}};
}

OrError<Json> read_word(const ArgumentSpec& spec, const std::string& text) {
  if (std::find(spec.words.begin(), spec.words.end(), text) != spec.words.end()) return Json(text);
  std::string allowed;
  for (const std::string_view word : spec.words)
    allowed += (allowed.empty() ? "" : ", ") + std::string(word);
  return Failure{Error{wrong_value(spec, text, allowed)}};
}

OrError<Json> read_document(const std::string& path) {
  OrError<std::string> text = document_text(path);
  if (!text.ok()) return Failure{text.error()};
  return Json(std::move(text).value());
}

OrError<Json> read_value(const ArgumentSpec& spec, const std::string& text) {
  switch (spec.type) {
    case ArgumentType::count:
      return read_count(spec, text);
    case ArgumentType::duration:
      return read_seconds(spec, text);
    case ArgumentType::word:
      return read_word(spec, text);
    case ArgumentType::document:
      return read_document(text);
    case ArgumentType::text:
    case ArgumentType::path:
    case ArgumentType::command:
    case ArgumentType::flag:
    case ArgumentType::query:  // all of its words together, see check_query()
      break;
    case ArgumentType::filter:
      // Only to say what is wrong before a daemon is asked; it reads the text itself.
      if (const auto term = parse_filter_term(text); !term) return Failure{term.error()};
      break;
  }
  return Json(text);
}

}  // namespace

std::string shown_name(const ArgumentSpec& spec) {
  return spec.arity == Arity::option ? "--" + std::string(spec.name) : std::string(spec.value_name);
}

// Walks the words once.
class CommandLineParser {
 public:
  explicit CommandLineParser(std::span<const std::string> words) : words_(words) {}

  OrError<CommandLine> parse() {
    for (; next_ < words_.size(); ++next_) {
      const std::string& word = words_[next_];
      OrError<void> read;
      if (only_arguments_ || word.size() < 2 || word.front() != '-' || is_negated_filter(word)) {
        read = line_.command_ == nullptr ? read_command(word) : read_argument(word);
      } else if (word == "--") {
        only_arguments_ = true;
      } else if (word.starts_with("--")) {
        read = read_long_option(word.substr(2));
      } else {
        read = read_short_option(word);
      }
      if (!read.ok()) return failure(read.error().message);
    }
    const OrError<void> complete = check_complete();
    if (!complete.ok()) return failure(complete.error().message);
    return std::move(line_);
  }

 private:
  Failure<Error> failure(const std::string& message) const {
    const CommandSpec* const command = line_.command_;
    return Failure{
        Error{command == nullptr ? message : std::string(command->name) + ": " + message}};
  }

  // -port:443, where the command takes filters; options have no colon and no comparison in them
  // before their value.
  bool is_negated_filter(const std::string& word) const {
    if (line_.command_ == nullptr || word.starts_with("--")) return false;
    const bool takes_filters =
        std::ranges::any_of(line_.command_->arguments, [](const ArgumentSpec& spec) {
          return spec.type == ArgumentType::filter || spec.type == ArgumentType::query;
        });
    return takes_filters && word.find_first_of(":<>=") != std::string::npos;
  }

  OrError<void> read_command(const std::string& word) {
    line_.command_ = find_command(word);
    if (line_.command_ != nullptr) return {};
    std::vector<std::string_view> names;
    for (const CommandSpec& command : command_table())
      names.push_back(command.name);
    return Failure{Error{"unknown command `" + word + "`" + did_you_mean(word, names)}};
  }

  // The arguments that are options, the common ones among them.
  [[nodiscard]] std::vector<const ArgumentSpec*> options() const {
    std::vector<const ArgumentSpec*> found;
    const auto add = [&found](std::span<const ArgumentSpec> specs) {
      for (const ArgumentSpec& spec : specs) {
        if (spec.arity == Arity::option) found.push_back(&spec);
      }
    };
    if (line_.command_ != nullptr) add(line_.command_->arguments);
    add(common_options());
    return found;
  }

  OrError<void> read_long_option(const std::string& word) {
    const size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    std::optional<std::string> value;
    if (equals != std::string::npos) value = word.substr(equals + 1);
    std::vector<std::string_view> names;
    for (const ArgumentSpec* spec : options()) {
      if (spec->name == name) return read_option(*spec, std::move(value));
      names.push_back(spec->name);
    }
    const std::string_view nearest = nearest_name(name, names);
    const std::string hint =
        nearest.empty() ? "" : "; did you mean `--" + std::string(nearest) + "`?";
    return Failure{Error{"unknown option `--" + name + "`" + hint}};
  }

  OrError<void> read_short_option(const std::string& word) {
    for (const ArgumentSpec* spec : options()) {
      if (spec->short_name != word[1] || spec->short_name == 0) continue;
      std::optional<std::string> value;
      if (word.size() > 2) value = word.substr(2);
      return read_option(*spec, std::move(value));
    }
    return Failure{Error{"unknown option `" + word + "`"}};
  }

  OrError<void> read_option(const ArgumentSpec& spec, std::optional<std::string> value) {
    if (spec.type == ArgumentType::flag) {
      if (value.has_value()) return Failure{Error{shown_name(spec) + " takes no value"}};
      values_of(spec)[std::string(spec.name)] = true;
      return {};
    }
    if (!value.has_value()) {
      if (next_ + 1 == words_.size()) {
        return Failure{Error{shown_name(spec) + " needs a value: " + std::string(spec.value_name)}};
      }
      value = words_[++next_];
    }
    return keep(spec, *value);
  }

  OrError<void> read_argument(const std::string& word) {
    for (const ArgumentSpec& spec : line_.command_->arguments) {
      if (spec.arity == Arity::option) continue;
      const bool taken = values_of(spec).contains(std::string(spec.name));
      if (!taken || is_list(spec.arity)) return keep(spec, word);
    }
    return Failure{Error{"unexpected `" + word + "`"}};
  }

  OrError<void> keep(const ArgumentSpec& spec, const std::string& text) {
    OrError<Json> value = read_value(spec, text);
    if (!value.ok()) return Failure{value.error()};
    Json& place = values_of(spec)[std::string(spec.name)];
    if (spec.repeated || is_list(spec.arity))
      place.push_back(std::move(value).value());
    else
      place = std::move(value).value();
    return {};
  }

  OrError<void> check_complete() {
    // Who asks for help need not know how to do it right.
    if (line_.command_ == nullptr || line_.flag("help")) return {};
    for (const ArgumentSpec& spec : line_.command_->arguments) {
      const bool given = values_of(spec).contains(std::string(spec.name));
      const bool needed = spec.arity == Arity::required || spec.arity == Arity::one_or_more;
      if (needed && !given) return Failure{Error{std::string(spec.value_name) + " is missing"}};
      if (!given && spec.local && spec.default_number >= 0)
        line_.local_[std::string(spec.name)] = spec.default_number;
    }
    return check_query();
  }

  // Only to say what is wrong before a daemon is asked; it reads the words itself.
  OrError<void> check_query() {
    const std::optional<QueryVerb> verb = query_verb_named(line_.command_->name);
    if (!verb || !line_.arguments_.contains("query")) return {};
    const auto words = line_.arguments_["query"].get<std::vector<std::string>>();
    const auto query = parse_query(*verb, query_of_words(words));
    return query.ok() ? OrError<void>() : Failure{query.error()};
  }

  Json& values_of(const ArgumentSpec& spec) { return spec.local ? line_.local_ : line_.arguments_; }

  std::span<const std::string> words_;
  size_t next_ = 0;
  bool only_arguments_ = false;
  CommandLine line_;
};

OrError<CommandLine> CommandLine::parse(std::span<const std::string> words) {
  return CommandLineParser(words).parse();
}

bool CommandLine::flag(std::string_view name) const {
  return local_.contains(std::string(name));
}

std::optional<std::string> CommandLine::text(std::string_view name) const {
  const auto found = local_.find(std::string(name));
  if (found == local_.end()) return std::nullopt;
  return found->get<std::string>();
}

std::vector<std::string> CommandLine::texts(std::string_view name) const {
  const auto found = local_.find(std::string(name));
  if (found == local_.end()) return {};
  return found->get<std::vector<std::string>>();
}

std::optional<int64_t> CommandLine::number(std::string_view name) const {
  const auto found = local_.find(std::string(name));
  if (found == local_.end()) return std::nullopt;
  return found->get<int64_t>();
}

}  // namespace control
