// Plays every *.txt of this folder against a fresh server; README.md tells how they are written.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>

#include "proto/glob.hpp"
#include "server/test_support/running_server.hpp"

namespace ferry::server {
namespace {

using namespace test_support;
using support::wire_error;

open_storage stocked() {
  // 29 February 2024, 12:34:56
  storage::memory_options options{.now = [] { return file_time(std::chrono::seconds(1709210096)); }};
  auto open = in_memory(std::move(options));
  files stored(open);
  stored.put("/hello.txt", "Hello,\nworld\n");
  stored.put("/digits.bin", "0123456789");
  stored.put("/empty", "");
  stored.folder("/pub");
  stored.put("/pub/a.txt", "a");
  stored.put("/pub/b.txt", "bb");
  stored.put("/pub/.hidden", "h");
  stored.folder("/pub/sub");
  stored.put("/pub/sub/two words", "deep");
  return open;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    switch (text[++i]) {
      case 'r': out += '\r'; break;
      case 'n': out += '\n'; break;
      case 'x':
        out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
        i += 2;
        break;
      default: out += text[i];
    }
  }
  return out;
}

// One transcript as it is played.
class player {
 public:
  void play(std::string_view kind, const std::string& text) {
    if (kind != "D<" && kind != "D~") end_of_expected();
    if (kind != "D>") end_of_upload();
    if (kind != "C:" && !pending_.empty()) client_.send(std::exchange(pending_, {}));
    if (kind == "L:") {
      log_in(text);
    } else if (kind == "C:") {
      pending_ += unescaped(filled(text)) + "\r\n";
    } else if (kind == "S:") {
      expect_reply(text);
    } else if (kind == "S|") {
      expect_line(text);
    } else if (kind == "D<" || kind == "D~") {
      expect_data(kind, text);
    } else if (kind == "D>") {
      upload_ = upload_.value_or("") + line_of(text);
    } else if (kind == "D=") {
      auto wanted = unescaped(text);
      if (auto came = channel().receive(wanted.size()); came != wanted) throw wire_error("came " + came);
    } else if (kind == "D+") {
      channel().send(unescaped(text));
    } else if (kind == "X:") {
      act(text);
    } else {
      throw wire_error("no such line");
    }
  }

  void end() {
    end_of_expected();
    end_of_upload();
    if (!pending_.empty()) throw wire_error("what is sent last is never answered");
    if (!client_.silent(std::chrono::milliseconds(0)) && !client_.ended()) throw wire_error("replies are left");
  }

 private:
  void log_in(const std::string& user) {
    if (client_.ask("USER " + user).code != 331 || client_.ask("PASS secret").code != 230) {
      throw wire_error("no login");
    }
  }

  std::string filled(std::string text) {
    for (auto [word, form] : {std::pair("{port}", &support::wire_listener::host_port),
                              std::pair("{eprt}", &support::wire_listener::extended_port)}) {
      auto at = text.find(word);
      if (at == text.npos) continue;
      listening_ = std::make_unique<support::wire_listener>();
      text.replace(at, std::string_view(word).size(), ((*listening_).*form)());
    }
    return text;
  }

  void expect_reply(const std::string& text) {
    reply_ = client_.read();
    line_ = 0;
    if (std::to_string(reply_.code) != text.substr(0, 3)) {
      throw wire_error("came " + std::to_string(reply_.code) + " " + reply_.text());
    }
    if (text.size() > 4) expect_line(text.substr(4));
    if (reply_.code == 227 || reply_.code == 229) channel_ = support::wire_socket::dial(reply_.port());
  }

  void expect_line(const std::string& text) {
    for (; line_ < reply_.lines.size(); ++line_) {
      if (reply_.lines[line_].find(unescaped(text)) != std::string::npos) return;
    }
    throw wire_error("came " + reply_.text());
  }

  static std::string line_of(const std::string& text) {
    return text.starts_with('|') ? unescaped(text.substr(1)) : unescaped(text) + "\r\n";
  }

  support::wire_socket& channel() {
    if (listening_) channel_ = std::exchange(listening_, nullptr)->accept();
    if (!channel_) throw wire_error("no data connection was agreed on");
    return *channel_;
  }

  void expect_data(std::string_view kind, const std::string& text) {
    if (!expecting_) unread_ = channel().receive_all();
    expecting_ = true;
    auto wanted = line_of(text);
    if (kind == "D<") {
      if (!unread_.starts_with(wanted)) throw wire_error("came " + unread_);
      unread_.erase(0, wanted.size());
      return;
    }
    auto end = unread_.find("\r\n");
    if (end == unread_.npos || !proto::glob_match(text, unread_.substr(0, end))) throw wire_error("came " + unread_);
    unread_.erase(0, end + 2);
  }

  void end_of_expected() {
    if (!std::exchange(expecting_, false)) return;
    channel_.reset();
    if (!unread_.empty()) throw wire_error("more data came: " + unread_);
  }

  void end_of_upload() {
    if (!upload_) return;
    channel().send(*std::exchange(upload_, std::nullopt));
    channel_.reset();
  }

  void act(const std::string& what) {
    if (what == "no data") {
      if (!channel().receive_all().empty()) throw wire_error("data came");
      channel_.reset();
    } else if (what == "half-close") {
      client_.control().finish();
    } else if (what == "closed") {
      if (!client_.ended()) throw wire_error("still open");
    } else if (what == "listen on the default port") {
      listening_ = std::make_unique<support::wire_listener>(client_.control().port());
    } else {
      throw wire_error("no such action");
    }
  }

  running_server served_{stocked()};
  support::wire client_ = served_.connect();
  std::string pending_;  // consecutive C: lines leave in one segment
  support::wire_reply reply_;
  std::size_t line_ = 0;  // of reply_, where the search goes on
  std::optional<support::wire_socket> channel_;
  std::unique_ptr<support::wire_listener> listening_;
  std::optional<std::string> upload_;
  std::string unread_;
  bool expecting_ = false;
};

std::vector<std::string> names_of_transcripts() {
  std::vector<std::string> out;
  for (const auto& each : std::filesystem::directory_iterator(FERRY_SUITE)) {
    if (each.path().extension() == ".txt") out.push_back(each.path().stem());
  }
  std::ranges::sort(out);
  return out;
}

class transcripts : public ::testing::TestWithParam<std::string> {};

TEST_P(transcripts, are_kept) {
  std::ifstream in(std::filesystem::path(FERRY_SUITE) / (GetParam() + ".txt"));
  std::string line;
  std::string first;
  ASSERT_TRUE(std::getline(in, first) && first.starts_with("# ")) << "the first line says what it shows, and where "
                                                                     "that is written";
  EXPECT_NE(first.find('('), first.npos) << "the source in brackets";
  player it;
  int number = 1;
  try {
    while (std::getline(in, line)) {
      ++number;
      if (line.empty() || line.starts_with('#')) continue;
      auto text = line.substr(std::min<std::size_t>(line.size(), 2));
      if (auto space = text.find(' '); space <= 1) text.erase(space, 1);  // "D< x", "D<| x"
      it.play(std::string_view(line).substr(0, 2), text);
    }
    it.end();
  } catch (const std::exception& e) {
    FAIL() << GetParam() << ".txt:" << number << ": " << line << "\n" << e.what();
  }
}

INSTANTIATE_TEST_SUITE_P(all, transcripts, ::testing::ValuesIn(names_of_transcripts()), [](const auto& of) {
  std::string name = of.param;
  std::ranges::replace(name, '-', '_');
  return name;
});

// Runs last: a command without a transcript is a command that nobody has shown to work.
class every_command : public ::testing::Environment {
  void TearDown() override {
    if (::testing::GTEST_FLAG(filter) != "*") return;
    for (const auto& each : command_table()) {
      EXPECT_TRUE(reply_lint::answered().contains(each.verb)) << each.verb << " is in no transcript";
    }
  }
};
const auto* const registered = ::testing::AddGlobalTestEnvironment(new every_command);

}  // namespace
}  // namespace ferry::server
