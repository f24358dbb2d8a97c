// SPDX-License-Identifier: Apache-2.0
// Files in imports/ were written by masscan 1.3.2 and nmap 7.93 about servers of a test network;
// leaf.pem and root.pem are what these servers were given. masscan_names.bin is made by hand;
// .list and .json beside it are how masscan itself reads it (--readscan).
#include "control/config/address_text.hpp"
#include "control/scan/base64.hpp"
#include "control/scan/imported_results.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>

namespace control {
namespace {

std::string file(const std::string& name) {
  std::ifstream in(TAPSEAL_SOURCE_ROOT "/tests/unit/control_scan/imports/" + name,
                   std::ios::binary);
  EXPECT_TRUE(in.good()) << name;
  return {std::istreambuf_iterator<char>(in), {}};
}

Import import_text(std::string_view text) {
  const auto format = recognise_import(text);
  EXPECT_TRUE(format.has_value());
  auto imported = import_results(text, format.value_or(ImportFormat::masscan_list));
  EXPECT_TRUE(imported.ok()) << (imported.ok() ? "" : imported.error().message);
  return imported.ok() ? std::move(imported).value() : Import{};
}

std::string server_of(const ImportedResult& result) {
  return address_text(result.server.address.bytes) + " " + std::to_string(result.server.port) +
         "/" + std::to_string(result.protocol);
}

const ImportedResult& find(const Import& import, const std::string& server) {
  static const ImportedResult kNone{};
  for (const ImportedResult& each : import.results) {
    if (server_of(each) == server) return each;
  }
  ADD_FAILURE() << server << " is missing";
  return kNone;
}

std::vector<uint8_t> der(const std::string& name) {
  const std::string pem = file(name);
  const size_t begin = pem.find("-----\n") + 6;
  return decode_base64(pem.substr(begin, pem.find("-----END") - begin)).value();
}

int64_t seconds(const ImportedResult& result) {
  return result.seen.time_since_epoch().count();
}

// The same scan in all of masscan's formats.
TEST(ImportMasscan, EveryFormatGivesTheCertificatesThatTheServerHas) {
  for (const char* name : {"masscan.bin", "masscan.list", "masscan.json", "masscan.xml"}) {
    const Import import = import_text(file(name));
    EXPECT_EQ(import.num_broken, 0u) << name;
    ASSERT_EQ(import.results.size(), 1u) << name;
    const ImportedResult& result = find(import, "10.77.0.3 443/6");
    EXPECT_EQ(result.state, ImportedState::open) << name;
    EXPECT_TRUE(result.tls) << name;
    EXPECT_EQ(seconds(result), 1'795'982'475) << name;
    EXPECT_EQ(result.service, "") << name;
    ASSERT_EQ(result.certificates.size(), 2u) << name;
    const auto& certs = result.certificates;
    EXPECT_NE(std::find(certs.begin(), certs.end(), der("leaf.pem")), certs.end()) << name;
    EXPECT_NE(std::find(certs.begin(), certs.end(), der("root.pem")), certs.end()) << name;
  }
  EXPECT_EQ(import_text(file("masscan.bin")).results[0].reason, "syn-ack");
  EXPECT_EQ(import_text(file("masscan.json")).results[0].reason, "syn-ack");
}

TEST(ImportMasscan, BinaryIsReadAsMasscanReadsIt) {
  const Import binary = import_text(file("masscan_names.bin"));
  const Import list = import_text(file("masscan_names.list"));
  const Import json = import_text(file("masscan_names.json"));
  // X509 has no certificate but an "x" there: everyone says so.
  EXPECT_EQ(binary.num_broken, 1u);
  EXPECT_EQ(list.num_broken, 1u);
  EXPECT_EQ(json.num_broken, 1u);
  // masscan leaves closed ones out of its list, unless it is asked for them.
  EXPECT_EQ(find(binary, "10.0.0.2 81/6").state, ImportedState::closed);
  EXPECT_EQ(find(binary, "10.0.0.2 81/6").reason, "rst");
  EXPECT_EQ(find(binary, "2001:db8::1 81/6").state, ImportedState::closed);
  EXPECT_EQ(binary.results.size(), list.results.size() + 2);
  EXPECT_EQ(json.results.size(), list.results.size());
  for (const ImportedResult& each : list.results) {
    const ImportedResult& same = find(binary, server_of(each));
    EXPECT_EQ(same.state, each.state) << server_of(each);
    EXPECT_EQ(same.seen, each.seen) << server_of(each);
    EXPECT_EQ(same.tls, each.tls) << server_of(each);
    // Numbers without a name are printed by masscan as "(31)".
    if (each.service.starts_with('(')) continue;
    EXPECT_EQ(same.service, each.service) << server_of(each);
  }
  EXPECT_EQ(find(binary, "10.0.0.2 53/17").state, ImportedState::open);
  EXPECT_TRUE(find(binary, "2001:db8::1 443/6").tls);
}

TEST(ImportMasscan, JsonIsReadHoweverItEnds) {
  const std::string one =
      R"({   "ip": "10.0.0.1",   "timestamp": "1700000000", "ports": [ {"port": 443, )"
      R"("proto": "tcp", "status": "open", "reason": "syn-ack", "ttl": 64} ] })";
  for (const std::string& text :
       {"[\n" + one + "\n]\n", "[\n" + one + ",\n]\n", "[\n" + one + "\n,\n]\n", "[\n" + one + "\n",
        one + "\n" + one + "\n", "[\n" + one + ",\n{finished: 1}\n]\n", "[" + one + "]"}) {
    const Import import = import_text(text);
    EXPECT_EQ(import.num_broken, 0u) << text;
    ASSERT_EQ(import.results.size(), 1u) << text;
    EXPECT_EQ(seconds(import.results[0]), 1'700'000'000);
  }
  const Import cut = import_text("[\n" + one + "\n,\n" + one.substr(0, 60));
  EXPECT_EQ(cut.results.size(), 1u);
  ASSERT_EQ(cut.problems.size(), 1u);
  EXPECT_EQ(cut.problems[0], "line 4: is not JSON, or only a part of it");
}

TEST(ImportMasscan, ListLinesThatAreNoneAreToldWithTheirPlace) {
  const Import import = import_text(
      "#masscan\nopen tcp 443 10.0.0.1 1700000000\nopen tcp 99999 10.0.0.1 1\nopen tcp x\n"
      "closed icmp 0 10.0.0.3 1700000000\nopen tcp 443 10.0.0.300 1\nnonsense\n# end\n");
  EXPECT_EQ(import.results.size(), 1u);
  EXPECT_EQ(import.num_skipped, 1u);
  EXPECT_EQ(import.num_broken, 4u);
  EXPECT_EQ(import.problems,
            (std::vector<std::string>{
                "line 3: no port from 1 to 65535", "line 4: a number is missing",
                "line 6: `10.0.0.300`: is no IP address", "line 7: is no line of a masscan list"}));
}

TEST(ImportMasscan, ACutBinaryFileGivesWhatItHolds) {
  const std::string whole = file("masscan.bin");
  for (size_t size = 99; size < whole.size(); ++size) {
    const auto import =
        import_results(std::string_view(whole).substr(0, size), ImportFormat::masscan_binary);
    ASSERT_TRUE(import.ok());
    EXPECT_LE(import.value().num_broken, 1u);
  }
  EXPECT_FALSE(import_results(whole.substr(0, 98), ImportFormat::masscan_binary).ok());
  EXPECT_FALSE(import_results("x", ImportFormat::masscan_binary).ok());
}

TEST(ImportNmap, GivesPortsNamesAndCertificates) {
  const Import import = import_text(file("nmap.xml"));
  EXPECT_EQ(import.num_broken, 0u);
  EXPECT_EQ(import.results.size(), 4u);
  EXPECT_EQ(find(import, "10.77.0.2 80/6").state, ImportedState::open);
  EXPECT_EQ(find(import, "10.77.0.2 80/6").service, "");  // from nmap's table only
  EXPECT_FALSE(find(import, "10.77.0.2 80/6").tls);
  EXPECT_EQ(find(import, "10.77.0.2 81/6").state, ImportedState::closed);
  EXPECT_EQ(find(import, "10.77.0.2 81/6").reason, "conn-refused");
  for (const char* server : {"10.77.0.2 443/6", "10.77.0.2 8443/6"}) {
    const ImportedResult& result = find(import, server);
    EXPECT_TRUE(result.tls);
    ASSERT_EQ(result.certificates.size(), 1u) << server;
    EXPECT_EQ(result.certificates[0], der("leaf.pem")) << server;
  }
  const Import v6 = import_text(file("nmap_v6.xml"));
  const ImportedResult& result = find(v6, "2001:db8:77::2 443/6");
  EXPECT_EQ(result.service, "http");
  EXPECT_TRUE(result.tls);
  EXPECT_EQ(seconds(result), 1'795'982'525);
  ASSERT_EQ(result.certificates.size(), 1u);
  EXPECT_EQ(result.certificates[0], der("leaf.pem"));
}

TEST(ImportNmap, TheNameThatWasAskedForIsKept) {
  const Import import = import_text(
      R"(<?xml version="1.0"?><nmaprun scanner="nmap"><host endtime="5"><address addr="10.0.0.1" )"
      R"(addrtype="ipv4"/><address addr="00:11:22:33:44:55" addrtype="mac"/><hostnames>)"
      R"(<hostname name="ptr.example" type="PTR"/><hostname name="www.example" type="user"/>)"
      R"(</hostnames><ports><port protocol="tcp" portid="443"><state state="filtered" )"
      R"(reason="no-response"/></port></ports></host></nmaprun>)");
  ASSERT_EQ(import.results.size(), 1u);
  EXPECT_EQ(import.results[0].host_name, "www.example");
  EXPECT_EQ(import.results[0].state, ImportedState::filtered);
}

TEST(ImportXml, AFileThatIsCutOffGivesItsWholeHosts) {
  const std::string whole = file("nmap.xml");
  const size_t host_end = whole.find("</host>") + 7;
  const auto import = import_results(whole.substr(0, host_end + 5), ImportFormat::xml);
  ASSERT_TRUE(import.ok());
  EXPECT_EQ(import.value().results.size(), 4u);
  EXPECT_EQ(import.value().num_broken, 1u);
}

TEST(ImportXml, OthersAreRefused) {
  const auto refusal = [](std::string_view text) {
    const auto import = import_results(text, ImportFormat::xml);
    return import.ok() ? "accepted" : import.error().message;
  };
  EXPECT_EQ(refusal("<html></html>"), "is no file of nmap or masscan");
  EXPECT_EQ(refusal("<?xml version='1.0'?><!DOCTYPE nmaprun [<!ENTITY a 'b'>]><nmaprun>&a;"
                    "</nmaprun>"),
            "declares entities");
  EXPECT_EQ(refusal(""), "line 1: is no XML: no element found");
  std::string deep = "<nmaprun>";
  for (int i = 0; i < 1000; ++i)
    deep += "<table>";
  EXPECT_EQ(refusal(deep), "is nested too deeply");
}

TEST(ImportFormats, AreRecognisedByTheirBeginning) {
  EXPECT_EQ(recognise_import(""), std::nullopt);
  EXPECT_EQ(recognise_import("hello"), std::nullopt);
  EXPECT_EQ(recognise_import("\n[\n"), ImportFormat::masscan_json);
  EXPECT_EQ(recognise_import("masscan/1.1"), ImportFormat::masscan_binary);
  EXPECT_EQ(recognise_import("#masscan\n"), ImportFormat::masscan_list);
  EXPECT_EQ(recognise_import("<?xml version=\"1.0\"?>"), ImportFormat::xml);
}

// Changed at random: an answer or an error, and what is said to be a certificate is a sequence.
TEST(ImportFormats, ChangedBytesNeverBreakThem) {
  std::mt19937 random(1);
  for (const char* name : {"masscan.bin", "masscan.list", "masscan.json", "masscan.xml", "nmap.xml",
                           "masscan_names.bin"}) {
    const std::string whole = file(name);
    const auto format = recognise_import(whole).value();
    for (int round = 0; round < 300; ++round) {
      std::string changed = whole;
      for (int i = 0; i < 4; ++i)
        changed[random() % changed.size()] = static_cast<char>(random());
      const auto import = import_results(changed, format);
      if (!import.ok()) continue;
      for (const ImportedResult& each : import.value().results) {
        EXPECT_NE(each.server.port, 0);
        for (const auto& cert : each.certificates)
          EXPECT_EQ(cert.at(0), 0x30);
      }
    }
  }
}

// RFC 4648 section 10.
TEST(Base64, EqualsThePublishedVectors) {
  const auto text = [](std::string_view encoded) -> std::string {
    const auto bytes = decode_base64(encoded);
    return bytes.has_value() ? std::string(bytes->begin(), bytes->end()) : "refused";
  };
  EXPECT_EQ(text(""), "");
  EXPECT_EQ(text("Zg=="), "f");
  EXPECT_EQ(text("Zm8="), "fo");
  EXPECT_EQ(text("Zm9v"), "foo");
  EXPECT_EQ(text("Zm9vYg=="), "foob");
  EXPECT_EQ(text("Zm9vYmE="), "fooba");
  EXPECT_EQ(text("Zm9v\r\nYmFy\n"), "foobar");
  for (const char* wrong :
       {"Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm9v=", "=Zg=", "Zg==Zg==", "Zm-_", "Zm9v!"})
    EXPECT_EQ(text(wrong), "refused") << wrong;
}

}  // namespace
}  // namespace control
