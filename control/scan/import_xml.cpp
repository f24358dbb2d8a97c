// SPDX-License-Identifier: Apache-2.0
// nmap's -oX and masscan's, read with expat as a stream. Checked against nmap 7.93 and masscan
// 1.3.2.
#include "control/scan/import_collector.hpp"

#include <expat.h>

#include <algorithm>
#include <memory>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;
using std::string_view;

constexpr size_t kDepthMax = 64;
// Attributes and texts that are kept while a port is read: a certificate in PEM fits.
constexpr size_t kTextMax = 128 * 1024;
constexpr size_t kPortsMax = 65'536 * 2;  // of one host

struct ParserEnd {
  void operator()(XML_Parser parser) const noexcept { XML_ParserFree(parser); }
};
using Parser = std::unique_ptr<XML_ParserStruct, ParserEnd>;

// Names and values in turn, null at the end; expat's.
class Attributes {
 public:
  explicit Attributes(const XML_Char** pairs) : pairs_(pairs) {}

  [[nodiscard]] string_view get(string_view name) const {
    for (const XML_Char** each = pairs_; *each != nullptr; each += 2) {
      if (name == each[0]) return each[1];
    }
    return {};
  }

 private:
  const XML_Char** pairs_;
};

struct Port {
  std::string protocol;
  uint64_t number = 0;
  ImportedState state = ImportedState::unknown;
  std::string reason;
  std::string service;
  std::string banner;
  bool tls = false;
  std::vector<std::string> certificates;  // PEM
  size_t line = 0;
};

// A host's ports come before all that is known of the host: they are kept until it ends.
class HostReader {
 public:
  HostReader(XML_Parser parser, ImportCollector& collector)
      : parser_(parser), collector_(collector) {}

  void begin(string_view name, const Attributes& attributes) {
    if (++depth_ > kDepthMax) return stop("is nested too deeply");
    if (name == "nmaprun") is_scan_ = true;
    if (depth_ == 1 && !is_scan_) return stop("is no file of nmap or masscan");
    if (name == "host") {
      begin_host(attributes);
    } else if (name == "address") {
      // A host on the same wire has one of its card, too.
      if (attributes.get("addrtype") != "mac") address_ = attributes.get("addr");
    } else if (name == "hostname") {
      begin_hostname(attributes);
    } else if (name == "port") {
      begin_port(attributes);
    } else if (in_port_) {
      begin_in_port(name, attributes);
    }
  }

  void end(string_view name) {
    --depth_;
    if (name == "host") {
      end_host();
    } else if (name == "port") {
      in_port_ = false;
    } else if (name == "script") {
      end_script();
    } else if (name == "elem" && in_pem_) {
      in_pem_ = false;
      add_certificate();
    }
  }

  void text(string_view text) {
    if (in_pem_ && pem_.size() + text.size() <= kTextMax) pem_ += text;
  }

  void stop(const char* why) {
    if (stopped_.empty()) stopped_ = why;
    XML_StopParser(parser_, XML_FALSE);
  }

  [[nodiscard]] const std::string& stopped() const noexcept { return stopped_; }
  [[nodiscard]] bool is_scan() const noexcept { return is_scan_; }

 private:
  void begin_host(const Attributes& attributes) {
    address_.clear();
    host_name_.clear();
    ports_.clear();
    seconds_ = imported_number(attributes.get("endtime")).value_or(0);
    if (seconds_ == 0) seconds_ = imported_number(attributes.get("starttime")).value_or(0);
  }

  void begin_hostname(const Attributes& attributes) {
    // What a person asked for is better than what the address is called.
    if (host_name_.empty() || attributes.get("type") == "user") host_name_ = attributes.get("name");
  }

  void begin_port(const Attributes& attributes) {
    if (ports_.size() >= kPortsMax) return stop("has a host with too many ports");
    Port port;
    port.protocol = attributes.get("protocol");
    port.number = imported_number(attributes.get("portid")).value_or(0);
    port.line = XML_GetCurrentLineNumber(parser_);
    ports_.push_back(std::move(port));
    in_port_ = true;
  }

  void begin_in_port(string_view name, const Attributes& attributes) {
    Port& port = ports_.back();
    if (name == "state") {
      port.state = imported_state_named(attributes.get("state"));
      port.reason = attributes.get("reason");
    } else if (name == "service") {
      begin_service(attributes, port);
    } else if (name == "script") {
      begin_script(attributes, port);
    } else if (name == "elem" && in_certificate_ && attributes.get("key") == "pem") {
      in_pem_ = true;
      pem_.clear();
    }
  }

  static void begin_service(const Attributes& attributes, Port& port) {
    port.tls = port.tls || attributes.get("tunnel") == "ssl";
    // A name that nmap only looked up in its table says nothing of who listens.
    if (attributes.get("method") == "table") return;
    port.service = attributes.get("name");
    port.banner = attributes.get("banner").substr(0, kTextMax);
  }

  void begin_script(const Attributes& attributes, Port& port) {
    const string_view id = attributes.get("id");
    if (id == "ssl-enum-ciphers") port.tls = true;
    in_certificate_ = id == "ssl-cert";
    if (!in_certificate_) return;
    port.tls = true;
    // Before 7.00 the certificate stands in the output only; where both are there they are equal,
    // and it is kept once.
    const string_view output = attributes.get("output");
    const size_t begin = output.find("-----BEGIN CERTIFICATE-----");
    pem_ = begin == string_view::npos ? "" : output.substr(begin, kTextMax);
    add_certificate();
  }

  void end_script() {
    in_certificate_ = false;
    in_pem_ = false;
  }

  void add_certificate() {
    if (!pem_.empty() && in_port_) ports_.back().certificates.push_back(std::move(pem_));
    pem_.clear();
    if (in_port_ && ports_.back().certificates.size() > ImportLimits::kCertificatesMax)
      stop("has a port with too many certificates");
  }

  void end_host() {
    if (ports_.empty()) collector_.skip();
    for (const Port& port : ports_) {
      const std::string place = "line " + std::to_string(port.line);
      ImportedEntry entry;
      entry.address = address_;
      entry.protocol = port.protocol;
      entry.port = port.number;
      entry.state = port.state;
      entry.seconds = seconds_;
      entry.reason = port.reason;
      entry.service = port.service;
      entry.banner = port.banner;
      entry.host_name = host_name_;
      entry.tls = port.tls;
      ImportedResult* const result = collector_.add(entry, place);
      if (result == nullptr) continue;
      for (const std::string& pem : port.certificates)
        collector_.add_certificate(*result, pem, place);
    }
    ports_.clear();
    if (collector_.is_full()) stop("is too large");
  }

  XML_Parser parser_;
  ImportCollector& collector_;
  std::string stopped_;
  size_t depth_ = 0;
  bool is_scan_ = false;
  std::string address_;
  std::string host_name_;
  uint64_t seconds_ = 0;
  std::vector<Port> ports_;
  bool in_port_ = false;
  bool in_certificate_ = false;
  bool in_pem_ = false;
  std::string pem_;
};

HostReader& reader_of(void* user) {
  return *static_cast<HostReader*>(user);
}

void XMLCALL on_begin(void* user, const XML_Char* name, const XML_Char** attributes) {
  reader_of(user).begin(name, Attributes(attributes));
}

void XMLCALL on_end(void* user, const XML_Char* name) {
  reader_of(user).end(name);
}

void XMLCALL on_text(void* user, const XML_Char* text, int length) {
  reader_of(user).text({text, static_cast<size_t>(length)});
}

}  // namespace

OrError<void> import_xml(string_view text, ImportCollector& collector) {
  // Entities of one's own are how a small file becomes a large one. No scanner writes any; all
  // write UTF-8, and in another encoding this look would see nothing.
  if (text.find("<!ENTITY") != string_view::npos) return Failure{Error{"declares entities"}};
  const Parser parser(XML_ParserCreate("UTF-8"));
  if (parser == nullptr) return Failure{Error{"no memory to read XML"}};
  HostReader reader(parser.get(), collector);
  XML_SetUserData(parser.get(), &reader);
  XML_SetElementHandler(parser.get(), on_begin, on_end);
  XML_SetCharacterDataHandler(parser.get(), on_text);
  constexpr size_t kPieceBytes = 1 << 20;
  bool good = true;
  do {
    const string_view piece = text.substr(0, kPieceBytes);
    text.remove_prefix(piece.size());
    good = XML_Parse(parser.get(), piece.data(), static_cast<int>(piece.size()), text.empty()) ==
           XML_STATUS_OK;
  } while (good && !text.empty());
  if (good || collector.is_full()) return {};
  if (!reader.stopped().empty()) return Failure{Error{reader.stopped()}};
  const std::string place = "line " + std::to_string(XML_GetCurrentLineNumber(parser.get()));
  const char* const why = XML_ErrorString(XML_GetErrorCode(parser.get()));
  if (!reader.is_scan()) return Failure{Error{place + ": is no XML: " + why}};
  // A scan that was stopped leaves its file without an end; the hosts before are whole.
  collector.add_problem(place, std::string("the file is cut off or broken here: ") + why);
  return {};
}

}  // namespace control
