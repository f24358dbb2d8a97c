// SPDX-License-Identifier: Apache-2.0
#include "control/config/nearest_name.hpp"
#include "control/config/setting_reader.hpp"
#include "control/config/settings_loader.hpp"
#include "control/config/settings_table.hpp"
#include "control/config/settings_text.hpp"
#include "tests/unit/control/user_environment.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <set>

namespace control {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

LoadedSettings accepted(std::string_view text, std::vector<std::string> flags = {}) {
  const auto loaded = load_settings_text(text, {"t.yaml", std::move(flags), kUser});
  EXPECT_TRUE(loaded.ok()) << (loaded.ok() ? "" : loaded.error().text());
  return loaded.ok() ? loaded.value() : LoadedSettings{};
}

TEST(Settings, EmptyFileGivesTheDefaults) {
  const Settings settings = accepted("").settings;
  EXPECT_EQ(settings.dataplane.cores, std::vector<uint32_t>{0});
  EXPECT_EQ(settings.dataplane.hugepages, UseHugepages::automatic);
  EXPECT_EQ(settings.flow_table.flows_max, 262144u);
  EXPECT_EQ(settings.flow_table.embryonic_timeout, 10s);
  EXPECT_EQ(settings.flow_table.idle_timeout, 5min);
  EXPECT_EQ(settings.storage.database, "embedded");
  EXPECT_EQ(settings.storage.batch_delay, 1s);
  EXPECT_TRUE(settings.ports.empty());
  EXPECT_TRUE(settings.output.json.empty());
  EXPECT_FALSE(settings.tap.ssh);
}

TEST(Settings, FileSetsEveryKindOfValue) {
  const Settings settings = accepted(R"(
run:
  sensor: tap-1
  readers_group: soc
dataplane: {cores: [1, 4-6], hugepages: no, idle: sleep, steering: software, burst: 16}
ports:
  - {name: mirror0, device: "net_pcap0,rx_pcap=/tmp/a b.pcap"}
  - name: mirror1
    device: 0000:03:00.1
flow_table:
  flows_max: 1M
  idle_timeout: 90s
storage:
  database: postgresql://db.example/tapseal?sslmode=verify-full
)")
                                .settings;
  EXPECT_EQ(settings.run.sensor, "tap-1");
  EXPECT_EQ(settings.run.readers_group, "soc");
  EXPECT_EQ(settings.dataplane.cores, (std::vector<uint32_t>{1, 4, 5, 6}));
  EXPECT_EQ(settings.dataplane.hugepages, UseHugepages::no);
  EXPECT_EQ(settings.dataplane.idle, IdlePolicy::sleep);
  EXPECT_EQ(settings.dataplane.steering, Steering::software);
  EXPECT_EQ(settings.dataplane.burst, 16u);
  ASSERT_EQ(settings.ports.size(), 2u);
  EXPECT_EQ(settings.ports[1], (PortSettings{"mirror1", "0000:03:00.1"}));
  EXPECT_EQ(settings.flow_table.flows_max, 1'000'000u);
  EXPECT_EQ(settings.flow_table.idle_timeout, 90s);
  EXPECT_EQ(settings.storage.database, "postgresql://db.example/tapseal?sslmode=verify-full");
}

TEST(Settings, YesAndNoSetAFlag) {
  EXPECT_TRUE(accepted("tap: {ssh: yes}").settings.tap.ssh);
  EXPECT_FALSE(accepted("tap: {ssh: yes}", {"tap.ssh=no"}).settings.tap.ssh);
}

// Live and from a file the same is found (dataplane::PathOptions).
TEST(Settings, LooksForHellosAsLongAsAReadingOfFilesDoes) {
  EXPECT_EQ(accepted("").settings.capture.probes_max, 24u);
}

TEST(Settings, ScanningIsOffAndBoundedUntilSomebodyAsksForMore) {
  const ScanSettings scan = accepted("").settings.scan;
  EXPECT_TRUE(scan.port.empty());
  EXPECT_TRUE(scan.allow.empty());
  EXPECT_EQ(scan.rate_max, 1000u);
  EXPECT_EQ(scan.subnet_rate_max, 100u);
  EXPECT_EQ(scan.host_rate_max, 10u);
  EXPECT_FALSE(scan.passive_follow);
}

TEST(Settings, ListsOfTextsAreReadFromFileAndFlag) {
  const std::string_view text =
      "scan:\n  allow: [10.0.0.0/8, 2001:db8::/32, 10.0-3.0.1-254]\n  windows: [Sat, Sun]\n";
  EXPECT_EQ(accepted(text).settings.scan.allow,
            (std::vector<std::string>{"10.0.0.0/8", "2001:db8::/32", "10.0-3.0.1-254"}));
  EXPECT_EQ(accepted(text, {"scan.windows=[\"Mon-Fri 22:00-06:00\"]"}).settings.scan.windows,
            std::vector<std::string>{"Mon-Fri 22:00-06:00"});
}

TEST(Settings, DottedNamesAtTheTopMeanTheSame) {
  EXPECT_EQ(accepted("flow_table.flows_max: 64\n").settings.flow_table.flows_max, 64u);
}

TEST(Settings, OriginTellsDefaultFileAndFlag) {
  const LoadedSettings loaded =
      accepted("run:\n  sensor: a\nflow_table:\n  flows_max: 64\n",
               {"flow_table.flows_max=128", "dataplane.cores=[2]", "ports=[{name: a, device: b}]"});
  EXPECT_EQ(loaded.settings.flow_table.flows_max, 128u);
  EXPECT_EQ(loaded.settings.dataplane.cores, std::vector<uint32_t>{2});
  std::set<std::string> lines;
  for (const EffectiveSetting& row : effective_settings(loaded))
    lines.insert(row.key + " " + row.value + " " + row.origin);
  EXPECT_TRUE(lines.contains("run.sensor a t.yaml:2"));
  EXPECT_TRUE(lines.contains("flow_table.flows_max 128 flag"));
  EXPECT_TRUE(lines.contains("dataplane.cores [2] flag"));
  EXPECT_TRUE(lines.contains("ports [{name: a, device: b}] flag"));
  EXPECT_TRUE(lines.contains("flow_table.idle_timeout 5m default"));
  EXPECT_TRUE(lines.contains("output.json \"\" default"));
  EXPECT_EQ(lines.size(), settings_table().size());
}

TEST(Settings, DefaultPlacesDependOnTheUser) {
  Environment environment{true, "/root", "", "/run/user/0", "", "tap"};
  EXPECT_EQ(default_state_dir(environment), "/var/lib/tapseal");
  EXPECT_EQ(default_socket(environment), "/run/tapseal/control.sock");
  environment = kUser;
  EXPECT_EQ(default_state_dir(environment), "/home/u/.local/state/tapseal");
  EXPECT_EQ(default_socket(environment), "/run/user/7/tapseal/control.sock");
  environment.xdg_runtime_dir.clear();
  environment.xdg_state_home = "/s";
  EXPECT_EQ(default_socket(environment), "/s/tapseal/control.sock");
  EXPECT_EQ(default_sensor(environment), "probe-1");
}

TEST(Settings, DefaultPlacesAreSystemdsWhereItMadeThem) {
  Environment environment = kUser;
  environment.service_state_directory = "/var/lib/tapseal";
  environment.service_runtime_directory = "/run/tapseal";
  EXPECT_EQ(default_state_dir(environment), "/var/lib/tapseal");
  EXPECT_EQ(default_socket(environment), "/run/tapseal/control.sock");

  setenv("STATE_DIRECTORY", "/var/lib/tapseal", 1);
  setenv("RUNTIME_DIRECTORY", "/run/other", 1);
  EXPECT_EQ(Environment::of_process().service_state_directory, "/var/lib/tapseal");
  EXPECT_EQ(Environment::of_process().service_runtime_directory, "");
  unsetenv("STATE_DIRECTORY");
  unsetenv("RUNTIME_DIRECTORY");
}

TEST(SettingsTable, KeysAreDistinctAndGroupsAreDescribed) {
  std::set<std::string_view> keys;
  std::set<std::string_view> groups;
  for (const SettingGroup& group : setting_groups())
    groups.insert(group.name);
  for (const SettingSpec& spec : settings_table()) {
    EXPECT_TRUE(keys.insert(spec.key).second) << spec.key;
    EXPECT_TRUE(groups.contains(group_of(spec.key))) << spec.key;
    EXPECT_TRUE(spec.help.ends_with('.')) << spec.key;
    EXPECT_TRUE(spec.place.set != nullptr && spec.place.get != nullptr) << spec.key;
    EXPECT_EQ(spec.type == SettingType::word, !spec.words.empty()) << spec.key;
  }
}

TEST(SettingsTable, EveryDefaultReadsBackAsItself) {
  const LoadedSettings defaults = accepted("");
  for (const EffectiveSetting& row : effective_settings(defaults)) {
    const LoadedSettings again = accepted("", {row.key + "=" + [&] {
                                            // Flags of plain types are taken as they stand.
                                            return row.value == "\"\"" ? "" : row.value;
                                          }()});
    const SettingSpec* spec = find_setting(row.key);
    ASSERT_NE(spec, nullptr);
    EXPECT_EQ(write_setting(*spec, spec->place.get(again.settings)), row.value);
  }
}

TEST(SettingsTable, NoTwoSettingsShareAPlace) {
  // Change one after the other; exactly that one must differ from the defaults.
  const LoadedSettings defaults = accepted("");
  for (const SettingSpec& changed : settings_table()) {
    Settings settings = defaults.settings;
    switch (changed.type) {
      case SettingType::word:
      case SettingType::count:
        changed.place.set(settings, uint64_t{1});
        break;
      case SettingType::text:
        changed.place.set(settings, std::string("/changed"));
        break;
      case SettingType::duration:
        changed.place.set(settings, Duration(7));
        break;
      case SettingType::cpu_list:
        changed.place.set(settings, std::vector<uint32_t>{9});
        break;
      case SettingType::port_list:
        changed.place.set(settings, std::vector<PortSettings>{{"a", "b"}});
        break;
      case SettingType::text_list:
        changed.place.set(settings, std::vector<std::string>{"a"});
        break;
    }
    for (const SettingSpec& spec : settings_table()) {
      EXPECT_EQ(spec.place.get(settings) != spec.place.get(defaults.settings),
                spec.key == changed.key)
          << changed.key << " against " << spec.key;
    }
  }
}

TEST(ExampleFile, IsWhatTheTableSays) {
  std::ifstream in(TAPSEAL_SOURCE_ROOT "/configs/tapseal.yaml");
  const std::string file{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(file, example_file()) << "mend: tapseal config --example > configs/tapseal.yaml";
}

TEST(ExampleFile, LoadsAsItIsAndWithEveryLineUncommented) {
  EXPECT_EQ(effective_settings(accepted(example_file())).front().origin, "default");
  std::string uncommented;
  const std::string text = example_file();
  for (size_t i = 0; i < text.size(); ++i) {
    const bool sets = text[i] == '#' && text[i + 1] != ' ';
    if (!sets) uncommented += text[i];
  }
  const LoadedSettings loaded = accepted(uncommented);
  for (const EffectiveSetting& row : effective_settings(loaded))
    EXPECT_TRUE(row.origin.starts_with("t.yaml:")) << row.key;
}

TEST(Durations, AreReadWithTheirUnit) {
  EXPECT_EQ(parse_duration("250ms").value(), 250ms);
  EXPECT_EQ(parse_duration("10s").value(), 10s);
  EXPECT_EQ(parse_duration("5m").value(), 5min);
  EXPECT_EQ(parse_duration("12h").value(), 12h);
  EXPECT_EQ(parse_duration("30d").value(), 720h);
  EXPECT_EQ(parse_duration("0s").value(), 0s);
  for (const char* wrong : {"", "s", "10", "10 s", "1.5s", "-1s", "10S", "10sec", "1h30m",
                            "300000d", "99999999999999999999s"})
    EXPECT_FALSE(parse_duration(wrong).ok()) << wrong;
}

TEST(Durations, AreWrittenInTheLargestExactUnit) {
  EXPECT_EQ(format_duration(90s), "90s");
  EXPECT_EQ(format_duration(120s), "2m");
  EXPECT_EQ(format_duration(48h), "2d");
  EXPECT_EQ(format_duration(1500ms), "1500ms");
  EXPECT_EQ(format_duration(0s), "0s");
}

TEST(Counts, AcceptDecimalSuffixes) {
  EXPECT_EQ(parse_count("0").value(), 0u);
  EXPECT_EQ(parse_count("64k").value(), 64'000u);
  EXPECT_EQ(parse_count("2M").value(), 2'000'000u);
  EXPECT_EQ(parse_count("18446744073709551615").value(), std::numeric_limits<uint64_t>::max());
  for (const char* wrong : {"", "k", "1.5", "0x10", "-1", "+1", "1K", "1e3", " 1", "1 ",
                            "18446744073709551616", "18446744073709551615k"})
    EXPECT_FALSE(parse_count(wrong).ok()) << wrong;
}

TEST(YamlScalar, ReadsBackAsTheSameText) {
  for (const std::string& text :
       {std::string(""),     std::string("a b"),          std::string("null"),
        std::string("~"),    std::string("- x"),          std::string("-"),
        std::string("a: b"), std::string("\"q\" \\ 'r'"), std::string("tab\tand\x01"),
        std::string("ünï"),  std::string("#no"),          std::string("a#b"),
        std::string("[x]"),  std::string("{x}"),          std::string("!t"),
        std::string("*a"),   std::string("end:"),         std::string("%x"),
        std::string("@x"),   std::string("...")}) {
    const auto tree = parse_yaml("[" + yaml_scalar(text) + "]", "t");
    ASSERT_TRUE(tree.ok()) << yaml_scalar(text) << tree.error().text();
    ASSERT_EQ(tree.value().items.size(), 1u) << text;
    EXPECT_EQ(tree.value().items[0].text, text);
  }
}

TEST(NearestName, CountsEditsAndSwaps) {
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("satus", "status"), 1u);
  EXPECT_EQ(edit_distance("staust", "status"), 2u);
  EXPECT_EQ(edit_distance("prots", "ports"), 1u);
  constexpr std::string_view kVerbs[] = {"read", "up", "down", "status"};
  EXPECT_EQ(nearest_name("stauts", kVerbs), "status");
  EXPECT_EQ(nearest_name("rd", kVerbs), "read");
  EXPECT_EQ(nearest_name("xyzzy", kVerbs), "");
  EXPECT_EQ(nearest_name("", kVerbs), "");
}

}  // namespace
}  // namespace control
