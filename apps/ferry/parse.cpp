#include "ferry/parse.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "proto/text.hpp"
#include "shared/nearest.hpp"

namespace ferry::cli {
namespace {

// Adds one row to `to`; what is read goes to `given`.
struct add_row {
  CLI::App& to;
  options& given;
  const option_row& row;

  std::string names() const { return std::string(row.names); }

  CLI::Option* operator()(const flag& each) const {
    return to.add_flag_callback(names(), [&into = given.*each.member, value = each.to] { into = value; });
  }
  CLI::Option* operator()(const number& each) const {
    return to.add_option(names(), given.*each.member)->check(CLI::Range(each.least, each.most));
  }
  CLI::Option* operator()(const text_value& each) const {
    auto* option = to.add_option(names(), given.*each);
    auto words = choices(row);
    if (!words.empty()) option->check(CLI::IsMember(std::vector<std::string>(words.begin(), words.end())));
    return option;
  }
  CLI::Option* operator()(const text_list& each) const {
    return to.add_option(names(), given.*each)->allow_extra_args(false);
  }
};

struct common_option {
  const option_row* row;
  CLI::Option* option;
};

std::vector<common_option> add_common(CLI::App& to, options& given, bool environment) {
  std::vector<common_option> out;
  for (const auto& group : common_options()) {
    for (const auto& row : group.rows) {
      auto* option = std::visit(add_row{to, given, row}, row.into);
      auto variable = variable_of(row);
      if (environment && !variable.empty()) option->envname(variable);
      out.push_back({&row, option});
    }
  }
  return out;
}

// Of two that mean the contrary the last on the command line counts; the environment comes before all of it.
void settle_contraries(const CLI::App& app, const std::vector<common_option>& all, options& given) {
  auto place = [&](const common_option& one) {
    const auto order = app.parse_order();
    return std::ranges::find(order.rbegin(), order.rend(), one.option).base() - order.begin();
  };
  for (const auto& one : all) {
    auto other =
        std::ranges::find(all, one.row->displaces, [](const common_option& each) { return long_name(*each.row); });
    if (one.row->displaces.empty() || one.option->count() == 0 || other->option->count() == 0) continue;
    const auto& [last, first] = place(one) > place(*other) ? std::pair(one, *other) : std::pair(*other, one);
    std::visit(
        [&](auto each) {
          if constexpr (std::is_same_v<decltype(each), flag>)
            given.*each.member = options().*each.member;
          else if constexpr (std::is_same_v<decltype(each), text_value>)
            given.*each = options().*each;
        },
        first.row->into);
    if (const auto* set = std::get_if<flag>(&last.row->into)) given.*set->member = set->to;
  }
}

std::string meant(std::string_view typed, const std::vector<std::string_view>& known, std::string_view otherwise) {
  auto word = shared::nearest(typed, known);
  return word.empty() ? std::string(otherwise) : fmt::format("did you mean {}?", word);
}

error unknown_option(std::string_view typed, const command_row* command) {
  std::vector<std::string_view> known;
  auto add = [&](std::span<const option_row> rows) {
    for (const auto& row : rows) known.push_back(long_name(row));
  };
  if (command) add(command->rows);
  for (const auto& group : common_options()) add(group.rows);
  auto more = command ? fmt::format("ferry help {} names them all", command->name) : "ferry --help names them all";
  return {"usage.option", fmt::format("there is no option {}", typed),
          meant(typed.substr(0, typed.find('=')), known, more)};
}

std::string usage_of(const command_row& command) {
  return fmt::format("ferry {}{}{}; ferry help {} shows examples", command.name, command.operands.empty() ? "" : " ",
                     command.operands, command.name);
}

}  // namespace

namespace {

// The words of one row, when it is not as it is without any.
struct append_row {
  std::vector<std::string>& to;
  const options& given;
  const option_row& row;

  void add(std::string_view value) const { to.push_back(fmt::format("{}={}", long_name(row), value)); }
  void operator()(const flag& each) const {
    if (given.*each.member == each.to && options().*each.member != each.to) to.emplace_back(long_name(row));
  }
  void operator()(const number& each) const {
    if (given.*each.member != options().*each.member) add(fmt::to_string(given.*each.member));
  }
  void operator()(const text_value& each) const {
    if (given.*each != options().*each) add(given.*each);
  }
  void operator()(const text_list& each) const {
    for (const auto& one : given.*each) add(one);
  }
};

void append_rows(std::vector<std::string>& to, std::span<const option_row> rows, const options& given) {
  for (const auto& row : rows) std::visit(append_row{to, given, row}, row.into);
}

}  // namespace

std::vector<std::string> words_for(const options& given) {
  std::vector<std::string> out;
  for (const auto& group : common_options()) append_rows(out, group.rows, given);
  return out;
}

std::vector<std::string> words_for(const command_row& command, const options& given) {
  auto out = words_for(given);
  out.emplace_back(command.name);
  append_rows(out, command.rows, given);
  out.emplace_back("--");
  out.insert(out.end(), given.operands.begin(), given.operands.end());
  return out;
}

error unknown_command(std::string_view typed) {
  std::vector<std::string_view> known;
  for (const auto* each : commands()) known.push_back(each->name);
  return {"usage.command", fmt::format("there is no command \"{}\"", typed),
          meant(typed, known, "ferry --help names them all")};
}

result<void> check_operands(const command_line& line) {
  if (!line.command || line.given.help || line.given.version) return {};
  auto count = line.given.operands.size();
  if (count < line.command->least)
    return fail("usage.operands", fmt::format("{} needs more to work on", line.command->name), usage_of(*line.command));
  if (count > line.command->most)
    return fail("usage.operands", fmt::format("{} takes less than that", line.command->name), usage_of(*line.command));
  return {};
}

std::string variable_of(const option_row& row) {
  auto name = long_name(row).substr(2);
  if (name == "help" || name == "version") return {};
  std::string out = "FERRY_" + proto::to_upper(name);
  std::ranges::replace(out, '-', '_');
  return out;
}

namespace {

// An option that was not on the command line has its value from the environment, if it has one.
bool of_environment(const CLI::App& app, const CLI::Option* option) {
  const auto& order = app.parse_order();
  return option->count() > 0 && std::ranges::find(order, option) == order.end();
}

// What is wrong, by the name under which the user wrote it.
error wrong_value(const CLI::App& app, const std::vector<common_option>& common, std::string cause) {
  for (const auto& [row, option] : common) {
    if (!of_environment(app, option)) continue;
    try {
      option->run_callback();
    } catch (const CLI::ParseError& stopped) {
      cause = stopped.what();
      const auto name = long_name(*row);
      const auto at = cause.find(name);
      if (at == cause.npos) return {"usage.value", variable_of(*row) + ": " + cause, "ferry --help says more"};
      return {"usage.value", cause.replace(at, name.size(), variable_of(*row)), "ferry --help says more"};
    }
  }
  return {"usage.value", std::move(cause), "ferry --help says more"};
}

// Reads all of `words` but operands and what it does not know, which are left, in their order. A positional of CLI11's
// would take "[a,b]" for a list.
result<std::vector<std::string>> read_options(std::span<const char* const> words, const command_row* command,
                                              options& into) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  app.prefix_command(command == nullptr);
  const auto common = add_common(app, into, command != nullptr);
  if (command) {
    for (const auto& row : command->rows) std::visit(add_row{app, into, row}, row.into);
  }
  try {
    app.parse(static_cast<int>(words.size()), words.data());
  } catch (const CLI::ParseError& stopped) {
    return std::unexpected(wrong_value(app, common, stopped.what()));
  }
  settle_contraries(app, common, into);
  auto left = app.remaining();
  for (const auto& word : left) {
    const bool option = word.size() > 1 && word.starts_with('-');
    if (option) return std::unexpected(unknown_option(word, command));
    if (!command) break;
  }
  return left;
}

}  // namespace

result<command_line> parse_words(std::span<const char* const> words, options before) {
  // What follows "--" are operands, whatever they look like.
  const auto end = std::ranges::find(words, std::string_view("--"));
  std::vector<const char*> options(words.begin(), end);
  command_line line{.given = before};
  auto left = read_options(options, nullptr, line.given);
  if (!left) return std::unexpected(left.error());
  if (!left->empty()) {
    line.command = command_named(left->front());
    if (!line.command) return std::unexpected(unknown_command(left->front()));
    options.erase(options.end() - static_cast<std::ptrdiff_t>(left->size()));
    line.given = std::move(before);
    left = read_options(options, line.command, line.given);
    if (!left) return std::unexpected(left.error());
  }
  line.given.operands = std::move(*left);
  if (end != words.end()) line.given.operands.insert(line.given.operands.end(), end + 1, words.end());
  return line;
}

}  // namespace ferry::cli
