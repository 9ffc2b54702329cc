#include "client/test_support/fake_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "proto/block_mode.hpp"
#include "proto/command.hpp"
#include "proto/extended_port.hpp"
#include "proto/host_port.hpp"
#include "proto/text.hpp"
#include "proto/timestamp.hpp"
#include "transfer/digest.hpp"

namespace ferry::client::test_support {

struct fake_server::visit {
  std::unique_ptr<net::stream> control;
  std::unique_ptr<net::listener> port;
  std::optional<net::endpoint> active;
  std::uint64_t restart = 0;
  bool block = false;
  std::unique_ptr<net::stream> kept;
  std::string ahead;  // read of it
};

fake_server::fake_server(net::loop& on, net::network& through, net::endpoint at)
    : on_(on), through_(through), at_(at), began_(on.now()) {
  auto made = through.listen(at, {.backlog = 64});
  if (!made) throw std::runtime_error(made.error().cause);
  door_ = std::move(*made);
  on.spawn(accept());
}

bool fake_server::was_told(std::string_view line) const { return std::ranges::find(heard, line) != heard.end(); }

std::size_t fake_server::count(std::string_view start) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(heard, [&](const std::string& one) { return one.starts_with(start); }));
}

net::task<> fake_server::accept() {
  for (;;) {
    auto next = door_->try_accept();
    if (next && *next) {
      on_.spawn(serve(std::move(*next)));
    } else {
      co_await door_->ready(time_point::max());
    }
  }
}

net::task<bool> fake_server::say(net::stream& to, std::string text) {
  std::string_view left = text;
  while (!left.empty()) {
    auto io = to.try_write(in_pieces ? left.substr(0, 1) : left);
    if (io.what == net::io_result::state::moved) {
      left.remove_prefix(io.count);
      if (in_pieces) co_await on_.sleep(std::chrono::milliseconds(1));
    } else if (io.what == net::io_result::state::would_block) {
      co_await to.ready(io.wants, time_point::max());
    } else {
      co_return false;
    }
  }
  co_return true;
}

net::task<> fake_server::serve(std::unique_ptr<net::stream> control) {
  visit v{.control = std::move(control)};
  if (++connections > connections_allowed) {
    --connections;
    co_await say(*v.control, "421 too many connections\r\n");
    co_return;
  }
  proto::control_decoder lines(65536);
  bool open = co_await say(*v.control, greeting);
  while (open) {
    std::string line;
    if (lines.next(line) == proto::line_reader::event::line) {
      heard.push_back(line);
      open = co_await obey(v, line);
      continue;
    }
    std::array<char, 4096> bytes;
    auto io = v.control->try_read(bytes);
    if (io.what == net::io_result::state::moved) {
      lines.push({bytes.data(), io.count});
    } else if (io.what == net::io_result::state::would_block) {
      co_await v.control->ready(io.wants, time_point::max());
    } else {
      open = false;
    }
  }
  --connections;
}

std::optional<std::string> fake_server::told_instead(const std::string& verb) {
  auto at = instead.find(verb);
  if (at == instead.end() || at->second.empty()) return std::nullopt;
  auto text = at->second.front();
  if (at->second.size() > 1) at->second.pop_front();
  if (text == "~") return std::nullopt;
  return text;
}

net::task<bool> fake_server::obey(visit& v, std::string line) {
  auto said = proto::parse_command(line);
  if (!said) co_return co_await say(*v.control, "500 what\r\n");
  for (auto left = said->verb == "ABOR" ? dawdling.count() : 0; left > 0; --left) {
    co_await on_.sleep(std::chrono::seconds(1));
    const bool went = co_await say(*v.control, "150 soon\r\n");
    if (!went) co_return false;
  }
  if (auto text = told_instead(said->verb)) {
    if (*text == "!") co_return false;
    co_return co_await say(*v.control, *text);
  }
  static constexpr std::array moving =
      std::to_array<std::string_view>({"RETR", "STOR", "APPE", "LIST", "MLSD", "NLST"});
  if (std::ranges::find(moving, said->verb) != moving.end()) co_return co_await transfer(v, said->verb, said->argument);
  const bool went = co_await say(*v.control, honest(v, said->verb, said->argument));
  co_return went && said->verb != "QUIT";
}

std::string fake_server::honest(visit& v, const std::string& verb, const std::string& argument) {
  auto here = v.control->local().address();
  auto listen = [&] {
    v.active.reset();
    auto port = through_.listen({here, 0}, {});
    v.port = port ? std::move(*port) : nullptr;
    return v.port != nullptr;
  };
  auto file = files.find(argument);
  if (verb == "USER") return "331 password?\r\n";
  if (verb == "PASS") return "230 in\r\n";
  if (verb == "QUIT") return "221 bye\r\n";
  if (verb == "TYPE" || verb == "NOOP" || verb == "OPTS" || verb == "MFMT") return "200 ok\r\n";
  if (verb == "PWD") return "257 \"/\"\r\n";
  if (verb == "CWD" || verb == "DELE" || verb == "RMD" || verb == "RNTO") return "250 ok\r\n";
  if (verb == "MKD") return "257 \"x\"\r\n";
  if (verb == "RNFR") return "350 to?\r\n";
  if (verb == "ABOR") return "226 nothing to stop\r\n";
  if (verb == "MODE") {
    v.kept.reset();
    v.ahead.clear();
    v.block = argument == "B" && mode_b != blocks::none;
    return argument == "S" || v.block ? "200 ok\r\n" : "504 not that\r\n";
  }
  if (verb == "EPSV" || verb == "PASV") {
    v.kept.reset();
    v.ahead.clear();
    if (!listen()) return "425 no port\r\n";
    const auto port = v.port->local().port();
    if (verb == "EPSV") return fmt::format("229 {}\r\n", proto::format_229(port));
    return fmt::format("227 {}\r\n", proto::format_227({.address = here.to_v4().to_bytes(), .port = port}));
  }
  if (verb == "PORT" || verb == "EPRT") {
    v.active.reset();
    if (auto at = proto::parse_port_argument(argument); at && verb == "PORT") {
      v.active = net::endpoint(net::asio::ip::make_address_v4(at->address), at->port);
    }
    if (auto at = proto::parse_eprt(argument); at && verb == "EPRT") {
      v.active = net::endpoint(v.control->peer().address(), at->port);
    }
    return v.active ? "200 ok\r\n" : "501 no port\r\n";
  }
  if (verb == "REST") {
    v.restart = proto::parse_offset(argument).value_or(0);
    return "350 go on\r\n";
  }
  if (verb == "FEAT") {
    std::string out = "211-Features:\r\n";
    for (const auto& one : features) out += " " + one + "\r\n";
    return out + "211 End\r\n";
  }
  if (verb == "SIZE")
    return file == files.end() ? "550 no such file\r\n" : fmt::format("213 {}\r\n", file->second.size());
  if (verb == "MDTM")
    return file == files.end() ? "550 no such file\r\n" : fmt::format("213 {}\r\n", modified(argument));
  if (verb == "HASH") {
    if (file == files.end()) return "550 no such file\r\n";
    auto how = transfer::make_digester("SHA-256");
    how->add(file->second);
    return fmt::format("213 SHA-256 0-{} {} {}\r\n", file->second.size(), how->finish().value, argument);
  }
  if (verb == "MLST") {
    if (file == files.end()) return "550 no such file\r\n";
    return fmt::format("250-Facts\r\n type=file;size={};modify={}; {}\r\n250 End\r\n", file->second.size(),
                       modified(argument), argument);
  }
  return "502 not here\r\n";
}

std::string fake_server::listing_of(const std::string& folder) const {
  if (auto told = listings.find(folder); told != listings.end()) return told->second;
  std::string out;
  for (const auto& [path, content] : files) {
    out += fmt::format("type=file;size={};modify={}; {}\r\n", content.size(), modified(path), path);
  }
  return out;
}

std::string fake_server::modified(const std::string& name) const {
  constexpr auto began = std::chrono::sys_days(std::chrono::year(2024) / 2 / 29) + std::chrono::hours(12);
  const auto stored = stored_.find(name);
  const auto after = stored == stored_.end() ? duration{} : stored->second - began_;
  return proto::format_timestamp(file_time(began.time_since_epoch() + std::chrono::floor<std::chrono::seconds>(after)));
}

net::task<std::unique_ptr<net::stream>> fake_server::data(visit& v) {
  if (v.active) {
    const net::dial_options options{.deadline = on_.now() + reaching};
    auto made = co_await through_.dial(*v.active, options);
    if (made) co_return std::move(*made);
    co_return nullptr;
  }
  for (int tries = 0; v.port && tries < 8; ++tries) {
    if (auto next = v.port->try_accept(); next && *next) co_return std::move(*next);
    co_await v.port->ready(on_.now() + std::chrono::seconds(5));
  }
  co_return nullptr;
}

net::task<std::optional<std::string>> fake_server::read_blocks(visit& v, net::stream& from) {
  proto::block_decoder blocks;
  std::string out;
  for (std::span<const char> in = v.ahead;;) {
    const auto piece = blocks.next(in);
    if (piece.what == proto::mode_piece::kind::data) out += piece.bytes;
    if (piece.what == proto::mode_piece::kind::end_of_file) {
      v.ahead = std::string(in.begin(), in.end());
      co_return out;
    }
    if (piece.what != proto::mode_piece::kind::none) continue;
    v.ahead.resize(4096);
    auto io = from.try_read(v.ahead);
    in = std::span(v.ahead).first(io.count);
    if (io.what == net::io_result::state::would_block) {
      co_await from.ready(io.wants, time_point::max());
    } else if (io.what != net::io_result::state::moved) {
      co_return std::nullopt;
    }
  }
}

void fake_server::keep(const std::string& name, std::string content) {
  if (given_up > 0) {
    --given_up;
    return;
  }
  files[name] = std::move(content);
  stored_[name] = on_.now();
}

net::task<bool> fake_server::transfer(visit& v, std::string verb, std::string name) {
  const bool up = verb == "STOR" || verb == "APPE";
  const bool lists = verb == "LIST" || verb == "MLSD" || verb == "NLST";
  if (verb == "RETR" && !files.contains(name)) co_return co_await say(*v.control, "550 no such file\r\n");
  auto channel = std::move(v.kept);
  if (!channel) channel = co_await data(v);
  v.port.reset();
  if (!channel) co_return co_await say(*v.control, "425 no data connection\r\n");
  const auto restart = std::exchange(v.restart, 0);
  std::string begin = "150 here it comes\r\n", end = ending;
  if (finish == finish::before_data) begin += end;
  if (finish != finish::with_first) {
    const bool went = co_await say(*v.control, begin);
    if (!went) co_return false;
  }
  if (up && v.block) {
    auto came = co_await read_blocks(v, *channel);
    if (!came) co_return co_await say(*v.control, "426 cut\r\n");
    keep(name, std::move(*came));
  } else if (up) {
    std::string came;
    for (std::array<char, 4096> bytes;;) {
      auto io = channel->try_read(bytes);
      if (io.what == net::io_result::state::moved) {
        came.append(bytes.data(), io.count);
        if (broken && came.size() > *broken) break;
      } else if (io.what == net::io_result::state::would_block) {
        co_await channel->ready(io.wants, time_point::max());
      } else {
        break;
      }
    }
    std::string file = files.contains(name) ? files[name] : "";
    file.resize(verb == "APPE" ? file.size() : std::min<std::size_t>(file.size(), restart));
    keep(name, file + came);
  } else {
    std::string content =
        lists ? listing_of(name) : files[name].substr(std::min<std::size_t>(restart, files[name].size()));
    if (cut) content.resize(std::min(*cut, content.size()));
    if (broken) content.resize(std::min(*broken, content.size()));
    if (v.block) {
      std::string framed;
      proto::block_encoder().end_of_file(content, framed);
      content = std::move(framed);
    }
    co_await say(*channel, content);
  }
  if (finish == finish::closes) co_return false;
  if (v.block && mode_b == blocks::kept && !broken) {
    v.kept = std::move(channel);
    co_return co_await say(*v.control, "250 done\r\n");
  }
  if (broken) {
    broken.reset();
    channel->reset();
    if (dies_in_data) v.control->reset();
    co_return co_await say(*v.control, "426 broken\r\n");
  }
  channel->close_write();
  channel.reset();
  switch (finish) {
    case finish::before_data:
    case finish::never: co_return true;
    case finish::closes: co_return false;
    case finish::with_first: co_return co_await say(*v.control, begin + end);
    case finish::late: co_await on_.sleep(late); break;
    case finish::after_data: break;
  }
  co_return co_await say(*v.control, end);
}

}  // namespace ferry::client::test_support
