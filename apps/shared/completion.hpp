// A command line as shells complete it: scripts for bash, zsh and fish.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ferry::shared {

struct completed_option {
  std::vector<std::string> names;  // "-o", "--output"
  std::string value;               // "FILE" and "DIR" are completed as such; empty: it takes none
  std::vector<std::string> words;  // all that the value may be, where that is known
  std::string about;
};

struct completed_command {
  enum class kind { files, folders, words };  // of what its operands are
  std::string name;
  std::string about;
  std::vector<completed_option> options;
  kind operands = kind::files;
  std::vector<std::string> words;  // all that operands may be; none: anything
  std::string words_from;          // a shell's command that prints more of them
};

struct completed_program {
  std::string name;
  std::vector<completed_option> everywhere;  // with every command and before it
  std::vector<completed_option> alone;       // before a command, or without one
  std::vector<completed_command> commands;
};

inline constexpr std::string_view shells[] = {"bash", "zsh", "fish"};

// Nothing for a shell that is not one of those.
std::optional<std::string> completion(std::string_view shell, const completed_program& of);

}  // namespace ferry::shared
