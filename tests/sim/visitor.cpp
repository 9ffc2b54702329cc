#include "sim/visitor.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "proto/ascii.hpp"
#include "proto/extended_port.hpp"
#include "proto/host_port.hpp"

namespace ferry::sim {
namespace {

using state = net::io_result::state;

constexpr auto patience = 1h;  // longer than the server may take for anything

std::string to_wire(const std::string& local) {
  std::string out;
  proto::ascii_encoder().transform(local, out);
  return out;
}

net::endpoint home_of(unsigned number) {
  return {net::asio::ip::address_v4(std::array<unsigned char, 4>{198, 51, 100, static_cast<unsigned char>(number)}), 0};
}

}  // namespace

visitor::visitor(world& in, unsigned number) : in_(in), number_(number), home_(home_of(number)) {}

// --- the control connection

net::task<bool> visitor::connect() {
  hang_up();
  const net::dial_options options{.from = home_, .deadline = in_.on.now() + patience};
  auto made = co_await in_.through.dial(in_.service, options);
  if (!made) co_return false;
  control_ = std::move(*made);
  reader_ = proto::reply_reader();
  lint_ = std::make_unique<server::test_support::reply_lint>();
  text_ = true;  // RFC 959 §5.1: TYPE A until it is said otherwise
  auto greeting = co_await hear();
  co_return greeting.code == 220;
}

net::task<bool> visitor::arrive() {
  const bool welcome = co_await connect();
  if (!welcome) co_return false;
  auto user = co_await ask("USER visitor");
  auto in = co_await ask("PASS secret");
  co_return in.code == 230;
}

net::task<> visitor::leave() {
  auto bye = co_await ask("QUIT");
  EXPECT_TRUE(bye.code == 221 || bye.code == 421 || bye.code == 0) << bye.code;
  hang_up();
}

void visitor::hang_up() { control_.reset(); }

net::task<proto::reply> visitor::ask(std::string line) {
  co_await say(line + "\r\n");
  co_return co_await hear();
}

net::task<> visitor::say(std::string bytes) {
  if (!control_) co_return;
  in_.note(number_, "> " + bytes);
  lint_->sent(bytes);
  const bool sent = co_await send(*control_, bytes);
  if (!sent) hang_up();
}

net::task<std::size_t> visitor::repeat(std::string line) {
  constexpr std::size_t endless = 1'000'000;
  std::size_t times = 0;
  for (std::string_view rest = line; control_ && times < endless;) {
    auto io = control_->try_write(rest);
    if (io.what == state::failed) hang_up();
    if (io.what == state::moved) rest.remove_prefix(io.count);
    if (rest.empty()) {
      lint_->sent(line);
      rest = line;
      ++times;
    }
    if (io.what != state::would_block) continue;
    auto status = co_await control_->ready(io.wants, in_.on.now() + 1s);
    if (status == net::wait_status::ready) continue;
    EXPECT_EQ(rest.size(), line.size()) << "a line is cut in two";
    break;
  }
  co_return times;
}

net::task<proto::reply> visitor::hear() {
  proto::reply out;
  char bytes[512];
  const auto until = in_.on.now() + patience;
  while (control_) {
    auto what = reader_.next(out);
    EXPECT_NE(what, proto::reply_reader::event::error) << reader_.problem().cause;
    if (what == proto::reply_reader::event::reply) {
      in_.note(number_, fmt::format("< {} {}", out.code, out.text()));
      try {
        lint_->received({out.code, out.lines});
      } catch (const support::wire_error& wrong) {
        ADD_FAILURE() << wrong.what();
      }
      co_return out;
    }
    auto io = control_->try_read(bytes);
    if (io.what == state::moved) reader_.push({bytes, io.count});
    if (io.what == state::would_block) {
      auto status = co_await control_->ready(io.wants, until);
      EXPECT_EQ(status, net::wait_status::ready) << "no reply came";
      if (status != net::wait_status::ready) hang_up();
    }
    if (io.what == state::end || io.what == state::failed) {
      in_.note(number_, io.what == state::end ? "< the end" : "< broken");
      hang_up();
    }
  }
  co_return proto::reply();
}

net::task<> visitor::fall_silent() {
  const auto until = in_.on.now() + patience;
  char bytes[512];
  while (control_) {
    auto io = control_->try_read(bytes);
    if (io.what == state::end || io.what == state::failed) co_return hang_up();
    if (io.what != state::would_block) continue;
    auto status = co_await control_->ready(io.wants, until);
    EXPECT_EQ(status, net::wait_status::ready) << "a silent client is kept for ever";
    if (status != net::wait_status::ready) hang_up();
  }
}

// --- the data connection

net::task<bool> visitor::arrange(rendezvous& out, way by) {
  out = {};
  if (by == way::none) {
    // The default port of RFC 959 §3.2, where this visitor does not listen.
    co_return here();
  }
  if (by == way::pasv || by == way::epsv) {
    auto where = co_await ask(by == way::pasv ? "PASV" : "EPSV");
    if (where.code != 227 && where.code != 229) co_return false;
    auto four = proto::parse_227(where.text());
    auto port = by == way::pasv ? (four ? std::optional(four->port) : std::nullopt) : proto::parse_229(where.text());
    EXPECT_TRUE(port) << where.text();
    out.to = {in_.service.address(), port.value_or(0)};
    co_return port.has_value();
  }
  auto ear = in_.through.listen(home_, {});
  if (!ear) co_return false;
  out.ear = std::move(*ear);
  const auto at = out.ear->local();
  const proto::host_port shown{at.address().to_v4().to_bytes(), at.port()};
  auto line = by == way::port ? "PORT " + proto::format_port_argument(shown)
                              : fmt::format("EPRT |1|{}|{}|", at.address().to_string(), at.port());
  auto taken = co_await ask(std::move(line));
  co_return taken.code == 200;
}

net::task<std::unique_ptr<net::stream>> visitor::open(rendezvous& at) {
  const auto until = in_.on.now() + 2min;
  std::unique_ptr<net::stream> out;
  if (at.ear) {
    while (!out) {
      auto next = at.ear->try_accept();
      if (next && *next) {
        out = std::move(*next);
      } else {
        auto status = co_await at.ear->ready(until);
        if (status != net::wait_status::ready) break;
      }
    }
  } else if (at.to.port() != 0) {
    const net::dial_options options{.from = home_, .deadline = until};
    auto made = co_await in_.through.dial(at.to, options);
    if (made) out = std::move(*made);
  }
  if (!out) in_.note(number_, "no data connection");
  co_return out;
}

net::task<bool> visitor::send(net::stream& to, std::string_view bytes) {
  while (!bytes.empty()) {
    auto io = to.try_write(bytes);
    if (io.what == state::failed) co_return false;
    if (io.what == state::moved) bytes.remove_prefix(io.count);
    if (io.what != state::would_block) continue;
    auto status = co_await to.ready(io.wants, in_.on.now() + patience);
    EXPECT_EQ(status, net::wait_status::ready) << "the server does not read";
    if (status != net::wait_status::ready) co_return false;
  }
  co_return true;
}

net::task<visitor::taken> visitor::take(net::stream& from, std::size_t most) {
  taken out;
  std::string piece(65536, '\0');
  const auto until = in_.on.now() + patience;
  while (out.bytes.size() < most) {
    auto io = from.try_read(std::span(piece).first(std::min(piece.size(), most - out.bytes.size())));
    if (io.what == state::moved) out.bytes.append(piece, 0, io.count);
    out.ended = io.what == state::end;
    if (io.what == state::end || io.what == state::failed) break;
    if (io.what != state::would_block) continue;
    auto status = co_await from.ready(io.wants, until);
    EXPECT_EQ(status, net::wait_status::ready) << "a data connection is kept for ever";
    if (status != net::wait_status::ready) break;
  }
  co_return out;
}

// What follows when half has been moved, to the final reply. `data` is closed where that belongs to it.
net::task<proto::reply> visitor::end_of_transfer(turn how, std::unique_ptr<net::stream>& data) {
  switch (how) {
    case turn::reset:
      data->reset();
      data.reset();
      break;
    case turn::abort: {
      co_await say(
          "\xff\xf4\xff\xf2"
          "ABOR\r\n");
      auto of_the_transfer = co_await hear();
      proto::reply of_abor;
      if (of_the_transfer.code != 421) of_abor = co_await hear();
      EXPECT_TRUE(of_abor.code == 226 || of_abor.code == 421 || of_abor.code == 0) << of_abor.code;
      data.reset();
      co_return of_the_transfer;
    }
    case turn::leave:
      hang_up();
      co_await in_.on.sleep(1min);  // the server learns of it first
      data.reset();
      break;
    case turn::break_off:
      if (control_) control_->reset();
      hang_up();
      data->reset();
      data.reset();
      break;
    default: break;
  }
  co_return co_await hear();
}

// --- transfers

net::task<> visitor::upload(std::string verb, std::string path, std::string content, way by, turn how) {
  const bool in_place = verb == "APPE";
  rendezvous at;
  const bool agreed = co_await arrange(at, by);
  if (!agreed) co_return;
  auto before = known_.extract(path);  // certain again when the outcome is known
  auto said = co_await ask(verb + " " + path);
  if (said.code != 150 && said.code != 125) {
    if (said.code != 0 && before) known_.insert(std::move(before));
    co_return;
  }
  const auto wire = text_ ? to_wire(content) : content;
  const auto half = how == turn::whole ? wire.size() : wire.size() / 2;
  std::unique_ptr<net::stream> data;
  if (how != turn::never_opened) data = co_await open(at);
  if (how == turn::end_early) content = text_ ? "" : content.substr(0, half);
  const bool can_end = data && (!text_ || how != turn::end_early);
  bool sent = false;
  if (data) sent = co_await send(*data, std::string_view(wire).substr(0, half));
  proto::reply done;
  if (sent && how == turn::pause) {
    co_await in_.on.sleep(100s);
    sent = co_await send(*data, std::string_view(wire).substr(half));
  }
  if (sent && can_end && (how == turn::whole || how == turn::pause || how == turn::end_early)) {
    if (!in_place) in_.was_sent_whole(content);
    data->close_write();
    done = co_await hear();
  } else if (sent) {
    done = co_await end_of_transfer(how, data);
    sent = false;
  } else {
    if (data) data->reset();
    data.reset();
    done = co_await hear();
  }
  if (done.code == 226 || done.code == 250) {
    EXPECT_TRUE(sent) << path << ": the server claims to have what was not sent to its end";
    if (in_place && before && before.mapped()) content = *before.mapped() + content;
    if (in_place && !before) co_return;  // it is not known what it held
    auto stored = co_await in_.content(path);
    EXPECT_TRUE(stored == content) << path << ": " << (stored ? stored->size() : 0) << " bytes instead of "
                                   << content.size();
    expect(path, content);
  } else if (done.code != 0 && before && !in_place) {
    known_.insert(std::move(before));  // a failed upload changes nothing
  }
}

net::task<> visitor::upload_from(std::uint64_t offset, std::string path, std::string content, way by) {
  auto found = known_.find(path);
  const bool certain = found != known_.end() && found->second && found->second->size() >= offset && !text_;
  const std::string before = certain ? *found->second : std::string();
  rendezvous at;
  const bool agreed = co_await arrange(at, by);
  if (!agreed) co_return;
  auto rest = co_await ask(fmt::format("REST {}", offset));
  if (rest.code != 350) co_return;
  known_.erase(path);
  auto said = co_await ask("STOR " + path);
  if (said.code != 150) co_return;
  auto data = co_await open(at);
  const auto wire = text_ ? to_wire(content) : content;
  bool sent = false;
  if (data) sent = co_await send(*data, wire);
  if (sent) data->close_write();
  data.reset();
  auto done = co_await hear();
  if (done.code != 226) co_return;
  EXPECT_TRUE(sent);
  if (!certain) co_return;
  auto stored = co_await in_.content(path);
  EXPECT_TRUE(stored == before.substr(0, offset) + content) << path;
  expect(path, stored);
}

net::task<> visitor::download(std::string path, std::uint64_t offset, way by, turn how) {
  auto found = known_.find(path);
  std::optional<std::string> wanted;
  if (found != known_.end() && found->second) wanted = text_ ? to_wire(*found->second) : *found->second;
  rendezvous at;
  const bool agreed = co_await arrange(at, by);
  if (!agreed) co_return;
  if (offset > 0) {
    auto rest = co_await ask(fmt::format("REST {}", offset));
    if (rest.code != 350) offset = 0;
  }
  auto said = co_await ask("RETR " + path);
  if (said.code != 150 && said.code != 125) {
    if (said.code == 550 && wanted) EXPECT_EQ(said.text().find("No such"), std::string::npos) << path << " was stored";
    co_return;
  }
  std::unique_ptr<net::stream> data;
  if (how != turn::never_opened) data = co_await open(at);
  if (!data) {
    auto refused = co_await hear();
    // Who listens may have been reached without knowing it.
    EXPECT_TRUE(at.ear || refused.negative() || refused.code == 0) << refused.code;
    co_return;
  }
  const auto size = wanted ? wanted->size() - std::min<std::size_t>(wanted->size(), offset) : 1000;
  const bool to_the_end = how == turn::whole || how == turn::pause || how == turn::leave || how == turn::stall;
  auto got = co_await take(*data, how == turn::whole ? std::string::npos : size / 2);
  proto::reply done;
  if (how == turn::pause) co_await in_.on.sleep(100s);
  if (how == turn::stall) co_await in_.on.sleep(10min);
  if (how == turn::leave) hang_up();
  if (to_the_end) {
    if (!got.ended && how != turn::whole) {
      auto more = co_await take(*data, std::string::npos);
      got.bytes += more.bytes;
      got.ended = more.ended;
    }
    data.reset();
    done = co_await hear();
  } else {
    done = co_await end_of_transfer(how, data);
  }
  if (wanted && offset <= wanted->size()) {
    const auto rest = std::string_view(*wanted).substr(offset);
    EXPECT_TRUE(rest.starts_with(got.bytes)) << path << ": other bytes than were stored";
    // Before its 226 the server ends the data connection in order; before a refusal it breaks it.
    if (to_the_end && done.code == 226 && got.ended) EXPECT_EQ(got.bytes.size(), rest.size()) << path;
    if (to_the_end && got.ended && got.bytes.size() < rest.size()) EXPECT_EQ(done.code, 0) << path;
  }
}

net::task<> visitor::list(std::string verb, std::string path, way by) {
  rendezvous at;
  const bool agreed = co_await arrange(at, by);
  if (!agreed) co_return;
  auto said = co_await ask(verb + " " + path);
  if (said.code != 150 && said.code != 125) co_return;
  auto data = co_await open(at);
  taken got;
  if (data) got = co_await take(*data, std::string::npos);
  data.reset();
  auto done = co_await hear();
  if (done.code != 226 || !got.ended) co_return;
  for (const auto& [name, content] : known_) {
    if (name.substr(0, name.rfind('/')) != path || !content) continue;
    EXPECT_NE(got.bytes.find(name.substr(name.rfind('/') + 1)), std::string::npos) << name << " is not listed";
  }
}

net::task<> visitor::remove(std::string path) {
  auto before = known_.extract(path);
  auto done = co_await ask("DELE " + path);
  if (done.code == 250) expect(path, std::nullopt);
  if (done.negative() && done.code != 421 && before) known_.insert(std::move(before));
}

net::task<> visitor::rename(std::string from, std::string to) {
  auto ready = co_await ask("RNFR " + from);
  if (ready.code != 350) co_return;
  auto before = known_.extract(from);
  auto replaced = known_.extract(to);
  auto done = co_await ask("RNTO " + to);
  if (done.code == 250 && before) {
    expect(to, before.mapped());
    expect(from, std::nullopt);
  }
  if (done.negative() && done.code != 421) {
    if (before) known_.insert(std::move(before));
    if (replaced) known_.insert(std::move(replaced));
  }
}

net::task<> visitor::size(std::string path) {
  auto found = known_.find(path);
  auto said = co_await ask("SIZE " + path);
  if (said.code != 213 || found == known_.end() || !found->second) co_return;
  EXPECT_EQ(said.text(), std::to_string((text_ ? to_wire(*found->second) : *found->second).size())) << path;
}

net::task<> visitor::text(bool on) {
  auto done = co_await ask(on ? "TYPE A" : "TYPE I");
  if (done.code == 200) text_ = on;
}

}  // namespace ferry::sim
