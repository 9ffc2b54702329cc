// A transformer between storage and the data connection (RFC 959 §3.1: type, page structure). Pure: it carries what it
// must across chunks, and does no I/O.
//
// Errors: data.structure (the file does not fit into pages), data.malformed, data.truncated, data.page_type (what came
// is no file in pages).
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "proto/ascii.hpp"

namespace ferry::transfer {

class stage {
 public:
  virtual ~stage() = default;
  virtual result<void> transform(std::span<const char> in, std::string& out) = 0;  // appends to `out`
  virtual result<void> finish(std::string& /*out*/) { return {}; }  // the end of the file: appends what is held
  // Bytes came in that have not left: a restart here would lose them.
  virtual bool holds() const { return false; }
};

using stages = std::vector<std::unique_ptr<stage>>;  // in the order that bytes pass them

// TYPE A, towards the wire. `after_cr`: the byte before the first was a CR (a restart within a line's end).
class ascii_out : public stage {
 public:
  explicit ascii_out(bool after_cr = false) : encoder_(after_cr) {}
  result<void> transform(std::span<const char> in, std::string& out) override {
    encoder_.transform(in, out);
    return {};
  }

 private:
  proto::ascii_encoder encoder_;
};

// TYPE A, from the wire.
class ascii_in : public stage {
 public:
  result<void> transform(std::span<const char> in, std::string& out) override {
    decoder_.transform(in, out);
    return {};
  }
  result<void> finish(std::string& out) override {
    decoder_.finish(out);
    return {};
  }
  bool holds() const override { return decoder_.holds(); }

 private:
  proto::ascii_decoder decoder_;
};

// Runs `chunk` through all of them, in place; `last` finishes each behind it. After an error `chunk` holds what came
// before it.
result<void> run(const stages& through, std::string& chunk, bool last);

}  // namespace ferry::transfer
