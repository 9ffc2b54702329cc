#include "client/test_support/client_runner.hpp"

namespace ferry::client::test_support {

void client_runner::write(const std::string& name, const std::string& content) {
  auto ok = run([](storage::storage& in, std::string as, std::string what) -> net::task<result<void>> {
    const storage::create_options plain;
    const storage::path top;
    auto file = co_await in.create(top.child(as), plain);
    if (!file) co_return std::unexpected(file.error());
    if (auto done = co_await (*file)->write(what); !done) co_return done;
    co_return co_await (*file)->commit();
  }(*disk, name, content));
  if (!ok) throw std::runtime_error(ok.error().cause);
}

std::optional<std::string> client_runner::read(const std::string& name) {
  return run([](storage::storage& in, std::string as) -> net::task<std::optional<std::string>> {
    const storage::path top;
    auto file = co_await in.open(top.child(as));
    if (!file) co_return std::nullopt;
    std::string out(static_cast<std::size_t>((*file)->about().size), '\0');
    std::size_t filled = 0;
    while (filled < out.size()) {
      auto count = co_await (*file)->read(filled, std::span(out).subspan(filled));
      if (!count || *count == 0) co_return std::nullopt;
      filled += *count;
    }
    co_return out;
  }(*disk, name));
}

std::vector<std::string> client_runner::names_here() {
  return run([](storage::storage& in) -> net::task<std::vector<std::string>> {
    std::vector<std::string> out;
    const storage::path top;
    auto all = co_await in.list(top);
    std::vector<storage::entry> batch;
    for (bool more = all.has_value(); more;) {
      auto next = co_await (*all)->next(batch);
      more = next.value_or(false);
      for (auto& one : batch) out.push_back(one.name);
    }
    co_return out;
  }(*disk));
}

}  // namespace ferry::client::test_support
