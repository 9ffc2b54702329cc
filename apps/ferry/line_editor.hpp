// Lines from a terminal, with editing, history and completion (libedit); from anything else, as they come.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ferry::cli {

class line_editor {
 public:
  // What may stand where the last word of `line` stands, quoted as it is to be inserted. One that ends with '/' may go
  // on.
  using completer = std::function<std::vector<std::string>(const std::string& line)>;

  line_editor(std::string history_file, completer complete);
  ~line_editor();
  line_editor(const line_editor&) = delete;
  line_editor& operator=(const line_editor&) = delete;

  bool interactive() const;

  // Nothing at the end of the input. Ctrl-C gives an empty line.
  std::optional<std::string> next(const std::string& prompt);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace ferry::cli
