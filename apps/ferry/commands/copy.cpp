#include <fmt/format.h>

#include <set>

#include "client/verbs.hpp"
#include "ferry/commands.hpp"
#include "ferry/explanation.hpp"
#include "ferry/remote_paths.hpp"
#include "ferry/transfers.hpp"

namespace ferry::cli {
namespace {

std::string target_of(const std::string& path, const remote& to) {
  return to.where.folder() ? client::join(to.path, client::last_part(path)) : to.path;
}

net::task<> copy_files(context& c, std::vector<remote> files, remote to) {
  std::vector<client::copying> work;
  for (const auto& each : files) {
    client::copy_options how{.fallback = c.given.fallback, .continue_target = c.given.resume};
    work.push_back({each.path, target_of(each.path, to), std::move(how)});
  }
  c.moved.expect(work.size(), 0);
  auto done = co_await client::copy_many(*files[0].crew, *to.crew, std::move(work));
  for (std::size_t i = 0; i < done.size(); ++i) {
    if (done[i].failed) {
      const auto target = target_of(files[i].path, to);
      auto why = std::move(*done[i].failed);
      // Either server may be meant.
      const auto there = co_await client::stat(*files[i].on, files[i].path);
      if (there) why = co_await explained(*to.on, target, meant_as::new_file, std::move(why));
      c.out.complain(files[i].path, why);
    } else {
      c.out.succeeded();
    }
  }
}

// A folder with all below it. What the target has already, the same in size and not older, is left alone.
net::task<> copy_folder(context& c, remote from, remote to) {
  auto target = to;
  target.path = target_of(from.path, to);
  const auto subject = from.path;
  auto done = co_await mirror_across(c, std::move(from), std::move(target), tree_options_of(c.given));
  if (!done) c.out.complain(subject, done.error());
}

net::task<bool> is_folder(remote at) {
  if (at.where.folder()) co_return true;
  auto about = co_await client::stat(*at.on, at.path);
  co_return about && about->kind == proto::entry_kind::directory;
}

// Where nothing is copied onto itself, nor onto what another was copied to.
net::task<result<void>> claim(remote from, remote to, std::set<std::string>& taken) {
  to.path = target_of(from.path, to);
  auto apart = co_await differ(from, to);
  if (!apart) co_return apart;
  if (taken.insert(resolved("", to.path)).second) co_return result<void>{};
  co_return fail("usage.same", fmt::format("another was copied to {} already", to.path), "give it a folder of its own");
}

net::task<> copy(context& c) {
  if (auto apart = c.keep_passwords_apart(c.given.operands); !apart) {
    c.out.complain("", apart.error());
    co_return;
  }
  auto sources = c.given.operands;
  const auto target = sources.back();
  sources.pop_back();
  auto to = co_await c.reach(target, context::role::target);
  if (!to) {
    c.out.complain(target, to.error());
    co_return;
  }
  std::map<client::crew*, std::vector<remote>> files;  // by server
  std::set<std::string> taken;
  std::size_t count = 0;
  for (const auto& operand : sources) {
    if (c.out.stopped()) co_return;
    auto at = co_await c.reach(operand);
    bool folder = false;
    if (at && c.given.recursive) folder = co_await is_folder(*at);
    if (!at) {
      c.out.complain(operand, at.error());
    } else if (folder) {
      if (auto free = co_await claim(*at, *to, taken); !free) {
        c.out.complain(operand, free.error());
      } else {
        co_await copy_folder(c, std::move(*at), *to);
      }
    } else if (at->where.folder()) {
      c.out.complain(operand, {"usage.folder", "this is a folder", "add -r to copy all that is in it"});
    } else if (auto found = co_await c.matches(*at); !found) {
      c.out.complain(operand, found.error());
    } else {
      count += found->size();
      if (count > 1 && !to->where.folder()) break;
      for (auto& each : *found) {
        if (auto free = co_await claim(each, *to, taken); !free) {
          c.out.complain(each.path, free.error());
        } else {
          files[at->crew].push_back(std::move(each));
        }
      }
    }
  }
  if (count > 1 && !to->where.folder()) {
    c.out.complain(target, {"usage.folder", "several files need a folder", "end the URL with a /"});
    co_return;
  }
  for (auto& [crew, each] : files) {
    if (!c.out.stopped()) co_await copy_files(c, std::move(each), *to);
  }
}

void run(context& c) {
  c.run([&] { return copy(c); });
}

constexpr example examples[] = {
    {"ferry copy ftp://a.example.org/disk.iso ftp://alice@b.example.org/iso/", "into a folder, which ends with /"},
    {"ferry copy -r ftp://a.example.org/pub/ ftp://alice@b.example.org/pub", "a whole folder, under that name"},
    {"ferry copy --fallback ftp://a.example.org/x ftp://alice@b.example.org/", "through here, if it must be"},
};
constexpr option_row rows[] = {
    {"--fallback", "", "through this machine where the two servers do not reach each other", flag{&options::fallback}},
    {"-r,--recursive", "", "folders too, with all below them", flag{&options::recursive}},
    {"-c,--continue", "", "what the target has under the name is the beginning of the file", flag{&options::resume}},
    {"-j,--jobs", "N", "N files at a time; 4 when not given", number{&options::jobs, 1, 64}},
    {"-a,--ascii", "", "as text: the line ends of one server become those of the other", flag{&options::text}},
};

}  // namespace

constinit const command_row copy_command{
    "copy",
    "URL... URL",
    2,
    any_number,
    "Copy files from a server to another",
    "The servers make the data connection between themselves, so that no byte of a file passes this machine: first "
    "with the one listening, then with the other. Both must be set up for it, and few are: the error says which of "
    "them refused and what its administrator has to allow; --fallback passes the data through this machine then.\n"
    "Under TLS one of the two must know CPSV or SSCN. Data is never sent in the clear because it does not.\n"
    "The last URL names the file; when it ends with /, the folder.\n"
    "--password-file and FERRY_PASSWORD serve one server: where both ask for a password, they are in ~/.netrc.",
    examples,
    rows,
    run};

}  // namespace ferry::cli
