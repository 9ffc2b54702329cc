#include "ferry/recorder.hpp"

#include <fmt/format.h>

#include <utility>

namespace ferry::cli {
namespace {

mark of_data(const client::data_facts& what) {
  mark out;
  out.local = what.local;
  out.peer = what.peer;
  out.way = what.way;
  out.kept = what.kept;
  out.verb = what.verb;
  out.bytes = what.bytes;
  out.took = what.took;
  return out;
}

mark of_text(std::string text, int code = 0) {
  mark out;
  out.text = std::move(text);
  out.code = code;
  return out;
}

}  // namespace

void recorder::add(mark::kind what, unsigned session, mark rest) {
  if (marks_.size() >= recorded_marks) {
    ++left_out_;
    return;
  }
  auto now = clock::now();
  if (start_ == time_point{}) start_ = now;
  rest.what = what;
  rest.session = session;
  rest.at = now - start_;
  marks_.push_back(std::move(rest));
}

void recorder::connecting(unsigned session, const net::endpoint& to) {
  mark out;
  out.peer = to;
  add(mark::kind::connecting, session, std::move(out));
}

void recorder::connected(unsigned session, const net::endpoint& local, const net::endpoint& peer) {
  mark out;
  out.local = local;
  out.peer = peer;
  add(mark::kind::connected, session, std::move(out));
}

void recorder::closed(unsigned session, const error* why) {
  add(mark::kind::closed, session, of_text(why ? why->cause : std::string()));
}

void recorder::command(unsigned session, std::string_view line) {
  add(mark::kind::command, session, of_text(std::string(line)));
}

void recorder::reply(unsigned session, const proto::reply& what) {
  add(mark::kind::reply, session, of_text(what.text(), what.code));
}

void recorder::data_failed(unsigned session, client::rung way, const error& why) {
  add(mark::kind::trouble, session,
      of_text(fmt::format("no data connection by {}: {}", client::name_of(way), why.cause)));
}

void recorder::data_opened(unsigned session, const client::data_facts& what) {
  add(mark::kind::data_opened, session, of_data(what));
}

void recorder::data_closed(unsigned session, const client::data_facts& what) {
  add(mark::kind::data_closed, session, of_data(what));
}

void recorder::retrying(unsigned session, const error& why, unsigned next, std::chrono::milliseconds after) {
  auto text = fmt::format("{}; try {} after {:.1f} s", why.cause, next, static_cast<double>(after.count()) / 1000);
  add(mark::kind::trouble, session, of_text(std::move(text)));
}

}  // namespace ferry::cli
