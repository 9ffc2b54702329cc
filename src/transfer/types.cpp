#include "transfer/types.hpp"

#include "proto/compressed_mode.hpp"
#include "proto/ebcdic.hpp"
#include "proto/page.hpp"

namespace ferry::transfer {
namespace {

class ebcdic_out : public stage {
 public:
  result<void> transform(std::span<const char> in, std::string& out) override {
    const auto before = out.size();
    out.append(in.begin(), in.end());
    proto::to_ebcdic(std::span(out).subspan(before));
    return {};
  }
};

class ebcdic_in : public stage {
 public:
  result<void> transform(std::span<const char> in, std::string& out) override {
    const auto before = out.size();
    out.append(in.begin(), in.end());
    proto::from_ebcdic(std::span(out).subspan(before));
    return {};
  }
};

std::unexpected<error> too_many_pages() {
  return fail("data.structure", "the file has more bytes than page structure can number", "use STRU F");
}

class pages_out : public stage {
 public:
  result<void> transform(std::span<const char> in, std::string& out) override {
    if (!encoder_.transform(in, out)) return too_many_pages();
    return {};
  }
  result<void> finish(std::string& out) override {
    if (!encoder_.finish(out)) return too_many_pages();
    return {};
  }
  bool holds() const override { return true; }  // a marker's position is counted in bytes, and pages are what is sent

 private:
  proto::page_encoder encoder_;
};

class pages_in : public stage {
 public:
  result<void> transform(std::span<const char> in, std::string&) override {
    state_ = decoder_.transform(in);
    switch (state_) {
      case came::malformed: return fail("data.malformed", "what came is no file in pages");
      case came::unknown_type: return fail("data.page_type", "a page came of a type that is not known");
      default: return {};
    }
  }
  result<void> finish(std::string& out) override {
    if (state_ != came::whole) return fail("data.truncated", "the last page did not come", "send the file again");
    out += decoder_.content();
    return {};
  }
  bool holds() const override { return true; }

 private:
  using came = proto::page_decoder::state;

  proto::page_decoder decoder_;
  came state_ = came::more;
};

}  // namespace

stages outward(const parameters& by, bool after_cr) {
  stages out;
  if (by.type == data_type::ebcdic) out.push_back(std::make_unique<ebcdic_out>());
  if (by.type == data_type::ascii && by.structure != data_structure::record) {
    out.push_back(std::make_unique<ascii_out>(after_cr));
  }
  if (by.structure == data_structure::page) out.push_back(std::make_unique<pages_out>());
  return out;
}

stages inward(const parameters& by) {
  stages out;
  if (by.structure == data_structure::page) out.push_back(std::make_unique<pages_in>());
  if (by.type == data_type::ascii && by.structure != data_structure::record) {
    out.push_back(std::make_unique<ascii_in>());
  }
  if (by.type == data_type::ebcdic) out.push_back(std::make_unique<ebcdic_in>());
  return out;
}

char line_end(data_type of) { return of == data_type::ebcdic ? proto::ebcdic_newline : '\n'; }

char filler(data_type of) {
  switch (of) {
    case data_type::ascii: return proto::ascii_filler;
    case data_type::ebcdic: return proto::ebcdic_filler;
    case data_type::image: break;
  }
  return proto::image_filler;
}

}  // namespace ferry::transfer
