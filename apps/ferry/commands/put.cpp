#include "client/put.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "client/verbs.hpp"
#include "ferry/commands.hpp"
#include "ferry/explanation.hpp"
#include "ferry/local_folder.hpp"
#include "ferry/standard_streams.hpp"
#include "ferry/transfers.hpp"

namespace ferry::cli {
namespace {

client::put_options options_for(const context& c) { return {c.given.resume, c.given.append}; }

net::task<> say_outcome(context& c, std::string file, remote to, std::optional<error> failed) {
  if (!failed) {
    c.out.succeeded();
    co_return;
  }
  const bool there = failed->id.starts_with("remote.");
  auto why = co_await explained(*to.on, to.path, meant_as::new_file, std::move(*failed));
  c.out.complain(there ? to.path : file, why);
}

std::optional<error> failure_of(const result<client::file_facts>& done) {
  return done ? std::nullopt : std::optional(done.error());
}

net::task<> put_one(context& c, std::string file, remote to) {
  c.moved.expect(1, 0);
  if (file == "-") {
    standard_input from(c.loop());
    auto done = co_await client::put(*to.on, from, to.path, options_for(c));
    co_await say_outcome(c, file, to, failure_of(done));
    co_return;
  }
  auto from = existing_file(c.loop(), file);
  if (!from) {
    c.out.complain("", from.error());
    co_return;
  }
  auto done = co_await client::put(*to.on, *from->in, from->at, to.path, options_for(c));
  co_await say_outcome(c, file, to, failure_of(done));
}

}  // namespace

net::task<> put_files(context& c, std::vector<std::string> files, remote to) {
  bool folder = to.where.folder();
  if (!folder && files.size() > 1) {
    c.out.complain(c.given.operands.back(), {"usage.folder", "several files need a folder", "end the URL with a /"});
    co_return;
  }
  if (folder && std::ranges::find(files, "-") != files.end()) {
    c.out.complain(c.given.operands.back(),
                   {"usage.folder", "what comes from standard input has no name", "end the URL with that of a file"});
    co_return;
  }
  auto target = [&](const std::string& file) {
    return folder ? client::join(to.path, client::last_part(file)) : to.path;
  };
  if (files.size() == 1) {
    to.path = target(files[0]);
    co_return co_await put_one(c, files[0], std::move(to));
  }
  // Files of many folders: all of them lie below the root.
  auto all = open_folder(c.loop(), "/");
  if (!all) {
    c.out.complain("", all.error());
    co_return;
  }
  std::vector<client::upload> work;
  std::vector<std::string> names;
  for (const auto& file : files) {
    auto real = real_path(file);
    auto at = real ? storage::path{}.resolve(*real) : std::nullopt;
    if (!real || !at) {
      c.out.complain("", real ? error{"local.file", file + ": not a possible path"} : real.error());
      continue;
    }
    work.push_back({*at, target(file), options_for(c)});
    names.push_back(file);
  }
  c.moved.expect(work.size(), 0);
  auto done = co_await client::put_many(*to.crew, **all, std::move(work));
  bool asked = false;
  for (std::size_t i = 0; i < done.size(); ++i) {
    auto at = to;
    at.path = target(names[i]);
    // What the server means it is asked once.
    if (done[i].failed && std::exchange(asked, true)) {
      c.out.complain(done[i].failed->id.starts_with("remote.") ? at.path : names[i], *done[i].failed);
    } else {
      co_await say_outcome(c, names[i], std::move(at), std::move(done[i].failed));
    }
  }
}

namespace {

net::task<> put(context& c) {
  auto files = c.given.operands;
  auto url = files.back();
  files.pop_back();
  auto to = co_await c.reach(url);
  if (!to) {
    c.out.complain(url, to.error());
    co_return;
  }
  if (c.given.parents) {
    auto folder = to->where.folder() ? to->path : std::string(client::parent_of(to->path));
    result<void> made;
    if (!folder.empty()) made = co_await client::make_directories(*to->on, folder);
    if (!made) {
      c.out.complain(folder, made.error());
      co_return;
    }
  }
  co_await put_files(c, std::move(files), *to);
}

void run(context& c) {
  c.run([&] { return put(c); });
}

constexpr example examples[] = {
    {"ferry put report.pdf ftp://alice@example.org/inbox/", "into a folder, which ends with /"},
    {"ferry put report.pdf ftp://alice@example.org/inbox/new.pdf", "under another name"},
    {"ferry put -j 4 *.jpg ftp://alice@example.org/photos/", "four at a time"},
    {"tar cz src | ferry put - ftp://alice@example.org/src.tgz", "from standard input"},
};
constexpr option_row rows[] = {
    {"-c,--continue", "", "what the server has under the name is the beginning of the file", flag{&options::resume}},
    {"-j,--jobs", "N", "N files at a time", number{&options::jobs, 1, 64}},
    {"-p,--parents", "", "make the folders that are missing", flag{&options::parents}},
    {"--append", "", "put the bytes behind what is there", flag{&options::append}},
    {"-a,--ascii", "", "as text: this machine's line ends become the server's", flag{&options::text}},
};

}  // namespace

constinit const command_row put_command{
    "put",
    "FILE... URL",
    2,
    any_number,
    "Put files on a server",
    "URL names the file; when it ends with /, the folder. ferry mirror puts whole folders.\n"
    "When the connection is lost, ferry goes on where the server says it stopped. The command given again sends the "
    "file "
    "anew, or with -c behind what the server has kept.",
    examples,
    rows,
    run};

}  // namespace ferry::cli
