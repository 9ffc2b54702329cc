// What tests of storage need: a folder, and operations that run to their end one after another.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "net/loop.hpp"
#include "storage/storage.hpp"

namespace ferry::storage {

class scratch_folder {
 public:
  explicit scratch_folder(const std::string& parent = std::filesystem::temp_directory_path())
      : path_(parent + "/ferry-storage-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) throw std::system_error(errno, std::generic_category(), path_);
  }
  ~scratch_folder() { std::filesystem::remove_all(path_); }
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class storage_runner {
 public:
  ~storage_runner() {
    drain();
    workers.join();
  }

  template <class T>
  T run(task<T> work) {
    std::optional<T> out;
    auto keep = [](task<T> from, std::optional<T>& into) -> task<> { into.emplace(co_await std::move(from)); };
    on.spawn(keep(std::move(work), out));
    drain();
    return std::move(*out);
  }

  // Leaves the rest of the work waiting.
  template <class F>
  void run_until(F done) {
    on.context().restart();
    while (!done()) on.context().run_one();
  }

  void drain() {
    on.context().restart();
    on.run();
  }

  net::asio::thread_pool workers{4};
  net::loop on{workers};
};

inline path at(std::string_view text) { return *path().resolve(text); }

template <class T>
std::string_view id_of(const result<T>& r) {
  return r ? "" : r.error().id;
}

}  // namespace ferry::storage
