// Which way to a data connection worked with which host, in the clear and under TLS, kept from run to run.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "client/settings.hpp"

namespace ferry::client {

class routes {
 public:
  std::optional<rung> best(std::string_view host) const;
  void worked(std::string_view host, rung way);
  bool changed() const { return changed_; }

  // A file that is not there, or not of this form, is as an empty one. Both block.
  void load(const std::string& file);
  // Written anew and renamed, its folder made if it is missing. Errors: routes.save
  result<void> save(const std::string& file);

  // $XDG_STATE_HOME/ferry/routes, or below ~/.local/state.
  static std::string default_file();

 private:
  struct known {
    rung way;
    std::uint64_t age;  // the lower, the longer not used
  };
  std::map<std::string, known, std::less<>> hosts_;
  std::uint64_t clock_ = 0;
  bool changed_ = false;
};

}  // namespace ferry::client
