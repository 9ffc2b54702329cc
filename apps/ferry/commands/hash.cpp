#include <fmt/format.h>

#include "client/digest.hpp"
#include "client/listing.hpp"
#include "ferry/commands.hpp"
#include "ferry/context.hpp"
#include "ferry/explanation.hpp"

namespace ferry::cli {
namespace {

net::task<result<void>> hash(context& c, remote at) {
  auto algorithm = c.given.algorithm;
  if (algorithm.empty()) {
    auto offered = client::digest_offered(*at.on);
    if (!offered) co_return fail("digest.unsupported", "this server computes no digests", "ferry cat URL | sha256sum");
    algorithm = *offered;
  }
  auto about = co_await client::stat(*at.on, at.path);
  auto size = about ? about->size.value_or(0) : 0;
  auto found = co_await client::digest_of(*at.on, at.path, algorithm, size);
  if (!found) {
    auto why = co_await explained(*at.on, at.path, meant_as::file, found.error());
    co_return std::unexpected(std::move(why));
  }
  if (c.out.json()) {
    c.out.event(json_line()
                    .add("event", "hash")
                    .path("path", at.path)
                    .add("algorithm", found->algorithm)
                    .add("value", found->value));
  } else {
    c.out.line(fmt::format("{}  {}", found->value, at.path));
    if (c.given.algorithm.empty() && c.out.errors_are_terminal()) c.out.say(found->algorithm, tone::dim);
  }
  co_return result<void>{};
}

void run(context& c) {
  c.on_operands([&](remote at) { return hash(c, std::move(at)); }, context::repeatable::yes,
                context::patterns::expanded);
}

constexpr example examples[] = {
    {"ferry hash ftp://ftp.example.org/pub/disk.iso", "the strongest digest the server has"},
    {"ferry hash --algorithm SHA-256 'ftp://example.org/pub/*.iso' > SHA256SUMS", "for sha256sum -c"},
};
constexpr option_row rows[] = {
    {"--algorithm", "SHA-512|SHA-256|SHA-1|MD5|CRC32", "this digest and no other", &options::algorithm},
};

}  // namespace

constinit const command_row hash_command{
    "hash",
    "URL...",
    1,
    any_number,
    "Let a server compute the digest of files",
    "Nothing is fetched: the server reads the file itself (HASH, XSHA256, XMD5...).",
    examples,
    rows,
    run};

}  // namespace ferry::cli
