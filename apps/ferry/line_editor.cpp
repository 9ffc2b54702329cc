#include "ferry/line_editor.hpp"

#include <fmt/format.h>
#include <histedit.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <iostream>

#include "ferry/interruptible.hpp"
#include "ferry/words.hpp"
#include "shared/streams.hpp"

namespace ferry::cli {
namespace {

constexpr int history_lines = 2000;
constexpr std::size_t choices_shown = 200;

std::string common_beginning(const std::vector<std::string>& all) {
  auto out = all[0];
  for (const auto& each : all) {
    auto [a, b] = std::ranges::mismatch(out, each);
    out.resize(static_cast<std::size_t>(a - out.begin()));
  }
  return out;
}

void show_choices(const std::vector<std::string>& all) {
  std::fputs("\n", stdout);
  for (std::size_t i = 0; i < std::min(all.size(), choices_shown); ++i) shared::print(stdout, "{}  ", all[i]);
  if (all.size() > choices_shown) shared::print(stdout, "and {} more", all.size() - choices_shown);
  std::fputs("\n", stdout);
}

}  // namespace

struct line_editor::state {
  std::string history_file;
  completer complete;
  std::string prompt;
  EditLine* edit = nullptr;
  History* past = nullptr;

  static state& of(EditLine* edit) {
    void* self = nullptr;
    ::el_get(edit, EL_CLIENTDATA, &self);
    return *static_cast<state*>(self);
  }
  static char* show_prompt(EditLine* edit) { return of(edit).prompt.data(); }

  // The Tab key.
  static unsigned char on_tab(EditLine* edit, int) {
    const auto* line = ::el_line(edit);
    std::string before(line->buffer, line->cursor);
    auto all = of(edit).complete(before);
    if (all.empty()) return CC_ERROR;
    auto split = split_words(before);
    auto typed = split.open_word ? quoted_word(split.words.back()) : std::string();
    auto common = common_beginning(all);
    if (common.size() <= typed.size()) {
      if (all.size() == 1 && !common.ends_with('/')) return ::el_insertstr(edit, " ") == 0 ? CC_REFRESH : CC_ERROR;
      show_choices(all);
      return CC_REDISPLAY;
    }
    // What was typed is replaced: its quotes may be others.
    auto start = word_start(before, split.open_word);
    ::el_deletestr(edit, static_cast<int>(before.size() - start));
    if (all.size() == 1 && !common.ends_with('/')) common += ' ';
    return ::el_insertstr(edit, common.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
  }

  // Where the word under the cursor begins.
  static std::size_t word_start(const std::string& before, bool open_word) {
    auto at = before.size();
    if (!open_word) return at;
    auto whole = split_words(before).words.size();
    while (at > 0 && split_words(std::string_view(before).substr(0, at)).words.size() == whole) --at;
    while (at < before.size() && (before[at] == ' ' || before[at] == '\t')) ++at;
    return at;
  }
};

line_editor::line_editor(std::string history_file, completer complete) : state_(std::make_unique<state>()) {
  state_->history_file = std::move(history_file);
  state_->complete = std::move(complete);
  if (!::isatty(STDIN_FILENO)) return;
  state_->edit = ::el_init("ferry", stdin, stdout, stderr);
  state_->past = ::history_init();
  HistEvent event;
  ::history(state_->past, &event, H_SETSIZE, history_lines);
  ::history(state_->past, &event, H_SETUNIQUE, 1);
  ::history(state_->past, &event, H_LOAD, state_->history_file.c_str());
  ::el_set(state_->edit, EL_CLIENTDATA, state_.get());
  ::el_set(state_->edit, EL_PROMPT, &state::show_prompt);
  ::el_set(state_->edit, EL_EDITOR, "emacs");
  ::el_set(state_->edit, EL_HIST, ::history, state_->past);
  ::el_set(state_->edit, EL_ADDFN, "ferry-complete", "complete a command or path", &state::on_tab);
  ::el_set(state_->edit, EL_BIND, "^I", "ferry-complete", nullptr);
  ::el_set(state_->edit, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  ::el_source(state_->edit, nullptr);
}

line_editor::~line_editor() {
  if (!state_->edit) return;
  HistEvent event;
  ::history(state_->past, &event, H_SAVE, state_->history_file.c_str());
  ::history_end(state_->past);
  ::el_end(state_->edit);
}

bool line_editor::interactive() const { return state_->edit != nullptr; }

std::optional<std::string> line_editor::next(const std::string& prompt) {
  if (!state_->edit) {
    std::string line;
    return std::getline(std::cin, line) ? std::optional(line) : std::nullopt;
  }
  interruptible here;
  state_->prompt = prompt;
  int count = 0;
  errno = 0;
  const char* read = ::el_gets(state_->edit, &count);
  if (!read || count <= 0) {
    std::fputs("\n", stdout);
    if (errno != EINTR) return std::nullopt;
    ::el_reset(state_->edit);
    return std::string();
  }
  std::string line(read, static_cast<std::size_t>(count));
  while (line.ends_with('\n') || line.ends_with('\r')) line.pop_back();
  HistEvent event;
  if (!line.empty()) ::history(state_->past, &event, H_ENTER, line.c_str());
  return line;
}

}  // namespace ferry::cli
