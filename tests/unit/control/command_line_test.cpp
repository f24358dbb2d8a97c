// SPDX-License-Identifier: Apache-2.0
#include "control/cli/command_line.hpp"

#include "control/cli/command_reference.hpp"
#include "control/cli/exit_code.hpp"
#include "control/cli/help_text.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>

namespace control {
namespace {

flowtable::OrError<CommandLine> parse(const std::string& line) {
  std::istringstream in(line);
  const std::vector<std::string> words{std::istream_iterator<std::string>(in), {}};
  return CommandLine::parse(words);
}

std::string sent_by(const std::string& line) {
  const auto parsed = parse(line);
  return parsed.ok() ? std::string(parsed.value().command()->name) + " " +
                           to_text(parsed.value().arguments())
                     : parsed.error().message;
}

TEST(CommandLine, BecomesARequest) {
  EXPECT_EQ(sent_by("status"), "status {}");
  EXPECT_EQ(sent_by("status -a"), R"(status {"all":true})");
  EXPECT_EQ(sent_by("flows --limit 5 --port=443"), R"(flows {"limit":5,"port":443})");
  EXPECT_EQ(sent_by("flows -n5 -p 443"), R"(flows {"limit":5,"port":443})");
  EXPECT_EQ(sent_by("flows -n 5 -n 1k"), R"(flows {"limit":1000})");
  EXPECT_EQ(sent_by("certs --expiring 30d"), R"(certs {"expiring":2592000})");
  EXPECT_EQ(sent_by("certs --expiring 1500ms"), R"(certs {"expiring":2})");
  EXPECT_EQ(sent_by("show example.org --limit 2"), R"(show {"thing":"example.org","limit":2})");
  EXPECT_EQ(sent_by("show --limit=2 -- --odd"), R"(show {"limit":2,"thing":"--odd"})");
  EXPECT_EQ(sent_by("certs port:443 -tag:lab -n5"),
            R"(certs {"query":["port:443","-tag:lab"],"limit":5})");
  EXPECT_EQ(sent_by("changes --sort -server -owner=web"),
            R"(changes {"sort":"-server","query":["-owner=web"]})");
  EXPECT_EQ(sent_by("certs --name="), R"(certs {"name":""})");
}

TEST(CommandLine, TakesNegatedFiltersForArguments) {
  EXPECT_EQ(sent_by("watch"), "watch {}");
  EXPECT_EQ(
      sent_by("watch -n 5 port:443 -sni:*.org -version<1.2 --records"),
      R"(watch {"limit":5,"filter":["port:443","-sni:*.org","-version<1.2"],"records":true})");
  EXPECT_EQ(sent_by("watch -n5"), R"(watch {"limit":5})");
  EXPECT_EQ(sent_by("watch -x"), "watch: unknown option `-x`");
  EXPECT_EQ(sent_by("flows -sni:x"), "flows: unknown option `-sni:x`");
}

TEST(CommandLine, KeepsLocalOptionsToItself) {
  const auto line = parse("--json status --socket /s -a");
  ASSERT_TRUE(line.ok());
  EXPECT_TRUE(line.value().flag("json"));
  EXPECT_EQ(line.value().text("socket"), "/s");
  EXPECT_EQ(to_text(line.value().arguments()), R"({"all":true})");

  const auto read = parse("read a.pcap --table - b.pcap");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value().texts("file"), (std::vector<std::string>{"a.pcap", "-", "b.pcap"}));
  EXPECT_TRUE(read.value().flag("table"));
  EXPECT_FALSE(read.value().flag("json"));

  const auto up = parse("up --set a.b=1 --set c.d=2");
  ASSERT_TRUE(up.ok());
  EXPECT_EQ(up.value().texts("set"), (std::vector<std::string>{"a.b=1", "c.d=2"}));
  EXPECT_EQ(up.value().number("timeout"), 60);
  EXPECT_EQ(parse("up --timeout 2m").value().number("timeout"), 120);
}

TEST(CommandLine, WithoutCommandHasNone) {
  EXPECT_EQ(parse("").value().command(), nullptr);
  EXPECT_TRUE(parse("-h").value().flag("help"));
  EXPECT_TRUE(parse("show -h").value().flag("help"));
}

TEST(CommandLine, SaysWhatIsWrong) {
  EXPECT_EQ(sent_by("stauts"), "unknown command `stauts`; did you mean `status`?");
  EXPECT_EQ(sent_by("xyzzy"), "unknown command `xyzzy`");
  EXPECT_EQ(sent_by("flows --limt 5"), "flows: unknown option `--limt`; did you mean `--limit`?");
  EXPECT_EQ(sent_by("--jsno flows"), "unknown option `--jsno`; did you mean `--json`?");
  EXPECT_EQ(sent_by("flows -x"), "flows: unknown option `-x`");
  EXPECT_EQ(sent_by("flows --limit"), "flows: --limit needs a value: N");
  EXPECT_EQ(sent_by("flows --limit x"),
            "flows: --limit: found `x`, allowed is a whole number from 1 to 100000");
  EXPECT_EQ(sent_by("flows --limit 0"),
            "flows: --limit: found `0`, allowed is a whole number from 1 to 100000");
  EXPECT_EQ(sent_by("certs --expiring 30"),
            "certs: --expiring: found `30`, allowed is a time with its unit (s, m, h, d) from 0s "
            "to 36600d");
  EXPECT_EQ(sent_by("flows --stage over"),
            "flows: --stage: found `over`, allowed is probing, capturing, finished");
  EXPECT_EQ(sent_by("status --all=1"), "status: --all takes no value");
  EXPECT_EQ(sent_by("status x"), "status: unexpected `x`");
  EXPECT_EQ(sent_by("certs isuer:x"),
            "certs: query, column 1: `isuer` is no field of certs; did you mean `issuer`?");
  EXPECT_EQ(sent_by("show a b"), "show: unexpected `b`");
  EXPECT_EQ(sent_by("show"), "show: THING is missing");
  EXPECT_EQ(sent_by("read"), "read: FILE is missing");
  EXPECT_EQ(sent_by("completion zsh"), "completion: SHELL: found `zsh`, allowed is bash");
}

TEST(CommandLine, EveryExampleInTheTableIsOne) {
  for (const CommandSpec& command : command_table()) {
    for (const std::string_view example : command.examples) {
      std::string text(example.substr(0, example.find_first_of("|>")));
      // What only a shell can read is left to it.
      if (text.find_first_of("({") != std::string::npos) continue;
      std::erase(text, '\'');
      ASSERT_TRUE(text.starts_with("tapseal ")) << text;
      const auto line = parse(text.substr(8));
      EXPECT_TRUE(line.ok()) << text << (line.ok() ? "" : line.error().message);
      if (line.ok()) {
        EXPECT_EQ(line.value().command(), &command) << text;
      }
    }
  }
}

std::string file_text(const std::string& path) {
  std::ifstream in(std::string(TAPSEAL_SOURCE_ROOT "/") + path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(CommandReference, IsWhatTheTableSays) {
  EXPECT_EQ(file_text("control/cli/COMMANDS.md"), command_reference())
      << "mend: tapseal help --reference > control/cli/COMMANDS.md";
}

TEST(HelpText, OverviewNamesEveryCommandAndExitCode) {
  const std::string overview = overview_text();
  for (const CommandSpec& command : command_table())
    EXPECT_NE(overview.find("\n  " + std::string(command.name) + " "), std::string::npos);
  for (const ExitCodeText& code : exit_code_table())
    EXPECT_NE(overview.find(std::string(code.meaning)), std::string::npos);
}

TEST(HelpText, ExplainsOneCommand) {
  EXPECT_EQ(command_help_text(*find_command("completion")),
            "tapseal completion - Completion of commands and options for the shell\n"
            "\n"
            "Usage: tapseal completion [OPTION…] SHELL\n"
            "\n"
            "Prints a script; the shell reads it at start.\n"
            "\n"
            "Arguments:\n"
            "  SHELL  Which shell. One of: bash.\n"
            "\n"
            "Common options:\n"
            "  --json         One JSON object per row, for programs.\n"
            "  --socket PATH  Control socket of the daemon. Default: $TAPSEAL_SOCKET, else\n"
            "                 the daemon's usual place.\n"
            "  -h, --help     Help on this command.\n"
            "\n"
            "Examples:\n"
            "  source <(tapseal completion bash)\n");
}

TEST(HelpText, LinesFitATerminal) {
  for (const CommandSpec& command : command_table()) {
    std::istringstream lines(command_help_text(command));
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("  tapseal ")) continue;  // Examples are not broken.
      EXPECT_LE(line.size(), 84u) << line;           // Some characters have several bytes.
    }
  }
}

TEST(ExitCode, FollowsFromTheError) {
  EXPECT_EQ(static_cast<int>(exit_code_of(ErrorCode::unreachable)), 3);
  EXPECT_EQ(static_cast<int>(exit_code_of(ErrorCode::not_permitted)), 4);
  EXPECT_EQ(static_cast<int>(exit_code_of(ErrorCode::bad_argument)), 2);
  EXPECT_EQ(static_cast<int>(exit_code_of(ErrorCode::failed)), 1);
  EXPECT_EQ(static_cast<int>(exit_code_of(ErrorCode::unavailable)), 1);
}

}  // namespace
}  // namespace control
