// A transformer between storage and the data connection (RFC 959 §3: type, structure, mode). Pure: it carries what it
// must across chunks, does no I/O, and cannot fail.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "proto/ascii.hpp"

namespace ferry::transfer {

class stage {
 public:
  virtual ~stage() = default;
  virtual void transform(std::span<const char> in, std::string& out) = 0;  // appends to `out`
  virtual void finish(std::string& /*out*/) {}                             // the end of the file: appends what is held
};

using stages = std::vector<std::unique_ptr<stage>>;  // in the order that bytes pass them

// TYPE A, towards the wire. `after_cr`: the byte before the first was a CR (a restart within a line's end).
class ascii_out : public stage {
 public:
  explicit ascii_out(bool after_cr = false) : encoder_(after_cr) {}
  void transform(std::span<const char> in, std::string& out) override { encoder_.transform(in, out); }

 private:
  proto::ascii_encoder encoder_;
};

// TYPE A, from the wire.
class ascii_in : public stage {
 public:
  void transform(std::span<const char> in, std::string& out) override { decoder_.transform(in, out); }
  void finish(std::string& out) override { decoder_.finish(out); }

 private:
  proto::ascii_decoder decoder_;
};

// Runs `chunk` through all of them, in place; `last` finishes each behind it.
void run(const stages& through, std::string& chunk, bool last);

}  // namespace ferry::transfer
