// Standard input and output as the ends of a transfer.
#pragma once

#include "net/loop.hpp"
#include "storage/storage.hpp"
#include "transfer/pump.hpp"

namespace ferry::cli {

class standard_output : public storage::sink {
 public:
  explicit standard_output(net::loop& on) : on_(on) {}
  net::task<result<void>> write(std::span<const char> from) override;  // Errors: local.output
  net::task<result<void>> commit() override;

 private:
  net::loop& on_;
};

class standard_input : public transfer::producer {
 public:
  explicit standard_input(net::loop& on) : on_(on) {}
  net::task<result<bool>> next(std::string& chunk) override;  // Errors: local.input

 private:
  net::loop& on_;
};

}  // namespace ferry::cli
