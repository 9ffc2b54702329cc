#include "client/get.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ferry/commands.hpp"
#include "ferry/explanation.hpp"
#include "ferry/local_folder.hpp"
#include "ferry/standard_streams.hpp"
#include "ferry/transfers.hpp"

namespace ferry::cli {

namespace {

net::task<> say_outcome(context& c, remote at, result<client::file_facts> done) {
  if (done) {
    c.out.succeeded();
    co_return;
  }
  auto why = co_await explained(*at.on, at.path, meant_as::file, done.error());
  c.out.complain(at.path, why);
}

client::get_options options_for(const context& c, const remote& at) { return {at.known, c.given.resume}; }

// One file, alone: it may come in segments, be continued, or go to standard output.
net::task<> get_one(context& c, remote at, std::string to) {
  c.moved.expect(1, 0);
  if (to == "-") {
    standard_output into(c.loop());
    auto done = co_await client::get(*at.on, at.path, into);
    co_return co_await say_outcome(c, at, std::move(done));
  }
  auto place = future_file(c.loop(), to);
  if (!place) {
    c.out.complain(to, place.error());
    co_return;
  }
  auto how = options_for(c, at);
  result<client::file_facts> done;
  if (c.given.jobs > 1) {
    done = co_await client::get_in_segments(*at.crew, at.path, *place->in, place->at, how);
  } else {
    done = co_await client::get(*at.on, at.path, *place->in, place->at, how);
  }
  co_await say_outcome(c, at, std::move(done));
}

std::string inside(const std::string& folder, std::string_view name) {
  return folder.empty() || folder == "." ? std::string(name) : folder + '/' + std::string(name);
}

}  // namespace

net::task<> get_files(context& c, std::vector<remote> files, std::string folder) {
  if (!c.given.output.empty() && files.size() > 1) {
    c.out.complain(c.given.output, {"usage.output", "several files do not fit into one", "-O DIR takes them all"});
    co_return;
  }
  if (files.size() == 1) {
    if (!folder.empty() && c.given.output.empty()) {
      if (auto made = open_or_make_folder(c.loop(), folder); !made) {
        c.out.complain("", made.error());
        co_return;
      }
    }
    auto name = std::string(client::last_part(files[0].path));
    auto to = c.given.output.empty() ? inside(folder, name) : c.given.output;
    co_return co_await get_one(c, std::move(files[0]), std::move(to));
  }
  auto into = open_or_make_folder(c.loop(), folder.empty() ? "." : folder);
  if (!into) {
    c.out.complain("", into.error());
    co_return;
  }
  std::vector<client::download> work;
  for (const auto& each : files) {
    work.push_back({each.path, storage::path{}.child(client::last_part(each.path)), options_for(c, each)});
  }
  c.moved.expect(work.size(), 0);
  auto done = co_await client::get_many(*files[0].crew, **into, std::move(work));
  for (std::size_t i = 0; i < done.size(); ++i) {
    if (done[i].failed) {
      c.out.complain(files[i].path, *done[i].failed);
    } else {
      c.out.succeeded();
    }
  }
}

namespace {

net::task<bool> is_folder(remote at) {
  if (at.where.folder()) co_return true;
  auto about = co_await client::stat(*at.on, at.path);
  co_return about && about->kind == proto::entry_kind::directory;
}

net::task<> get(context& c) {
  if (auto apart = c.keep_passwords_apart(c.given.operands); !apart) {
    c.out.complain("", apart.error());
    co_return;
  }
  std::map<client::crew*, std::vector<remote>> files;  // by server
  for (const auto& operand : c.given.operands) {
    if (c.out.stopped()) co_return;
    auto at = co_await c.reach(operand);
    bool folder = false;
    if (at && c.given.recursive) folder = co_await is_folder(*at);
    if (!at) {
      c.out.complain(operand, at.error());
    } else if (folder && !c.given.output.empty()) {
      c.out.complain(c.given.output, {"usage.output", "a folder does not fit into a file", "-O DIR takes it"});
    } else if (folder) {
      auto name = at->path.empty() ? at->where.host : std::string(client::last_part(at->path));
      auto done = co_await mirror_down(c, *at, inside(c.given.output_folder, name), tree_options());
      if (!done) c.out.complain(operand, done.error());
    } else if (at->where.folder()) {
      c.out.complain(operand, {"usage.folder", "this is a folder", "add -r to get all that is in it"});
    } else if (auto found = co_await c.matches(*at); !found) {
      c.out.complain(operand, found.error());
    } else {
      std::ranges::move(*found, std::back_inserter(files[at->crew]));
    }
  }
  for (auto& [crew, each] : files) {
    if (!c.out.stopped()) co_await get_files(c, std::move(each), c.given.output_folder);
  }
}

void run(context& c) {
  c.run([&] { return get(c); });
}

constexpr example examples[] = {
    {"ferry get ftp://ftp.example.org/pub/disk.iso", "into this folder"},
    {"ferry get -o new.iso ftp://ftp.example.org/pub/disk.iso", "under another name; - is standard output"},
    {"ferry get -O iso 'ftp://ftp.example.org/pub/*.iso'", "all that fit, into the folder iso"},
    {"ferry get -j 4 ftp://ftp.example.org/pub/disk.iso", "one file over four connections"},
    {"ferry get -r ftp://ftp.example.org/pub/", "a whole folder"},
};
constexpr option_row rows[] = {
    {"-o,--output", "FILE", "write to FILE; - is standard output", &options::output},
    {"-O,--output-dir", "DIR", "put the files into DIR, which is made if it is missing", &options::output_folder},
    {"-c,--continue", "", "the file that is here already is the beginning of it", flag{&options::resume}},
    {"-j,--jobs", "N", "N connections: for N files at a time, or N segments of one", number{&options::jobs, 1, 64}},
    {"-r,--recursive", "", "folders too, with all below them", flag{&options::recursive}},
    {"-a,--ascii", "", "as text: the server's line ends become this machine's", flag{&options::text}},
};

}  // namespace

constinit const command_row get_command{
    "get",
    "URL...",
    1,
    any_number,
    "Get files from a server",
    "A file takes its name when all of it has come and its size, and its digest where the server computes one, are "
    "right. Interrupted, the same command goes on where it stopped, if the file on the server is still the same.\n"
    "The last part of a URL may be a pattern: * ? [a-z].",
    examples,
    rows,
    run};

}  // namespace ferry::cli
