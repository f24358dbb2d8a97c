// SPDX-License-Identifier: Apache-2.0
// The real tapseal as a shell sees it, with a stand-in for tapseald behind it.
#include "tests/unit/control/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace control {
namespace {

struct Outcome {
  int code = -1;
  std::string out;
  std::string err;
};

// A home, a state directory, a $PATH with the stand-in, and a shell.
class CliProgram : public testing::Test {
 protected:
  CliProgram() {
    // A copy, because the program looks for the daemon beside where it really is.
    std::filesystem::copy_file(std::getenv("TAPSEAL_PROGRAM"), directory_ / "tapseal");
    std::filesystem::create_symlink(std::getenv("TAPSEAL_STAND_IN"), directory_ / "tapseald");
    std::ofstream(config()) << "run:\n  state_dir: " << (directory_ / "state")
                            << "\n  socket: " << (directory_ / "s.sock") << "\n  sensor: test\n";
  }
  ~CliProgram() override { run("down"); }

  [[nodiscard]] std::string config() const { return directory_ / "t.yaml"; }

  // `line` may hold pipes; "tapseal" in front of it is implied.
  Outcome run(const std::string& line) { return shell("tapseal " + line); }

  Outcome shell(const std::string& line) {
    const std::string out = directory_ / "out";
    const std::string err = directory_ / "err";
    const std::string script = "export PATH=" + (directory_ / "") +
                               ":$PATH TAPSEAL_SOCKET=" + (directory_ / "s.sock") +
                               "; tapseal() { " + (directory_ / "tapseal") + " \"$@\"; }; " + line;
    std::ofstream(directory_ / "script") << script;
    const int status =
        std::system(("bash " + (directory_ / "script") + " >" + out + " 2>" + err).c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text_of(out), text_of(err)};
  }

  static std::string text_of(const std::string& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  TemporaryDirectory directory_;
};

TEST_F(CliProgram, UpStatusDown) {
  const Outcome up = run("up --config " + config());
  EXPECT_EQ(up.code, 0) << up.err;
  EXPECT_NE(up.out.find(" runs (pid "), std::string::npos) << up.out;
  EXPECT_NE(up.out.find("sensor      test\n"), std::string::npos) << up.out;
  EXPECT_NE(up.out.find("Next: tapseal status"), std::string::npos) << up.out;

  const Outcome again = run("up --config " + config());
  EXPECT_EQ(again.code, 0);
  EXPECT_TRUE(again.out.starts_with("already running (pid ")) << again.out;

  const Outcome status = run("status --all --json");
  EXPECT_EQ(status.code, 0);
  EXPECT_EQ(status.out,
            "{\"state\":\"running\",\"sensor\":\"test\",\"uptime\":90}\n"
            "{\"group\":\"drops\",\"name\":\"ip_fragment\",\"value\":0}\n");
  EXPECT_NE(run("version").out.find("\ntapseald "), std::string::npos);
  EXPECT_EQ(run("metrics").out, "m_total 1\n");
  EXPECT_NE(run("config").out.find("run.sensor"), std::string::npos);

  const Outcome down = run("down");
  EXPECT_EQ(down.code, 0) << down.err;
  EXPECT_NE(down.out.find(" is down\n"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "s.sock"));
  EXPECT_EQ(run("status").code, 3);
}

TEST_F(CliProgram, TablesArePlainWhenPiped) {
  ASSERT_EQ(run("up --config " + config()).code, 0);
  const Outcome flows = run("flows -n 2");
  EXPECT_EQ(flows.out,
            "originator   responder  class  stage  packets  bytes  age  idle  core\n"
            "192.0.2.1:0  -          -      -            -  2 KiB    -     -     -\n"
            "192.0.2.1:1  -          -      -            -  2 KiB    -     -     -\n");
}

TEST_F(CliProgram, WatchPrintsRowsAsTheyComeAndSaysWhatWasLeftOut) {
  ASSERT_EQ(run("up --config " + config()).code, 0);
  const Outcome table = run("watch -n 2 -port:443 'version<1.2'");
  EXPECT_EQ(table.code, 0) << table.err;
  const std::string heading =
      "time                 client                 server                 name"
      "                          version   ja4                                   certificate\n";
  // Cut to their columns, and without the bell.
  const std::string row =
      "now                  -                      -                      a name that is much "
      "longer t"
      "  2         -                                     to the end, however long that is\n";
  EXPECT_EQ(table.out, heading + row + row);
  EXPECT_EQ(table.err, "");
  const Outcome json = run("watch -n 1 --json");
  EXPECT_EQ(json.out.substr(0, 12), R"({"ts":"now",)");
  EXPECT_EQ(std::count(json.out.begin(), json.out.end(), '\n'), 1);
}

TEST_F(CliProgram, WatchEndsWithCtrlCAndTellsOfMissedRows) {
  ASSERT_EQ(run("up --config " + config()).code, 0);
  // The stand-in makes three rows at once and keeps two.
  const std::string rows = directory_ / "rows";
  const Outcome table =
      shell("set -m; : >" + rows + "; " + (directory_ / "tapseal") + " watch >" + rows +
            " & for i in {1..100}; do " + "[ $(wc -l <" + rows +
            ") = 3 ] && break; sleep 0.05; done; sleep 0.2; kill -INT $!; " + "wait $!");
  EXPECT_EQ(table.code, 130);
  EXPECT_EQ(table.err.substr(0, 38), "tapseal: 1 sessions are left out here:") << table.err;
  const Outcome json =
      shell("timeout -s INT --foreground 1 " + (directory_ / "tapseal") + " watch --json");
  EXPECT_TRUE(json.out.ends_with("\n{\"type\":\"missed\",\"missed\":1}\n")) << json.out;
}

TEST_F(CliProgram, WatchSaysThatTheDaemonEnds) {
  ASSERT_EQ(run("up --config " + config()).code, 0);
  const Outcome watch = shell("(sleep 0.5; tapseal down >/dev/null) & tapseal watch >/dev/null");
  EXPECT_EQ(watch.code, 0);
  EXPECT_TRUE(watch.err.ends_with("tapseal: the daemon is ending\n")) << watch.err;
}

TEST_F(CliProgram, WatchRefusesAFilterBeforeItAsksAnybody) {
  const Outcome watch = run("watch prt:443");
  EXPECT_EQ(watch.code, 2);
  EXPECT_EQ(watch.err,
            "tapseal: watch: filter `prt:443`, character 1: `prt` is no field; did you mean "
            "`port`?\n");
}

TEST_F(CliProgram, ABrokenPipeIsSilent) {
  ASSERT_EQ(run("up --config " + config()).code, 0);
  const Outcome piped =
      shell("(trap '' PIPE; tapseal flows -n 50000 --json) | head -n 1; echo ${PIPESTATUS[0]}");
  EXPECT_EQ(piped.err, "");
  EXPECT_NE(piped.out.find("{\"originator\":\"192.0.2.1:0\""), std::string::npos);
}

TEST_F(CliProgram, UpShowsTheLastWordsOfADaemonThatDies) {
  const Outcome up = run("up --config " + config() + " --set run.sensor=dies");
  EXPECT_EQ(up.code, 1);
  EXPECT_EQ(up.err, "tapseal: tapseald ended with exit code 1:\ntapseald: first line\nlast line\n");
}

TEST_F(CliProgram, UpGivesUpWaiting) {
  const Outcome up = run("up --config " + config() + " --set run.sensor=hangs --timeout 1s");
  EXPECT_EQ(up.code, 1);
  EXPECT_NE(up.err.find("runs but does not answer yet"), std::string::npos) << up.err;
  shell("kill $(cat " + (directory_ / "state/tapseald.pid") + ")");
}

TEST_F(CliProgram, CtrlCWhileWaitingStopsTheDaemonAgain) {
  const Outcome up = shell("set -m; " + (directory_ / "tapseal") + " up --config " + config() +
                           " --set run.sensor=hangs & for i in {1..100}; do [ -s " +
                           (directory_ / "state/tapseald.pid") +
                           " ] && break; sleep 0.05; done; kill -INT $!; wait $!");
  EXPECT_EQ(up.code, 130) << up.err;
  // Its lock is free as soon as it has ended, whoever inherits the process.
  const Outcome gone = shell("flock -w 5 " + (directory_ / "state/tapseald.pid") + " true");
  EXPECT_EQ(gone.code, 0);
}

TEST_F(CliProgram, WrongConfigurationsStartNothing) {
  std::ofstream(config()) << "flowtabel:\n  flows_max: 1\n";
  const Outcome up = run("up --config " + config());
  EXPECT_EQ(up.code, 78);
  EXPECT_EQ(up.err, config() +
                        ":2: unknown setting `flowtabel.flows_max`; did you mean "
                        "`flow_table.flows_max`?\n");
  EXPECT_EQ(run("config --check " + config()).code, 78);
  EXPECT_EQ(run("config --check /nonexistent").code, 78);
}

TEST_F(CliProgram, ReadHandsTheFilesToTheEngine) {
  const std::string file = directory_ / "a b.pcap";
  std::ofstream(file) << "x";
  const Outcome read = run("read '" + file + "' - --table");
  EXPECT_EQ(read.out, "[--table][--read][" + file + "][-]\n");
  EXPECT_EQ(read.code, 65);  // The engine's own.
  const Outcome dashed = shell("cd " + (directory_ / "") + "; echo >-x; tapseal read -- -x");
  EXPECT_EQ(dashed.out, "[--json][--read][./-x]\n");
}

TEST_F(CliProgram, ExitCodesTellWhatWentWrong) {
  EXPECT_EQ(run("").code, 2);
  EXPECT_EQ(run("nonsense").code, 2);
  EXPECT_EQ(run("flows --limit x").code, 2);
  EXPECT_EQ(run("help").code, 0);
  EXPECT_EQ(run("status").code, 3);
  EXPECT_EQ(run("status --json").err.substr(0, 30), "{\"error\":{\"code\":\"unreachable\"");
  EXPECT_EQ(shell("tapseal help > /dev/full").code, 1);
}

TEST_F(CliProgram, CompletionCompletes) {
  const auto completed = [this](const std::string& words) {
    return shell("source <(tapseal completion bash); COMP_WORDS=(tapseal " + words +
                 "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _tapseal; echo ${COMPREPLY[@]}")
        .out;
  };
  EXPECT_EQ(completed("fl"), "flows\n");
  EXPECT_EQ(completed("--json sta"), "status\n");
  EXPECT_EQ(completed("flows --st"), "--stage\n");
  EXPECT_EQ(completed("flows --stage ''"), "probing capturing finished\n");
  EXPECT_EQ(completed("help comp"), "completion\n");
  EXPECT_EQ(completed("completion ''"), "bash\n");
  EXPECT_EQ(completed("watch vers"), "version:\n");
}

}  // namespace
}  // namespace control
