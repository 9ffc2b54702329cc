#include "ferry/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace ferry::cli {
namespace {

constexpr std::size_t longest_bar = 32;  // columns
constexpr std::size_t bars_shown = 8;
constexpr double smoothing = 3;              // seconds that the rate remembers
constexpr std::uint64_t tells_rate = 65536;  // bytes: of fewer it is a matter of luck

double seconds(duration what) { return std::chrono::duration<double>(what).count(); }

// The end of a long name tells more than its beginning.
std::string fitted(std::string_view name, std::size_t width) {
  auto text = console::harmless(name);
  std::size_t characters = 0;
  auto starts = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
  for (char c : text) characters += starts(c);
  if (characters <= width) return text + std::string(width - characters, ' ');
  std::size_t drop = characters - width + 1;
  std::size_t at = 0;
  for (; at < text.size() && drop > 0; ++at) drop -= starts(text[at]);
  while (at < text.size() && !starts(text[at])) ++at;
  return "…" + text.substr(at);
}

// Eighths of a column, so that it moves smoothly.
std::string drawn_bar(double part, std::size_t width) {
  constexpr std::string_view blocks[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  auto eighths = static_cast<std::size_t>(std::clamp(part, 0.0, 1.0) * static_cast<double>(width) * 8);
  std::string out;
  for (std::size_t i = 0; i < eighths / 8; ++i) out += "█";
  std::size_t used = eighths / 8;
  if (eighths % 8) {
    out += blocks[eighths % 8];
    ++used;
  }
  for (; used < width; ++used) out += "░";
  return out;
}

}  // namespace

void progress::expect(std::size_t files, std::uint64_t bytes) {
  files_expected_ += files;
  bytes_expected_ += bytes;
}

std::uint64_t progress::bytes_now() const {
  auto out = bytes_done_;
  for (const auto& each : active_) out += each.moved->content;
  return out;
}

double progress::rate() {
  auto now = clock::now();
  auto passed = seconds(now - looked_);
  auto bytes = bytes_now();
  if (looked_ == time_point{} || passed <= 0) {
    looked_ = now;
    seen_ = bytes;
    return rate_;
  }
  double moved = bytes > seen_ ? static_cast<double>(bytes - seen_) : 0;
  double fresh = moved / passed;
  double weight = rate_ == 0 ? 1 : 1 - std::exp(-passed / smoothing);
  rate_ += (fresh - rate_) * weight;
  looked_ = now;
  seen_ = bytes;
  return rate_;
}

std::string progress::bar(const active& one) const {
  auto columns = out_.columns();
  auto at = one.facts->offset + one.moved->content;
  auto size = one.facts->size ? one.facts->size : one.moved->expected;
  auto width = std::clamp<std::size_t>(columns / 3, 8, longest_bar);
  auto name = fitted(one.facts->remote, columns > width + 26 ? columns - width - 26 : 8);
  if (!size) return fmt::format("{}  {}", name, human_size(at));
  double part = *size ? static_cast<double>(at) / static_cast<double>(*size) : 1;
  return fmt::format("{}  {} {:3.0f}%  {}", name, out_.painted(drawn_bar(part, width), tone::good),
                     100 * std::min(part, 1.0), human_size(*size));
}

// Of all files where that is known, else of those under way.
std::uint64_t progress::left() const {
  if (auto bytes = bytes_now(); bytes_expected_ > bytes) return bytes_expected_ - bytes;
  std::uint64_t out = 0;
  for (const auto& each : active_) {
    auto at = each.facts->offset + each.moved->content;
    if (each.facts->size.value_or(0) > at) out += *each.facts->size - at;
  }
  return out;
}

std::string progress::total() const {
  auto bytes = bytes_now();
  auto out = human_size(bytes);
  if (rate_ > 0) out += fmt::format(" at {}/s", human_size(static_cast<std::uint64_t>(rate_)));
  if (auto rest = left(); rest > 0 && rate_ > 0) {
    out += fmt::format(", {} to go", human_time(static_cast<double>(rest) / rate_));
  }
  if (files_expected_ > 1) {
    auto left = files_expected_ > files_done_ ? files_expected_ - files_done_ : 0;
    out += fmt::format(" · {} files done, {} left", files_done_, left);
  }
  return out_.painted(out, tone::bold);
}

void progress::draw() {
  if (!bars_ || active_.empty()) return;
  rate();
  std::vector<std::string> lines;
  for (const auto& each : active_) {
    if (lines.size() == bars_shown) break;
    lines.push_back(bar(each));
  }
  lines.push_back(total());
  out_.show(std::move(lines));
}

void progress::tell() {
  if (active_.empty()) return;
  const auto fast = rate();
  auto out =
      json_line()
          .add("event", "progress")
          .add("files", static_cast<std::uint64_t>(files_done_))
          .add("files_left", static_cast<std::uint64_t>(files_expected_ - std::min(files_expected_, files_done_)))
          .add("bytes", bytes_now())
          .add("rate", static_cast<std::uint64_t>(fast));
  if (auto rest = left(); rest > 0 && fast > 0)
    out.add("seconds_left", static_cast<std::uint64_t>(static_cast<double>(rest) / fast));
  out_.event(out);
}

void progress::file_started(unsigned, const client::file_facts& what, const transfer::progress& moved) {
  if (started_ == time_point{}) started_ = clock::now();
  active_.push_back({&what, &moved});
  sent_ |= what.way != client::file_facts::direction::download;
  if (files_expected_ == 0) expect(1, what.size.value_or(0));
}

void progress::file_ended(unsigned, const client::file_facts& what, const error* why) {
  std::erase_if(active_, [&](const active& each) { return each.facts == &what; });
  bytes_done_ += what.content;
  if (why) return;  // who asked for it says so
  ++files_done_;
  if (out_.json()) return;
  if (files_done_ == files_expected_ || active_.empty()) clear();
  if (!tells_) return;
  auto took = seconds(what.took);
  auto speed =
      took > 0 && what.content >= tells_rate
          ? fmt::format(" at {}/s", human_size(static_cast<std::uint64_t>(static_cast<double>(what.content) / took)))
          : std::string();
  auto proof = what.verified == client::proof::digest ? what.algorithm + " agrees"
               : what.verified == client::proof::size ? std::string("size agrees")
                                                      : std::string("not verified");
  out_.say(fmt::format("{}  {}{}, {}", console::harmless(what.remote), human_size(what.size.value_or(what.content)),
                       speed, proof));
}

void progress::retrying(unsigned, const error& why, unsigned next, std::chrono::milliseconds after) {
  if (out_.json()) return;
  out_.say(fmt::format("{}; try {} in {:.1f} s", console::harmless(why.cause), next,
                       static_cast<double>(after.count()) / 1000),
           tone::warning);
}

void progress::note(unsigned, std::string_view sentence) { out_.say(console::harmless(sentence), tone::warning); }

}  // namespace ferry::cli
