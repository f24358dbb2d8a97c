// SPDX-License-Identifier: Apache-2.0
#include "control/cli/command_reference.hpp"

#include "control/cli/exit_code.hpp"
#include "control/cli/help_text.hpp"
#include "control/ipc/command_table.hpp"
#include "control/query/query_field.hpp"

#include <array>
#include <string_view>

namespace control {
namespace {

std::string_view kind_name(ColumnKind kind) {
  constexpr std::array<std::string_view, 8> kNames{"text",       "count",   "bytes",   "per second",
                                                   "time (UTC)", "seconds", "address", "values"};
  return kNames[static_cast<size_t>(kind)];
}

// A table cell: the bar would end it.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string table_row(std::initializer_list<std::string> cells) {
  std::string out = "|";
  for (const std::string& text : cells)
    out += " " + text + " |";
  return out + "\n";
}

std::string arguments_table(std::span<const ArgumentSpec> arguments) {
  if (arguments.empty()) return "";
  std::string out = "\n| option or argument | meaning |\n| --- | --- |\n";
  for (const ArgumentSpec& spec : arguments) {
    const std::string heading =
        spec.arity == Arity::option ? option_heading(spec) : std::string(spec.value_name);
    out += table_row({"`" + cell(heading) + "`", cell(argument_help(spec))});
  }
  return out;
}

std::string filters_table() {
  std::string out = "\n| filter, for example | the session |\n| --- | --- |\n";
  for (const FilterField& field : filter_fields())
    out += table_row({"`" + cell(field.example) + "`", cell(filter_field_help(field))});
  return out;
}

std::string queries_table(const CommandSpec& command) {
  const std::vector<QueryHelp> helps = query_helps(command);
  if (helps.empty()) return "";
  std::string out = "\n| term, for example | what it asks for |\n| --- | --- |\n";
  for (const QueryHelp& help : helps)
    out += table_row({"`" + cell(help.example) + "`", cell(help.help)});
  return out;
}

std::string columns_table(std::string_view title, std::span<const ColumnSpec> columns) {
  if (columns.empty()) return "";
  std::string out = "\n| " + std::string(title) + " | kind | meaning |\n| --- | --- | --- |\n";
  for (const ColumnSpec& column : columns) {
    out += table_row({"`" + std::string(column.key) + "`", std::string(kind_name(column.kind)),
                      cell(column.help.empty() ? column.heading : column.help)});
  }
  return out;
}

std::string command_section(const CommandSpec& command) {
  std::string out = "\n## tapseal " + std::string(command.name) + "\n\n";
  out += std::string(command.help) + ".\n\n```\n" + usage_line(command) + "\n```\n\n";
  out += std::string(command.long_help) + "\n";
  if (command.needs_daemon()) out += "\nAsks the daemon; least role: " + role_text(command) + ".\n";
  out += arguments_table(command.arguments);
  if (takes_filters(command)) out += filters_table();
  out += queries_table(command);
  out += columns_table("field", command.fields);
  out += columns_table("column", command.columns);
  if (command.examples.empty()) return out;
  out += "\n```\n";
  for (const std::string_view example : command.examples)
    out += std::string(example) + "\n";
  return out + "```\n";
}

// Text in roff: a backslash or a dot at the start of a line would be a request.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '-')
      out += "\\-";
    else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n'))
      out += std::string("\\&") + c;
    else
      out += c;
  }
  return out;
}

std::string roff_entry(std::string_view heading, std::string_view help) {
  return ".TP\n.B " + roff(heading) + "\n" + roff(help) + "\n";
}

std::string roff_command(const CommandSpec& command) {
  std::string out = ".SS " + roff(usage_line(command)) + "\n" + roff(command.long_help) + "\n";
  for (const ArgumentSpec& spec : command.arguments) {
    const std::string heading =
        spec.arity == Arity::option ? option_heading(spec) : std::string(spec.value_name);
    out += roff_entry(heading, argument_help(spec));
  }
  if (takes_filters(command)) {
    for (const FilterField& field : filter_fields())
      out += roff_entry(field.example, filter_field_help(field));
  }
  for (const QueryHelp& help : query_helps(command))
    out += roff_entry(help.example, help.help);
  return out;
}

std::string words_of(std::span<const std::string_view> words) {
  std::string out;
  for (const std::string_view word : words)
    out += (out.empty() ? "" : " ") + std::string(word);
  return out;
}

std::string command_names() {
  std::string out;
  for (const CommandSpec& command : command_table())
    out += (out.empty() ? "" : " ") + std::string(command.name);
  return out;
}

std::string filter_words() {
  std::string out;
  for (const FilterField& field : filter_fields())
    out += (out.empty() ? "" : " ") + std::string(field.name) + ":";
  return out;
}

std::string query_words(const CommandSpec& command) {
  std::string out;
  const std::optional<QueryVerb> verb = query_verb_named(command.name);
  if (!verb) return out;
  for (const QueryField* field : query_fields_of(*verb))
    if (field->name != kBareField)
      out += (out.empty() ? "" : " ") + std::string(field->name) +
             (is_ordered(field->form) ? "" : ":");
  return out;
}

// The columns of the answer, as `--sort` takes them.
std::string column_words(const CommandSpec& command) {
  std::string out;
  for (const ColumnSpec& column : command.columns)
    out += (out.empty() ? "" : " ") + std::string(column.key) + " -" + std::string(column.key);
  return out;
}

// What may stand as the value of an argument: a compgen call, or nothing.
std::string value_completion(const CommandSpec& command, const ArgumentSpec& spec) {
  switch (spec.type) {
    case ArgumentType::path:
    case ArgumentType::document:
      return "-f";
    case ArgumentType::word:
      return "-W '" + words_of(spec.words) + "'";
    case ArgumentType::command:
      return "-W '" + command_names() + "'";
    case ArgumentType::filter:
      return "-W '" + filter_words() + "'";
    case ArgumentType::query:
      return "-W '" + query_words(command) + "'";
    case ArgumentType::text:
      if (spec.name == "sort") return "-W '" + column_words(command) + "'";
      break;
    case ArgumentType::count:
    case ArgumentType::duration:
    case ArgumentType::flag:
      break;
  }
  return "";
}

std::string option_names(const CommandSpec& command) {
  std::string out;
  const auto add = [&out](std::span<const ArgumentSpec> specs) {
    for (const ArgumentSpec& spec : specs) {
      if (spec.arity == Arity::option) out += (out.empty() ? "--" : " --") + std::string(spec.name);
    }
  };
  add(command.arguments);
  add(common_options());
  return out;
}

// One case of the script for each option that takes a value, and one for the rest.
std::string bash_cases(const CommandSpec& command) {
  const std::string name(command.name);
  std::string out;
  std::string positional;
  const auto add = [&](std::span<const ArgumentSpec> specs) {
    for (const ArgumentSpec& spec : specs) {
      const std::string values = value_completion(command, spec);
      if (spec.arity != Arity::option) {
        positional = values;
      } else if (spec.type != ArgumentType::flag) {
        out += "    " + name + ":--" + std::string(spec.name) + ") " +
               (values.empty() ? ":" : "words=$(compgen " + values + " -- \"$current\")") + " ;;\n";
      }
    }
  };
  add(command.arguments);
  add(common_options());
  out += "    " + name + ":*)\n      if [[ $current == -* ]]; then words=$(compgen -W '" +
         option_names(command) + "' -- \"$current\")\n";
  out +=
      positional.empty() ? "" : "      else words=$(compgen " + positional + " -- \"$current\")\n";
  return out + "      fi ;;\n";
}

}  // namespace

std::string command_reference() {
  std::string out =
      "# Commands of tapseal\n\n"
      "Generated from `control/ipc/command_table.cpp` by `tapseal help --reference`; a unit test "
      "compares them.\nEvery command prints a table for people, and with `--json` one JSON object "
      "per row.\n\n## Common options\n";
  out += arguments_table(common_options());
  out += "\n## Exit codes\n\n| code | meaning |\n| --- | --- |\n";
  for (const ExitCodeText& code : exit_code_table())
    out += table_row({std::to_string(static_cast<int>(code.code)), std::string(code.meaning)});
  for (const CommandSpec& command : command_table())
    out += command_section(command);
  return out;
}

std::string manual_page() {
  std::string out =
      ".TH TAPSEAL 1\n.SH NAME\ntapseal \\- TLS inventory from a tap, a scanner and a memory\n"
      ".SH SYNOPSIS\n.B tapseal\n[COMMON OPTION...] COMMAND [OPTION...] [ARGUMENT...]\n"
      ".SH COMMANDS\n";
  for (const CommandSpec& command : command_table())
    out += roff_command(command);
  out += ".SH COMMON OPTIONS\n";
  for (const ArgumentSpec& spec : common_options())
    out += roff_entry(option_heading(spec), argument_help(spec));
  out += ".SH EXIT STATUS\n";
  for (const ExitCodeText& code : exit_code_table())
    out += roff_entry(std::to_string(static_cast<int>(code.code)), code.meaning);
  return out;
}

std::string bash_completion() {
  std::string out =
      "# bash completion for tapseal, generated by `tapseal completion bash`\n"
      "_tapseal() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
      "  local command='' word words='' i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    word=${COMP_WORDS[i]}\n"
      "    if [[ $word != -* && ${COMP_WORDS[i-1]} != --socket ]]; then command=$word; break; fi\n"
      "  done\n"
      "  case $command:$previous in\n";
  for (const CommandSpec& command : command_table())
    out += bash_cases(command);
  out += "    :--socket) words=$(compgen -f -- \"$current\") ;;\n    :*) words=$(compgen -W '" +
         command_names() + " --json --socket --help --version' -- \"$current\") ;;\n";
  return out +
         "  esac\n"
         "  mapfile -t COMPREPLY <<< \"$words\"\n"
         "  if [[ -z $words ]]; then COMPREPLY=(); fi\n"
         "}\n"
         "complete -o filenames -F _tapseal tapseal\n";
}

}  // namespace control
