// SPDX-License-Identifier: Apache-2.0
#include "control/config/yaml_tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <map>
#include <optional>
#include <sstream>

namespace control {
namespace {

// Ends the reading from inside yaml-cpp's callbacks; never leaves this file.
struct Refusal {
  ConfigProblem problem;
};

[[noreturn]] void refuse(int line, std::string message) {
  throw Refusal{{line, std::move(message)}};
}

// The source text by lines.
class SourceLines {
 public:
  explicit SourceLines(std::string_view text) {
    while (true) {
      const size_t end = text.find('\n');
      lines_.push_back(text.substr(0, end));
      if (end == std::string_view::npos) return;
      text.remove_prefix(end + 1);
    }
  }

  // Whether a quote opens there that its own line does not close. yaml-cpp 0.7 takes a text whose
  // closing quote is missing to reach to the end of the file, and so swallows every setting behind
  // it without a word.
  [[nodiscard]] bool opens_unclosed_quote(const YAML::Mark& mark) const {
    const auto number = static_cast<size_t>(mark.line);
    if (number >= lines_.size()) return false;
    std::string_view rest = lines_[number];
    rest.remove_prefix(std::min(rest.size(), static_cast<size_t>(mark.column)));
    if (rest.empty() || (rest.front() != '"' && rest.front() != '\'')) return false;
    const char quote = rest.front();
    for (size_t i = 1; i < rest.size(); ++i) {
      if (quote == '"' && rest[i] == '\\') {
        ++i;
      } else if (rest[i] == quote) {
        return false;
      }
    }
    return true;
  }

 private:
  std::vector<std::string_view> lines_;
};

// Builds the tree from yaml-cpp's events. Its own tree (YAML::Node) would follow aliases, drop
// duplicate keys and know no bounds.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(const SourceLines& source) : source_(source) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(start(YamlNode::Kind::null, mark, "", anchor));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark.line + 1, "aliases (`*name`) are not allowed; write the value out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node = start(YamlNode::Kind::scalar, mark, tag, anchor);
    if (source_.opens_unclosed_quote(mark))
      refuse(node.line, "not valid YAML: a quoted text must end on its own line");
    node.text = value;
    add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(start(YamlNode::Kind::sequence, mark, tag, anchor));
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(start(YamlNode::Kind::map, mark, tag, anchor));
  }
  void OnMapEnd() override { close(); }

  [[nodiscard]] YamlNode take_root() { return std::move(root_); }
  [[nodiscard]] std::vector<ConfigProblem>& problems() { return problems_; }

 private:
  struct Level {
    YamlNode node;
    std::optional<std::string> key;        // of a map: read, its value still to come
    int key_line = 0;                      // of that key
    std::map<std::string, int> key_lines;  // of a map: where each key was first
  };

  YamlNode start(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
                 YAML::anchor_t anchor) {
    const int line = mark.line + 1;
    if (anchor != 0) refuse(line, "anchors (`&name`) are not allowed; write the value out");
    if (!tag.empty() && tag != "?" && tag != "!") refuse(line, "tags (`!name`) are not allowed");
    if (++num_nodes_ > YamlLimits::kNodesMax) {
      refuse(line, "more than " + std::to_string(YamlLimits::kNodesMax) + " values in one file");
    }
    YamlNode node;
    node.kind = kind;
    node.line = line;
    return node;
  }

  void open(YamlNode node) {
    if (levels_.size() >= YamlLimits::kDepthMax) {
      refuse(node.line, "nested deeper than " + std::to_string(YamlLimits::kDepthMax) + " levels");
    }
    levels_.push_back({std::move(node), std::nullopt, 0, {}});
  }

  void close() {
    YamlNode node = std::move(levels_.back().node);
    levels_.pop_back();
    add(std::move(node));
  }

  void add(YamlNode node) {
    if (levels_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& level = levels_.back();
    if (level.node.kind == YamlNode::Kind::sequence) {
      level.node.items.push_back(std::move(node));
    } else if (!level.key.has_value()) {
      read_key(level, node);
    } else {
      add_entry(level, std::move(node));
    }
  }

  static void read_key(Level& level, const YamlNode& node) {
    if (node.kind != YamlNode::Kind::scalar)
      refuse(node.line, "the name of a setting must be a plain word");
    level.key = node.text;
    level.key_line = node.line;
  }

  void add_entry(Level& level, YamlNode node) {
    const std::string key = std::move(*level.key);
    level.key.reset();
    const auto [first, is_new] = level.key_lines.try_emplace(key, level.key_line);
    if (!is_new) {
      problems_.push_back({level.key_line, "`" + path() + key + "` is set twice, first on line " +
                                               std::to_string(first->second)});
      return;
    }
    // A block starts on the line after its key; what is said about it belongs to the key.
    node.line = level.key_line;
    level.node.entries.push_back({key, std::move(node)});
  }

  // The keys above the current level, each with a dot behind it.
  [[nodiscard]] std::string path() const {
    std::string out;
    for (size_t i = 0; i + 1 < levels_.size(); ++i) {
      if (levels_[i].key.has_value()) out += *levels_[i].key + ".";
    }
    return out;
  }

  const SourceLines& source_;
  YamlNode root_;
  std::vector<Level> levels_;
  std::vector<ConfigProblem> problems_;
  size_t num_nodes_ = 0;
};

// Reads all documents of the text; problems come out by exception or in the builder.
void read_documents(std::string_view text, const SourceLines& source, TreeBuilder& builder) {
  std::istringstream in{std::string(text)};
  YAML::Parser parser(in);
  if (!parser.HandleNextDocument(builder)) return;
  TreeBuilder second(source);
  if (parser.HandleNextDocument(second)) {
    const int line = second.take_root().line;
    refuse(line, "a second document (`---`) is not allowed");
  }
}

}  // namespace

flowtable::Result<YamlNode, ConfigErrors> parse_yaml(std::string_view text,
                                                     std::string_view file_name) {
  ConfigErrors errors{std::string(file_name), {}};
  if (text.size() > YamlLimits::kBytesMax) {
    errors.problems.push_back({0, "larger than 1 MiB"});
    return flowtable::Failure{errors};
  }
  // UTF-16 is text to YAML, but its columns are not bytes, and nobody means it.
  if (text.find('\0') != std::string_view::npos) {
    errors.problems.push_back({0, "not text: it contains a zero byte"});
    return flowtable::Failure{errors};
  }
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const SourceLines source(text);
  TreeBuilder builder(source);
  try {
    read_documents(text, source, builder);
  } catch (const Refusal& refusal) {
    builder.problems().push_back(refusal.problem);
  } catch (const YAML::Exception& error) {
    const int line = error.mark.is_null() ? 0 : error.mark.line + 1;
    builder.problems().push_back({line, "not valid YAML: " + error.msg});
  } catch (const std::exception& error) {
    builder.problems().push_back({0, std::string("not valid YAML: ") + error.what()});
  }
  errors.problems = std::move(builder.problems());
  if (!errors.problems.empty()) return flowtable::Failure{errors};
  return builder.take_root();
}

}  // namespace control
