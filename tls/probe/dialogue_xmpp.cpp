// SPDX-License-Identifier: Apache-2.0
// RFC 6120 sections 4 and 5: streams of clients and of servers.
#include "tls/probe/dialogue_makers.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace tls::probe {
namespace {

using flowtable::Bytes;

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kStartTlsElement = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

bool is_blank(uint8_t byte) noexcept {
  return kBlanks.find(static_cast<char>(byte)) != std::string_view::npos;
}

std::string header(std::string_view name_space, const DialogueNames& names) {
  const std::string domain = plain_name(names.domain);
  std::string words = "<?xml version='1.0'?><stream:stream xmlns='";
  words += name_space;
  words += "' xmlns:stream='http://etherx.jabber.org/streams'";
  if (!domain.empty()) words += " to='" + domain + "'";
  return words + " version='1.0'>";
}

// What stands between < and >.
struct Tag {
  bool is_end = false;    // </name>
  bool is_empty = false;  // <name/>
  std::string_view name;  // without its prefix
  std::string_view attributes;
};

Tag read_tag(std::string_view inside) noexcept {
  Tag tag;
  tag.is_end = inside.starts_with('/');
  if (tag.is_end) inside.remove_prefix(1);
  tag.is_empty = inside.ends_with('/');
  if (tag.is_empty) inside.remove_suffix(1);
  tag.name = inside.substr(0, inside.find_first_of(kBlanks));
  tag.attributes = inside.substr(tag.name.size());
  const size_t colon = tag.name.find(':');
  if (colon != std::string_view::npos) tag.name.remove_prefix(colon + 1);
  return tag;
}

// The value of a name without a prefix; empty where there is none.
std::string_view attribute(std::string_view attributes, std::string_view wanted) noexcept {
  while (true) {
    attributes.remove_prefix(std::min(attributes.find_first_not_of(kBlanks), attributes.size()));
    const size_t equals = attributes.find('=');
    const size_t quote = attributes.find_first_of("'\"");
    if (equals == std::string_view::npos || quote == std::string_view::npos) return {};
    const size_t end = attributes.find(attributes[quote], quote + 1);
    if (end == std::string_view::npos) return {};
    const std::string_view name = attributes.substr(0, equals);
    if (name == wanted) return attributes.substr(quote + 1, end - quote - 1);
    attributes.remove_prefix(end + 1);
  }
}

// Reads tag by tag: what it looks for has no text inside.
class XmppDialogue final : public Dialogue {
 public:
  static constexpr size_t kTagBytesMax = 8192;

  explicit XmppDialogue(std::string words) : Dialogue("stream"), header_(std::move(words)) {}

 private:
  void begin() override { say(header_); }

  size_t read(Bytes unread) override {
    if (unread[0] != '<') return read_text(unread);
    for (; scanned_ < unread.size(); ++scanned_) {
      const uint8_t byte = unread[scanned_];
      if (quote_ == 0 && byte == '>') return read_tag_of(unread.first(scanned_ + 1));
      if (quote_ == 0 && (byte == '\'' || byte == '"')) {
        quote_ = byte;
      } else if (byte == quote_) {
        quote_ = 0;
      }
      if (scanned_ + 1 == kTagBytesMax) fail(DialogueFailure::too_much);
      if (is_decided()) return 0;
    }
    return 0;
  }
  // Between tags. Before the stream's header there is none but blanks.
  size_t read_text(Bytes unread) {
    const auto end = std::ranges::find(unread, '<');
    const bool is_text = std::any_of(unread.begin(), end, [](uint8_t b) { return !is_blank(b); });
    if (awaits("stream") && is_text) fail(DialogueFailure::not_this_protocol);
    return static_cast<size_t>(end - unread.begin());
  }
  size_t read_tag_of(Bytes whole) {
    const std::string inside(whole.begin() + 1, whole.end() - 1);
    scanned_ = 0;
    on_tag(read_tag(inside));
    return whole.size();
  }

  void on_tag(const Tag& tag) {
    if (in_error_) {
      refuse(tag.is_end ? "error" : tag.name);
    } else if (awaits("stream")) {
      on_header(tag);
    } else if (tag.name == "error" && !tag.is_end) {
      in_error_ = true;
      if (tag.is_empty) refuse("error");
    } else if (tag.name == "stream" && tag.is_end) {
      fail(DialogueFailure::closed);
    } else if (awaits("features")) {
      on_feature(tag);
    } else if (tag.name == "proceed" && (tag.is_empty || tag.is_end)) {
      agree();
    } else if (tag.name == "failure") {
      refuse("failure");
    }
  }
  void on_header(const Tag& tag) {
    if (tag.name.starts_with('?')) return;
    if (tag.name != "stream" || tag.is_end) {
      fail(DialogueFailure::not_this_protocol);
      return;
    }
    set_peer_name(plain_name(attribute(tag.attributes, "from")));
    await("features");
  }
  void on_feature(const Tag& tag) {
    const bool is_list = tag.name == "features";
    if (is_list && !tag.is_end) in_features_ = true;
    if (in_features_ && tag.name == "starttls" && !tag.is_end) set_advert(Advert::yes);
    if (!is_list || !(tag.is_end || tag.is_empty)) return;
    if (result().advert == Advert::unknown) set_advert(Advert::no);
    say(kStartTlsElement);
    await("starttls");
  }

  std::string header_;
  size_t scanned_ = 0;  // of the tag that has no end yet
  uint8_t quote_ = 0;   // the one that is open in it
  bool in_features_ = false;
  bool in_error_ = false;
};

}  // namespace

DialoguePtr make_xmpp(const DialogueNames& names) {
  return std::make_unique<XmppDialogue>(header("jabber:client", names));
}

DialoguePtr make_xmpp_server(const DialogueNames& names) {
  return std::make_unique<XmppDialogue>(header("jabber:server", names));
}

}  // namespace tls::probe
