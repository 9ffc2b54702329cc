#include "ferry/ladder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <map>
#include <optional>

#include "base/fd.hpp"
#include "ferry/console.hpp"
#include "ferry/dialogue.hpp"
#include "ferry/ladder_style.hpp"

namespace ferry::cli {

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : console::harmless(text)) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

namespace {

// Where things stand, in CSS pixels.
constexpr int page_width = 1080;
constexpr int control_client = 110;
constexpr int control_server = 590;
constexpr int data_client = 765;
constexpr int data_server = 1000;
constexpr int head_height = 64;
constexpr int row_height = 30;
constexpr int slant = 9;             // how far an arrow sinks on its way
constexpr int turn = 10;             // more room where the direction changes, so that label and arrow stay apart
constexpr int least_band = 52;       // height of a data transfer
constexpr std::size_t letters = 60;  // of a label on the control connection
constexpr double noticeable = 0.02;  // seconds; a longer silence widens the gap

double seconds(duration what) { return std::chrono::duration<double>(what).count(); }

std::string short_time(double value) {
  if (value < 0.001) return fmt::format("{:.0f} µs", value * 1e6);
  if (value < 1) return fmt::format("{:.1f} ms", value * 1e3);
  return fmt::format("{:.2f} s", value);
}

// The first line, cut where the lane ends.
std::string label_of(std::string_view text) {
  auto end = text.find('\n');
  auto line = console::harmless(text.substr(0, end));
  if (line.size() > letters) {
    std::size_t cut = letters - 1;
    while (cut > 0 && (static_cast<unsigned char>(line[cut]) & 0xc0) == 0x80) --cut;
    line = line.substr(0, cut) + "…";
  }
  if (end != text.npos) line += fmt::format(" +{}", std::ranges::count(text, '\n'));
  return escaped(line);
}

bool is_upload(std::string_view verb) { return verb.starts_with("STO") || verb == "APPE"; }

// One session's ladder: rows are laid down from the top, each below the one before.
class ladder {
 public:
  void add(const mark& each) {
    advance(each);
    switch (each.what) {
      case mark::kind::connecting: remark("connecting to " + net::show(each.peer)); break;
      case mark::kind::connected:
        ends_ = {net::show(each.local), net::show(each.peer)};
        remark("connected");
        break;
      case mark::kind::closed: remark(each.text.empty() ? "closed" : "lost: " + each.text, !each.text.empty()); break;
      case mark::kind::command: arrow(control_client, control_server, "command", each.text, each.text); break;
      case mark::kind::reply: reply(each); break;
      case mark::kind::data_opened: open(each); break;
      case mark::kind::data_closed: close(each); break;
      case mark::kind::trouble: remark(each.text, true); break;
    }
  }

  std::string svg() {
    if (band_) close({});
    int height = y_ + row_height;
    std::string out = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\">\n", page_width, height);
    lifeline(out, control_client, height);
    lifeline(out, control_server, height);
    lifeline(out, data_client, height, "data");
    lifeline(out, data_server, height, "data");
    head(out, control_client, "client", ends_.first);
    head(out, control_server, "server", ends_.second);
    head(out, data_client, "client", "data connection");
    head(out, data_server, "server", "data connection");
    return out + body_ + "</svg>\n";
  }

 private:
  template <class... T>
  void put(fmt::format_string<T...> format, T&&... values) {
    fmt::format_to(std::back_inserter(body_), format, std::forward<T>(values)...);
  }

  // Down to the next row; a silence makes the way longer and says how long it was.
  void advance(const mark& each) {
    double now = seconds(each.at);
    double gap = now - last_;
    int extra = 0;
    if (gap > noticeable && rows_ > 0) {
      extra = static_cast<int>(std::min(72.0, 22 + 10 * std::log2(gap / noticeable)));
    }
    if (extra > 0 && !band_) {
      put("<text class=\"gap\" x=\"{}\" y=\"{}\">{}</text>\n", (control_client + control_server) / 2,
          y_ + slant + extra / 2 + 10, short_time(gap) + " of silence");
    }
    bool turns = last_kind_ == mark::kind::command && each.what == mark::kind::reply;
    last_kind_ = each.what;
    y_ += row_height + extra + (turns ? turn : 0);
    if (each.what == mark::kind::data_closed && band_) y_ = std::max(y_, *band_ + least_band);
    put("<text class=\"time\" x=\"{}\" y=\"{}\">{}</text>\n", control_client - 26, y_ + 4, short_time(now));
    last_ = now;
    ++rows_;
  }

  void arrow(int from, int to, std::string_view style, std::string_view text, std::string_view whole) {
    bool right = to > from;
    int begin = right ? y_ : y_ - slant;
    int end = right ? y_ + slant : y_;
    int tip = right ? to - 7 : to + 7;
    put("<g class=\"{}\"><title>{}</title><line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>", style, escaped(whole), from,
        begin, tip, end);
    put("<path d=\"M{} {} l{} -4 v8 z\"/>", to, end, right ? -9 : 9);
    put("<text x=\"{}\" y=\"{}\"{}>{}</text></g>\n", right ? from + 14 : from - 14, begin - 5,
        right ? "" : " text-anchor=\"end\"", label_of(text));
  }

  void reply(const mark& each) {
    auto text = fmt::format("{} {}", each.code, each.text);
    arrow(control_server, control_client, fmt::format("reply r{}", each.code / 100), text, text);
  }

  void remark(const std::string& text, bool bad = false) {
    put("<text class=\"remark{}\" x=\"{}\" y=\"{}\">{}</text>\n", bad ? " bad" : "",
        (control_client + control_server) / 2, y_ + 4, label_of(text));
  }

  void open(const mark& each) {
    if (band_) close({});
    band_ = y_;
    if (each.kept) return;
    bool passive = each.way == client::rung::epsv || each.way == client::rung::pasv;
    int from = passive ? data_client : data_server, to = passive ? data_server : data_client;
    int sign = passive ? -1 : 1;
    put("<g class=\"dial\"><title>{} to {}</title><line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>",
        escaped(net::show(each.local)), escaped(net::show(each.peer)), from, y_, to + sign * 8, y_);
    put("<path d=\"M{} {} l{} -4 v8 z\"/><text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{} · port {}</text></g>\n", to,
        y_, sign * 9, (data_client + data_server) / 2, y_ - 6, client::name_of(each.way),
        passive ? each.peer.port() : each.local.port());
  }

  void close(const mark& each) {
    if (!band_) return;
    int top = *band_ + 8, bottom = std::max(y_, top + least_band - 8);
    bool up = is_upload(each.verb);
    int middle = (data_client + data_server) / 2, centre = (top + bottom) / 2;
    put("<g class=\"band\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"5\"/>", data_client + 5, top,
        data_server - data_client - 10, bottom - top);
    int tip = up ? data_server - 16 : data_client + 16;
    put("<path d=\"M{} {} l{} -8 v16 z\"/>", tip, centre, up ? -12 : 12);
    double took = seconds(each.took);
    auto rate =
        took > 0 && each.bytes > 0
            ? fmt::format(" · {}/s", human_size(static_cast<std::uint64_t>(static_cast<double>(each.bytes) / took)))
            : std::string();
    put("<text class=\"volume\" x=\"{}\" y=\"{}\">{} {}</text>", middle, centre - 3, escaped(each.verb),
        human_size(each.bytes));
    put("<text class=\"rate\" x=\"{}\" y=\"{}\">{}{}</text></g>\n", middle, centre + 13, short_time(took), rate);
    y_ = std::max(y_, bottom);
    band_.reset();
  }

  static void lifeline(std::string& out, int x, int height, std::string_view kind = "") {
    fmt::format_to(std::back_inserter(out), "<line class=\"life {}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>\n", kind,
                   x, head_height - 14, x, height - 6);
  }
  static void head(std::string& out, int x, std::string_view who, std::string_view where) {
    fmt::format_to(std::back_inserter(out),
                   "<g class=\"head\"><rect x=\"{}\" y=\"4\" width=\"150\" height=\"44\" rx=\"9\"/>"
                   "<text x=\"{}\" y=\"22\">{}</text><text class=\"where\" x=\"{}\" y=\"38\">{}</text></g>\n",
                   x - 75, x, who, x, escaped(where));
  }

  std::string body_;
  std::pair<std::string, std::string> ends_;
  int y_ = head_height;
  std::size_t rows_ = 0;
  double last_ = 0;
  mark::kind last_kind_ = mark::kind::connecting;
  std::optional<int> band_;  // where the data connection that is open began
};

struct sums {
  std::size_t commands = 0, sessions = 0, connections = 0;
  std::uint64_t down = 0, up = 0;
  double took = 0;
  std::string server;
};

sums sums_of(const std::vector<mark>& marks) {
  sums out;
  for (const auto& each : marks) {
    out.commands += each.what == mark::kind::command;
    out.sessions += each.what == mark::kind::connected;
    if (each.what == mark::kind::connected && out.server.empty()) out.server = net::show(each.peer);
    if (each.what == mark::kind::data_closed) {
      out.connections += !each.kept;
      (is_upload(each.verb) ? out.up : out.down) += each.bytes;
    }
    out.took = seconds(each.at);
  }
  return out;
}

void append_tile(std::string& out, std::string_view name, std::string_view value) {
  fmt::format_to(std::back_inserter(out), "<div><dt>{}</dt><dd>{}</dd></div>\n", name, escaped(value));
}

void append_tiles(std::string& out, const sums& all) {
  out += "<dl>\n";
  append_tile(out, "Time", short_time(all.took));
  append_tile(out, "Commands", fmt::to_string(all.commands));
  append_tile(out, "Control connections", fmt::to_string(all.sessions));
  append_tile(out, "Data connections", fmt::to_string(all.connections));
  append_tile(out, "Down", human_size(all.down));
  append_tile(out, "Up", human_size(all.up));
  out += "</dl>\n";
}

}  // namespace

std::string draw_ladder(const recorder& from, const ladder_page& page) {
  auto all = sums_of(from.marks());
  std::map<unsigned, ladder> sessions;
  for (const auto& each : from.marks()) sessions[each.session].add(each);

  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>FTP with {}</title>\n"
      "<style>{}</style>\n<main>\n<header><p>{}</p><h1>FTP with {}</h1></header>\n",
      escaped(all.server), ladder_style, escaped(page.kind), escaped(all.server));
  out += page.above;
  append_tiles(out, all);
  out += ladder_legend;
  for (auto& [number, each] : sessions) {
    out += "<section>\n";
    const bool named = number >= 1 && number <= page.sessions.size();
    if (named) fmt::format_to(std::back_inserter(out), "<h2>{}</h2>\n", escaped(page.sessions[number - 1]));
    if (!named && sessions.size() > 1) fmt::format_to(std::back_inserter(out), "<h2>Session {}</h2>\n", number);
    out += each.svg() + "</section>\n";
  }
  if (from.left_out() > 0)
    fmt::format_to(std::back_inserter(out), "<p class=\"rest\">{} further events were not kept.</p>\n",
                   from.left_out());
  return out + "</main>\n</html>\n";
}

static std::unexpected<error> cannot_write(int why) {
  return fail_errno("local.trace", why, "name a file that can be written");
}

result<void> write_ladder(const recorder& from, const std::string& file, const ladder_page& page) {
  auto text = draw_ladder(from, page);
  const fd to(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!to) return cannot_write(errno);
  for (std::string_view rest = text; !rest.empty();) {
    const auto count = ::write(to.get(), rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return cannot_write(errno);
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

result<void> may_be_written(const std::string& file) {
  if (const fd there(::open(file.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)); there) return {};
  if (errno != ENOENT) return cannot_write(errno);
  const fd made(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!made) return cannot_write(errno);
  ::unlink(file.c_str());
  return {};
}

}  // namespace ferry::cli
