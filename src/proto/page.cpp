#include "proto/page.hpp"

#include <algorithm>

namespace ferry::proto {
namespace {

constexpr unsigned char shortest_header = 4;
constexpr std::size_t pages = 256;

enum field { header_length, page_index, data_length, type };

void put_header(unsigned index, std::size_t length, page_type of, std::string& out) {
  out +=
      {static_cast<char>(shortest_header), static_cast<char>(index), static_cast<char>(length), static_cast<char>(of)};
}

}  // namespace

bool page_encoder::transform(std::span<const char> in, std::string& out) {
  while (!in.empty()) {
    const auto part = in.first(std::min(in.size(), page_size - page_.size()));
    page_.append(part.begin(), part.end());
    in = in.subspan(part.size());
    if (page_.size() == page_size && !put(out)) return false;
  }
  return true;
}

bool page_encoder::finish(std::string& out) {
  if (!page_.empty() && !put(out)) return false;
  put_header(0, 0, page_type::last, out);
  index_ = 0;
  return true;
}

bool page_encoder::put(std::string& out) {
  if (index_ == pages) return false;
  put_header(index_++, page_.size(), page_type::simple, out);
  out += page_;
  page_.clear();
  return true;
}

page_decoder::state page_decoder::transform(std::span<const char> in) {
  while (!in.empty() && (state_ == state::more || state_ == state::whole)) {
    if (state_ == state::whole) return state_ = state::malformed;  // behind the last page
    if (header_size_ < shortest_header || header_size_ < header_[header_length]) {
      header_[header_size_++] = static_cast<unsigned char>(in.front());
      in = in.subspan(1);
      if (header_[header_length] < shortest_header) return state_ = state::malformed;
      if (header_size_ == shortest_header) state_ = judge_header();
    } else {
      const auto part = in.first(std::min<std::size_t>(in.size(), header_[data_length] - filled_));
      if (page_type(header_[type]) != page_type::descriptor) {
        if (pages_.empty()) pages_.resize(pages * page_size);
        std::ranges::copy(part,
                          pages_.begin() + static_cast<std::ptrdiff_t>(header_[page_index] * page_size + filled_));
      }
      filled_ += part.size();
      in = in.subspan(part.size());
    }
    if (header_size_ >= shortest_header && header_size_ == header_[header_length] && filled_ == header_[data_length]) {
      page_came();
    }
  }
  return state_;
}

page_decoder::state page_decoder::judge_header() const {
  const auto length = header_[header_length];
  switch (page_type(header_[type])) {
    case page_type::last:
      return length == shortest_header && header_[data_length] == 0 ? state::whole : state::malformed;
    case page_type::simple: return length == shortest_header ? state::more : state::malformed;
    case page_type::descriptor: return state::more;
    case page_type::access_controlled: return length == shortest_header + 1 ? state::more : state::malformed;
  }
  return state::unknown_type;
}

void page_decoder::page_came() {
  const auto of = page_type(header_[type]);
  if (of == page_type::simple || of == page_type::access_controlled) {
    sizes_[header_[page_index]] = header_[data_length];
    count_ = std::max<std::size_t>(count_, header_[page_index] + 1u);
  }
  header_size_ = filled_ = 0;
}

std::string page_decoder::content() const {
  const std::size_t size = *std::ranges::max_element(sizes_);
  if (size == 0) return {};
  std::string out(size * (count_ - 1) + sizes_[count_ - 1], '\0');
  for (std::size_t i = 0; i < count_; ++i) out.replace(i * size, sizes_[i], pages_, i * page_size, sizes_[i]);
  return out;
}

}  // namespace ferry::proto
