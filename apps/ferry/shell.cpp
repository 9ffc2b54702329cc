#include "ferry/shell.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

#include "base/folders.hpp"
#include "client/listing.hpp"
#include "client/verbs.hpp"
#include "ferry/bookmarks.hpp"
#include "ferry/commands.hpp"
#include "ferry/interruptible.hpp"
#include "ferry/manual.hpp"
#include "ferry/parse.hpp"
#include "ferry/remote_paths.hpp"
#include "ferry/words.hpp"
#include "proto/text.hpp"
#include "shared/nearest.hpp"

namespace ferry::cli {
namespace {

struct builtin {
  std::string_view name;
  std::string_view operands;
  std::string_view about;
  void (shell::*run)(const std::vector<std::string>& words);
};

constexpr builtin builtins[] = {
    {"cd", "[FOLDER]", "go to a folder of the server; - is the one before", &shell::cd},
    {"pwd", "", "the folder of the server", &shell::pwd},
    {"lcd", "[FOLDER]", "go to a folder of this machine", &shell::lcd},
    {"lpwd", "", "the folder of this machine", &shell::lpwd},
    {"lls", "[OPTION...] [FILE...]", "list a folder of this machine, by ls", &shell::lls},
    {"open", "URL | @BOOKMARK", "go to another server", &shell::open},
    {"jobs", "", "what runs behind (COMMAND & starts it), and how far it is", &shell::list_jobs},
    {"wait", "", "until all that runs behind has ended", &shell::wait},
    {"kill", "N", "stop what runs behind as number N; it can be continued", &shell::kill},
    {"help", "[COMMAND]", "what there is", &shell::help},
    {"exit", "", "leave; also quit, bye and Ctrl-D", &shell::leave},
    {"quit", "", "", &shell::leave},
    {"bye", "", "", &shell::leave},
};

const builtin* builtin_named(std::string_view name) {
  const auto* found = std::ranges::find(builtins, name, &builtin::name);
  return found == std::end(builtins) ? nullptr : found;
}

// Commands that make no sense inside.
bool outside_only(const command_row& row) {
  return &row == &shell_command || &row == &open_command || &row == &completion_command || &row == &help_command;
}

bool takes_local(const command_row& row) { return &row == &put_command; }

bool is_url(const std::string& word) { return word.contains("://") || word.starts_with('@'); }

options without_operands(options given) {
  given.operands.clear();
  return given;
}

}  // namespace

shell::shell(context& c)
    : c_(c),
      base_(without_operands(c.given)),
      editor_((make_private_folder(state_folder("ferry")), state_folder("ferry") + "/history"),
              [this](const std::string& line) { return complete(line); }) {}

bool shell::connect(const std::string& url) {
  bool done = false;
  c_.run([&]() -> net::task<> {
    auto at = co_await c_.reach(url);
    if (!at) {
      c_.out.complain(url, at.error());
      co_return;
    }
    auto here = co_await client::working_directory(*at->on);
    auto start = here ? *here : std::string("/");
    where_ = at->where;
    folder_ = previous_ = at->path.empty() ? resolved("/", start) : resolved(start, at->path);
    done = true;
  });
  connected_ = connected_ || done;
  seen_.clear();
  return done;
}

std::string shell::prompt() const {
  return connected_ ? fmt::format("{}:{}> ", where_.host, console::harmless(folder_)) : "ferry> ";
}

void shell::run(const std::string& url) {
  if (!connect(url) && !editor_.interactive()) return;
  if (editor_.interactive()) c_.out.say("help names the commands, exit leaves", tone::dim);
  while (!over_) {
    for (const auto& each : jobs_.ended()) c_.out.say(each);
    auto line = editor_.next(prompt());
    if (!line) {
      leave({});
      if (!editor_.interactive()) break;
      continue;
    }
    obey(*line);
    // A script stops at the first failure; a person has seen it.
    if (!editor_.interactive() && c_.out.exit_code() != exit_code::success) return;
    if (c_.out.stopped()) c_.start_anew();
    c_.out.forget();
  }
}

namespace {

// The line without the & at its end, when there is one that is no part of a word.
std::optional<std::string> before_ampersand(std::string_view line) {
  line = line.substr(0, line.find_last_not_of(" \t") + 1);
  if (!line.ends_with('&') || line.ends_with("\\&")) return std::nullopt;
  line.remove_suffix(1);
  if (split_words(line).open_quote) return std::nullopt;
  return std::string(line.substr(0, line.find_last_not_of(" \t") + 1));
}

}  // namespace

void shell::obey(const std::string& line) {
  auto start = line.find_first_not_of(" \t");
  if (start == line.npos || line[start] == '#') return;
  if (line[start] == '!') {
    auto status = std::system(line.c_str() + start + 1);
    if (status != 0)
      c_.out.say(fmt::format("ended with {}", WIFEXITED(status) ? WEXITSTATUS(status) : status), tone::dim);
    return;
  }
  const auto behind = before_ampersand(line);
  auto split = split_words(behind.value_or(line));
  if (split.open_quote) {
    c_.out.complain("", {"usage.quote", "a quote has no end"});
    return;
  }
  if (!split.words.empty()) obey_words(split.words, behind.value_or(""));
}

void shell::obey_words(const std::vector<std::string>& words, const std::string& behind) {
  if (const auto* own = builtin_named(words[0])) {
    if (words[0] != "exit" && words[0] != "quit" && words[0] != "bye") warned_ = false;
    (this->*own->run)(words);
  } else if (const auto* command = command_named(words[0]); command && !outside_only(*command)) {
    warned_ = false;
    run_command(*command, words, behind);
  } else {
    auto meant = shared::nearest(words[0], names());
    c_.out.complain("", {"usage.command", fmt::format("there is no command \"{}\"", words[0]),
                         meant.empty() ? "help names them all" : "did you mean " + meant + "?"});
  }
}

// Paths become URLs, so that each command works here as it does on a command line.
void shell::address(const command_row& command, options& given) {
  auto& words = given.operands;
  auto remote = [&](const std::string& path) { return is_url(path) ? path : url_of(where_, resolved(folder_, path)); };
  if (&command == &bookmark_command) return;
  if (&command == &quote_command) {
    words = {url_of(where_, folder_), fmt::format("{}", fmt::join(words, " "))};
  } else if (&command == &mirror_command) {
    if (words.size() == 1)
      words.push_back(given.up ? "." : std::string(client::last_part(resolved(folder_, words[0]))));
    auto& on_server = words[given.up ? 1 : 0];
    on_server = remote(on_server);
  } else if (takes_local(command)) {
    if (words.size() == 1 || !is_url(words.back()))
      words.push_back(url_of(where_, resolved(folder_, "./") + (folder_ == "/" ? "" : "/")));
  } else {
    if (words.empty() && command.least == 1) words.push_back(".");
    for (auto& each : words) each = remote(each);
  }
}

void shell::run_command(const command_row& command, const std::vector<std::string>& words, const std::string& behind) {
  if (!connected_) {
    c_.out.complain("", {"usage.connect", "there is no connection", "open URL makes one"});
    return;
  }
  std::vector<const char*> spelled{"ferry"};
  for (const auto& each : words) spelled.push_back(each.c_str());
  auto line = parse_words(spelled, base_);
  if (!line) {
    c_.out.complain("", line.error());
    return;
  }
  if (line->given.help) {
    c_.out.data(help_of(command));
    return;
  }
  address(command, line->given);
  if (auto complete = check_operands(*line); !complete) {
    c_.out.complain("", complete.error());
    return;
  }
  if (!behind.empty()) return run_behind(command, std::move(line->given), behind);
  c_.given = std::move(line->given);
  command.run(c_);
  c_.given = base_;
  seen_.clear();
}

bool shell::is_here(const std::string& operand) const {
  auto text = full_url(operand);
  auto to = text ? client::parse_url(*text) : std::unexpected(text.error());
  if (!to) return false;
  const auto there = to->where(), here = where_.where();
  return there.how == here.how && there.user == here.user && there.host == here.host && there.port == here.port;
}

void shell::run_behind(const command_row& command, options given, const std::string& shown) {
  auto login = c_.login_for(where_);
  if (!login) {
    c_.out.complain("", login.error());
    return;
  }
  // The password is this server's, and the job knows it for every server alike.
  const bool ours =
      std::ranges::all_of(given.operands, [&](const auto& each) { return !is_url(each) || is_here(each); });
  if (!ours) login->password.clear();
  if (ours || given.password_file == base_.password_file) given.password_file.clear();
  // What it says comes as events, whatever this shell was told to show.
  given.trace.clear();
  given.verbose = given.quiet = given.json = false;
  auto started = jobs_.start(shown, words_for(command, given), login->password);
  if (!started) {
    c_.out.complain(shown, started.error());
    return;
  }
  c_.out.say(fmt::format("[{}] {}", *started, shown), tone::dim);
}

std::vector<std::string_view> shell::names() {
  std::vector<std::string_view> out;
  for (const auto& each : builtins) out.push_back(each.name);
  for (const auto* each : commands()) {
    if (!outside_only(*each) && each != &bookmark_command) out.push_back(each->name);
  }
  return out;
}

void shell::open(const std::vector<std::string>& words) {
  if (words.size() != 2) return c_.out.complain("", {"usage.operands", "open takes a URL or @BOOKMARK"});
  connect(words[1]);
}

void shell::cd(const std::vector<std::string>& words) {
  auto to = words.size() < 2 ? std::string("/") : words[1] == "-" ? previous_ : resolved(folder_, words[1]);
  if (to.size() > 1 && to.ends_with('/')) to.pop_back();
  bool folder = to == "/";
  if (!folder) {
    c_.run([&] {
      return c_.for_each(
          {url_of(where_, to)},
          [&](remote at) -> net::task<result<void>> {
            auto about = co_await client::stat(*at.on, at.path);
            if (!about) co_return std::unexpected(about.error());
            // A link may lead to a folder; who lists it will see.
            folder = about->kind == proto::entry_kind::directory || about->kind == proto::entry_kind::link;
            if (!folder) co_return fail("usage.folder", "this is not a folder");
            co_return result<void>{};
          },
          context::repeatable::yes);
    });
  }
  if (folder) previous_ = std::exchange(folder_, to);
}

void shell::pwd(const std::vector<std::string>&) { c_.out.line(folder_); }

void shell::lcd(const std::vector<std::string>& words) {
  auto to = words.size() < 2 ? home_folder() : words[1];
  if (::chdir(to.c_str()) != 0) c_.out.complain(to, {"local.folder", std::strerror(errno)});
}

void shell::lpwd(const std::vector<std::string>&) {
  std::error_code failed;
  c_.out.line(std::filesystem::current_path(failed).string());
}

void shell::lls(const std::vector<std::string>& words) {
  std::string line = "ls";
  for (std::size_t i = 1; i < words.size(); ++i) line += ' ' + quoted_word(words[i]);
  if (std::system(line.c_str()) != 0) c_.out.say("ls failed", tone::dim);
}

void shell::help(const std::vector<std::string>& words) {
  if (words.size() > 1) {
    if (const auto* own = builtin_named(words[1]))
      return c_.out.line(fmt::format("{} {}: {}", own->name, own->operands, own->about));
    if (const auto* row = command_named(words[1])) return c_.out.data(help_of(*row));
  }
  for (const auto& each : builtins) {
    if (!each.about.empty())
      c_.out.line(fmt::format("  {:<28} {}", fmt::format("{} {}", each.name, each.operands), each.about));
  }
  c_.out.line(fmt::format("  {:<28} {}", "!COMMAND", "run a command of this machine"));
  for (const auto* each : commands()) {
    if (outside_only(*each)) continue;
    c_.out.line(fmt::format("  {:<28} {}", fmt::format("{} {}", each->name, each->operands), each->summary));
  }
  c_.out.line("URL is a path here, seen from the folder that the prompt shows.");
}

void shell::list_jobs(const std::vector<std::string>&) {
  for (const auto& each : jobs_.all()) c_.out.line(each);
}

void shell::wait(const std::vector<std::string>&) {
  const interruptible here;
  while (jobs_.running() > 0 && !here.interrupted()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  for (const auto& each : jobs_.ended()) c_.out.say(each);
}

void shell::kill(const std::vector<std::string>& words) {
  auto number = words.size() == 2 ? proto::parse_decimal(words[1], UINT32_MAX) : std::nullopt;
  if (!number || !jobs_.stop(static_cast<unsigned>(*number)))
    c_.out.complain("", {"usage.job", "kill takes the number of a job", "jobs lists them"});
}

// A script waits for what it has started; a person is asked whether it may be stopped.
void shell::leave(const std::vector<std::string>&) {
  if (!editor_.interactive()) {
    wait({});
    if (jobs_.worst() != exit_code::success) c_.out.failed_with(jobs_.worst());
  } else if (const auto running = jobs_.running(); running > 0 && !std::exchange(warned_, true)) {
    c_.out.say(fmt::format("{} still running; wait waits, leaving once more stops them", running), tone::warning);
    return;
  }
  over_ = true;
  if (jobs_.running() == 0) return;
  c_.out.say(fmt::format("stopping {}; Ctrl-C leaves at once", jobs_.running()), tone::warning);
  const interruptible here;
  jobs_.stop_all([&] { return here.interrupted(); });
  for (const auto& each : jobs_.ended()) c_.out.say(each);
}

}  // namespace ferry::cli
