// The interactive shell: every command of ferry, on paths seen from a current folder of the server.
#pragma once

#include <map>

#include "ferry/context.hpp"
#include "ferry/jobs.hpp"
#include "ferry/line_editor.hpp"

namespace ferry::cli {

class shell {
 public:
  explicit shell(context& c);

  void run(const std::string& url);  // until the user leaves

  // Commands of the shell alone.
  void open(const std::vector<std::string>& words);
  void cd(const std::vector<std::string>& words);
  void pwd(const std::vector<std::string>& words);
  void lcd(const std::vector<std::string>& words);
  void lpwd(const std::vector<std::string>& words);
  void lls(const std::vector<std::string>& words);
  void list_jobs(const std::vector<std::string>& words);
  void wait(const std::vector<std::string>& words);
  void kill(const std::vector<std::string>& words);
  void help(const std::vector<std::string>& words);
  void leave(const std::vector<std::string>& words);

 private:
  void obey(const std::string& line);
  void obey_words(const std::vector<std::string>& words, const std::string& behind);
  void run_command(const command_row& command, const std::vector<std::string>& words, const std::string& behind);
  bool is_here(const std::string& operand) const;  // a URL of the server that the shell is at, and its login
  void run_behind(const command_row& command, options given, const std::string& shown);
  void address(const command_row& command, options& given);
  bool connect(const std::string& url);
  std::string prompt() const;

  static std::vector<std::string_view> names();
  std::vector<std::string> complete(const std::string& line);
  std::vector<std::string> complete_remote(const std::string& typed);
  const std::vector<client::entry>& entries_of(const std::string& folder);

  context& c_;
  const options base_;
  line_editor editor_;
  client::url where_;
  std::string folder_ = "/";    // absolute, on the server
  std::string previous_ = "/";  // cd -
  bool connected_ = false;
  bool over_ = false;
  bool warned_ = false;  // that jobs still run
  jobs jobs_;
  struct remembered {
    time_point when;
    std::vector<client::entry> entries;
  };
  std::map<std::string, remembered> seen_;  // by folder, for completion
};

}  // namespace ferry::cli
