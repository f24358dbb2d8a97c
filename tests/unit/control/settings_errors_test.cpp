// SPDX-License-Identifier: Apache-2.0
// What a person reads when a configuration is wrong, word for word.
#include "control/config/settings_loader.hpp"
#include "control/config/settings_table.hpp"
#include "tests/unit/control/user_environment.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace control {
namespace {

std::string refusal_of(std::string_view text) {
  const auto loaded = load_settings_text(text, {"t.yaml", {}, kUser});
  return loaded.ok() ? "accepted" : loaded.error().text();
}

std::string refusal_of_flag(const std::string& flag) {
  const auto loaded = load_settings_text("", {"", {flag}, kUser});
  return loaded.ok() ? "accepted" : loaded.error().text();
}

struct WrongSetting {
  std::string_view yaml;
  std::string_view message;
};

constexpr WrongSetting kWrongSettings[] = {
    // Names.
    {"flowtabel:\n  flows_max: 100\n",
     "t.yaml:2: unknown setting `flowtabel.flows_max`; did you mean `flow_table.flows_max`?"},
    {"flow_table:\n  flow_max: 100\n",
     "t.yaml:2: unknown setting `flow_table.flow_max`; did you mean `flow_table.flows_max`?"},
    {"flows_max: 100\n",
     "t.yaml:1: unknown setting `flows_max`; did you mean `flow_table.flows_max`?"},
    {"storag:\n", "t.yaml:1: unknown setting `storag`; did you mean `storage`?"},
    {"ports:\n  - nam: a\n    device: b\n",
     "t.yaml:2: unknown setting `ports[].nam`; did you mean `ports[].name`?"},
    {"run:\n  socket:\n    mode: 0660\n",
     "t.yaml:2: `run.socket`: found a group of settings, allowed is an absolute path (1 to 107 "
     "bytes)"},
    {"entirely_else: 1\n", "t.yaml:1: unknown setting `entirely_else`"},
    {"run:\n  a:\n    b:\n      c: 1\n", "t.yaml:4: unknown setting `run.a.b.c`"},
    // Shapes.
    {"flow_table: 5\n",
     "t.yaml:1: `flow_table` is a group: its settings stand under it, one line each, indented"},
    {"- a\n- b\n", "t.yaml:1: a configuration is a list of `name: value` lines"},
    {"just words", "t.yaml:1: a configuration is a list of `name: value` lines"},
    {"? [a, b]\n: 1\n", "t.yaml:1: the name of a setting must be a plain word"},
    // Types and bounds.
    {"flow_table:\n  flows_max: lots\n",
     "t.yaml:2: `flow_table.flows_max`: found `lots`, allowed is a whole number of flows from 16 "
     "to 67108864"},
    {"flow_table:\n  flows_max: 15\n",
     "t.yaml:2: `flow_table.flows_max`: found `15`, allowed is a whole number of flows from 16 to "
     "67108864"},
    {"flow_table:\n  flows_max: 68M\n",
     "t.yaml:2: `flow_table.flows_max`: found `68M`, allowed is a whole number of flows from 16 to "
     "67108864"},
    {"flow_table:\n  flows_max: -5\n",
     "t.yaml:2: `flow_table.flows_max`: found `-5`, allowed is a whole number of flows from 16 to "
     "67108864"},
    {"flow_table:\n  flows_max: 99999999999999999999\n",
     "t.yaml:2: `flow_table.flows_max`: found `99999999999999999999`, allowed is a whole number of "
     "flows from 16 to 67108864"},
    {"flow_table:\n  flows_max: [1]\n",
     "t.yaml:2: `flow_table.flows_max`: found a list, allowed is a whole number of flows from 16 "
     "to 67108864"},
    {"flow_table:\n  flows_max:\n",
     "t.yaml:2: `flow_table.flows_max`: found nothing, allowed is a whole number of flows from 16 "
     "to 67108864"},
    {"flow_table:\n  idle_timeout: 300\n",
     "t.yaml:2: `flow_table.idle_timeout`: found `300`, allowed is a duration with its unit (ms, "
     "s, m, h, d) from 1s to 7d"},
    {"dataplane:\n  idle: sometimes\n",
     "t.yaml:2: `dataplane.idle`: found `sometimes`, allowed is auto, busy, pause or sleep"},
    {"dataplane:\n  cores: 1\n",
     "t.yaml:2: `dataplane.cores`: found `1`, allowed is a list of 1 to 64 CPU ids, such as [0, "
     "2-5]"},
    {"dataplane:\n  cores: []\n",
     "t.yaml:2: `dataplane.cores`: found a list, allowed is a list of 1 to 64 CPU ids, such as "
     "[0, 2-5]"},
    {"dataplane:\n  cores: [0,\n    1-4, 3]\n", "t.yaml:3: `dataplane.cores`: CPU 3 stands twice"},
    {"dataplane:\n  cores: [0-999999999999]\n",
     "t.yaml:2: `dataplane.cores`: found `0-999999999999`, allowed is a list of 1 to 64 CPU ids, "
     "such as [0, 2-5]"},
    {"storage:\n  database: mysql://x\n",
     "t.yaml:2: `storage.database`: found `mysql://x`, allowed is embedded, none or a "
     "postgresql:// address (1 to 4095 bytes)"},
    {"run:\n  state_dir: var/lib\n",
     "t.yaml:2: `run.state_dir`: found `var/lib`, allowed is an absolute path (1 to 4095 bytes)"},
    {"run:\n  sensor: \"a\\nb\"\n",
     "t.yaml:2: `run.sensor`: found `a?b`, allowed is printable text (1 to 255 bytes)"},
    {"ports:\n  - name: a\n    device: x\n  - name: a\n    device: y\n",
     "t.yaml:4: `ports`: two ports are named `a`"},
    {"ports:\n  - name: a\n    device: x\n  - name: b\n    device: x\n",
     "t.yaml:4: `ports`: two ports have the device `x`"},
    {"ports:\n  - device: x\n",
     "t.yaml:2: `ports`: each port needs a `name` of 1 to 32 letters, digits, _ - or ."},
    {"ports: mirror0\n",
     "t.yaml:1: `ports`: found `mirror0`, allowed is a list of at most 16 ports, such as [{name: "
     "mirror0, device: 0000:03:00.0}]"},
    // Between settings.
    {"capture:\n  captures_max: 100\n  large_max: 101\n",
     "t.yaml:3: `capture.large_max` is 101, more than all captures (`capture.captures_max` is "
     "100)"},
    {"scan:\n  rate: 2k\n",
     "t.yaml:2: `scan.rate` is 2000, more than the ceiling (`scan.rate_max` is 1000)"},
    {"scan:\n  rate_max: 10\n",
     "t.yaml:2: `scan.rate` is 1000, more than the ceiling (`scan.rate_max` is 10)"},
    {"scan:\n  silence_max: 30s\n",
     "t.yaml:2: `scan.silence_max` is longer than a whole connection may last "
     "(`scan.duration_max`)"},
    {"ports: [{name: wire0, device: x}]\nscan:\n  addresses: [10.0.0.2/24]\n  port: wire1\n",
     "t.yaml:4: `scan.port` is `wire1`, which no entry of `ports` is named; did you mean `wire0`?"},
    {"ports: [{name: wire0, device: x}]\nscan:\n  port: wire0\n",
     "t.yaml:3: `scan.port` is set and `scan.addresses` is empty: name an address of that network "
     "which nobody else uses, such as [10.0.0.2/24]"},
    {"scan:\n  addresses: [10.0.0.2/24, \"2001:db8::2/64\"]\n  gateways: [10.0.1.1]\n",
     "t.yaml:3: `scan.gateways`: `10.0.1.1` is in the network of none of `scan.addresses`"},
    {"scan:\n  addresses: [10.0.0.2/24]\n  gateways: [10.0.0.2]\n",
     "t.yaml:3: `scan.gateways`: `10.0.0.2` is one of `scan.addresses`"},
    // Lists of texts: the line is that of the entry.
    {"scan:\n  allow:\n    - 10.0.0.0/8\n    - 10.0.0.5/24\n",
     "t.yaml:4: `scan.allow`: `10.0.0.5/24`: has bits of a host behind its prefix; write "
     "10.0.0.0/24 for the network or 10.0.0.5 for the one address"},
    {"scan:\n  allow: 10.0.0.0/8\n",
     "t.yaml:2: `scan.allow`: found `10.0.0.0/8`, allowed is a list of at most 4096 networks, "
     "ranges or addresses, such as [10.0.0.0/8, 192.168.0.0-192.168.3.255]"},
    {"scan:\n  exclude: [10.0.0.1,\n    10.0.0.1]\n",
     "t.yaml:3: `scan.exclude`: `10.0.0.1` stands twice"},
    {"scan:\n  windows: [22-6]\n",
     "t.yaml:2: `scan.windows`: `22-6`: days are Mon, Tue, Wed, Thu, Fri, Sat, Sun and ranges of "
     "them; a window is days, hours or both: Sat,Sun or 22:00-06:00 or Mon-Fri 22:00-06:00"},
    {"scan:\n  addresses: [10.0.0.0/24]\n",
     "t.yaml:2: `scan.addresses`: `10.0.0.0/24`: is the address of its network, not of one machine "
     "in it"},
    {"scan:\n  source_ports: 40000-40100\n",
     "t.yaml:2: `scan.source_ports`: found `40000-40100`, allowed is a range of at least 256 "
     "ports, such as 40000-59999 (1 to 11 bytes)"},
    {"scan:\n  vlan: 4095\n",
     "t.yaml:2: `scan.vlan`: found `4095`, allowed is a whole number from 0 to 4094"},
    // YAML itself.
    {"run:\n  sensor: a\n  sensor: b\n", "t.yaml:3: `run.sensor` is set twice, first on line 2"},
    {"run: {}\nports: []\nrun: {}\n", "t.yaml:3: `run` is set twice, first on line 1"},
    {"a: &x [1]\nb: *x\n", "t.yaml:1: anchors (`&name`) are not allowed; write the value out"},
    {"run:\n  sensor: !!str a\n", "t.yaml:2: tags (`!name`) are not allowed"},
    {"run: {}\n---\nrun: {}\n", "t.yaml:3: a second document (`---`) is not allowed"},
    {"a: [[[[[[[[[[1]]]]]]]]]]\n", "t.yaml:1: nested deeper than 8 levels"},
    // Several at once, in the order of lines.
    {"run:\n  socket: x\nflow_table:\n  flows_max: 1\n",
     "t.yaml:2: `run.socket`: found `x`, allowed is an absolute path (1 to 107 bytes)\n"
     "t.yaml:4: `flow_table.flows_max`: found `1`, allowed is a whole number of flows from 16 to "
     "67108864"},
};

TEST(SettingsErrors, SayWhereAndWhatAndWhatIsAllowed) {
  for (const WrongSetting& wrong : kWrongSettings)
    EXPECT_EQ(refusal_of(wrong.yaml), wrong.message) << wrong.yaml;
}

TEST(SettingsErrors, SyntaxErrorsNameTheLine) {
  for (const std::string_view text :
       {"run:\n  sensor: \"open\n", "run:\n  a: b: c\n", "run:\n\tsensor: a\n", "ports: [\n",
        "a: }\n", "run:\n  sensor: 'open\n  state_dir: /x\n", "run:\n  sensor: \"a\\\"\n"}) {
    const std::string message = refusal_of(text);
    EXPECT_NE(message.find(": not valid YAML: "), std::string::npos) << text << message;
    EXPECT_TRUE(message.starts_with("t.yaml:") && message[7] >= '1' && message[7] <= '9')
        << message;
  }
}

TEST(SettingsErrors, UnknownNamesAreFoundInEveryGroup) {
  for (const SettingGroup& group : setting_groups()) {
    if (find_setting(group.name) != nullptr) continue;
    const std::string name(group.name);
    EXPECT_EQ(refusal_of(name + ":\n  zzzzzzzzzz: 1\n"),
              "t.yaml:2: unknown setting `" + name + ".zzzzzzzzzz`");
  }
}

TEST(SettingsErrors, OneMisspelledLetterIsSuggestedForEverySetting) {
  for (const SettingSpec& spec : settings_table()) {
    std::string misspelled(spec.key);
    misspelled.insert(misspelled.size() / 2, "x");
    EXPECT_EQ(refusal_of(misspelled + ": 1\n"), "t.yaml:1: unknown setting `" + misspelled +
                                                    "`; did you mean `" + std::string(spec.key) +
                                                    "`?");
  }
}

TEST(SettingsErrors, LargeFilesAndManyValuesAreRefused) {
  EXPECT_EQ(refusal_of(std::string((1 << 20) + 1, '\n')), "t.yaml: larger than 1 MiB");
  std::string many = "a: [";
  for (int i = 0; i < 10'001; ++i)
    many += "1,";
  EXPECT_EQ(refusal_of(many + "1]"), "t.yaml:1: more than 10000 values in one file");
}

TEST(SettingsErrors, UnreadableFilesAreNamed) {
  const auto missing = load_settings({"/nonexistent/t.yaml", {}, kUser});
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().text(),
            "/nonexistent/t.yaml: cannot be read: No such file or directory");
  EXPECT_FALSE(load_settings({"/tmp", {}, kUser}).ok());
}

TEST(SettingsErrors, FlagsAreCheckedLikeTheFile) {
  EXPECT_EQ(refusal_of_flag("flow_table.flows_max=7"),
            "--set: `flow_table.flows_max`: found `7`, allowed is a whole number of flows from 16 "
            "to 67108864");
  EXPECT_EQ(refusal_of_flag("flow_table.flowsmax=7"),
            "--set: unknown setting `flow_table.flowsmax`; did you mean `flow_table.flows_max`?");
  EXPECT_EQ(refusal_of_flag("flow_table.flows_max"),
            "--set: `flow_table.flows_max` is not of the form group.name=value");
  EXPECT_EQ(refusal_of_flag("flow_table=7"),
            "--set: `flow_table` is a group; name one of its settings");
}

}  // namespace
}  // namespace control
