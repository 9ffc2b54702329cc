// A descriptor that is closed with its owner.
#pragma once

#include <unistd.h>

#include <utility>

namespace ferry {

class fd {
 public:
  fd() = default;
  explicit fd(int number) : number_(number) {}
  fd(fd&& from) noexcept : number_(std::exchange(from.number_, -1)) {}
  fd& operator=(fd&& from) noexcept {
    std::swap(number_, from.number_);
    return *this;
  }
  ~fd() {
    if (number_ >= 0) ::close(number_);
  }

  int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

}  // namespace ferry
