#include "ferry/local_folder.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "storage/local/local_storage.hpp"

namespace ferry::cli {
namespace {

std::pair<std::string, std::string> split_name(const std::string& file) {
  auto slash = file.rfind('/');
  if (slash == file.npos) return {".", file};
  return {slash == 0 ? "/" : file.substr(0, slash), file.substr(slash + 1)};
}

result<local_file> within(net::loop& on, const std::string& folder, const std::string& name) {
  if (name.empty() || name == "." || name == "..")
    return fail("local.file", "\"" + name + "\" is not the name of a file");
  auto in = open_folder(on, folder);
  if (!in) return std::unexpected(in.error());
  return local_file{std::move(*in), storage::path{}.child(name)};
}

}  // namespace

result<std::string> real_path(const std::string& file) {
  std::unique_ptr<char, void (*)(void*)> real(::realpath(file.c_str(), nullptr), std::free);
  if (real) return std::string(real.get());
  auto why = fail_errno("local.file", errno);
  return fail("local.file", file + ": " + why.error().cause, "check the spelling");
}

result<std::unique_ptr<storage::storage>> open_folder(net::loop& on, const std::string& folder) {
  auto root = storage::open_root(folder);
  if (!root) {
    const auto& why = root.error();
    return fail(why.id, folder + ": " + why.cause, why.advice, why.code);
  }
  return storage::open_local(on, *root);
}

result<std::unique_ptr<storage::storage>> open_or_make_folder(net::loop& on, const std::string& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return fail("local.folder", folder + ": " + failed.message(), "name a folder that can be made");
  return open_folder(on, folder);
}

result<local_file> existing_file(net::loop& on, const std::string& file) {
  auto real = real_path(file);
  if (!real) return std::unexpected(real.error());
  auto [folder, name] = split_name(*real);
  return within(on, folder, name);
}

result<local_file> future_file(net::loop& on, const std::string& file) {
  auto [folder, name] = split_name(file);
  return within(on, folder, name);
}

}  // namespace ferry::cli
