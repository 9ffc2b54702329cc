// A manual page as it is written, in man(7)'s macros.
#pragma once

#include <fmt/format.h>

#include <iterator>
#include <string>
#include <string_view>

namespace ferry::shared {

// Text in which nothing is a request, and a hyphen stays one that can be copied.
inline std::string roff(std::string_view text) {
  std::string out;
  if (text.starts_with('.') || text.starts_with('\'')) out += "\\&";
  for (char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

class manual_page {
 public:
  manual_page(std::string_view title, std::string_view version) {
    add(".TH {} 1 \"\" \"{}\" \"User commands\"\n", title, version);
  }
  void section(std::string_view title) { add(".SH {}\n", title); }
  void subsection(std::string_view title) { add(".SS {}\n", roff(title)); }
  void text(std::string_view words) { add("{}\n", roff(words)); }
  void paragraph(std::string_view words) { add(".PP\n{}\n", roff(words)); }
  void item(std::string_view head, std::string_view about) { add(".TP\n.B {}\n{}\n", roff(head), roff(about)); }
  void code(std::string_view line) { add(".PP\n.nf\n.RS\n{}\n.RE\n.fi\n", roff(line)); }
  template <class... T>
  void add(fmt::format_string<T...> format, T&&... values) {
    fmt::format_to(std::back_inserter(out), format, std::forward<T>(values)...);
  }

  std::string out;
};

}  // namespace ferry::shared
