#include "proto/list_parse.hpp"

#include <utility>

#include "proto/list_forms.hpp"
#include "proto/text.hpp"

namespace ferry::proto {
namespace {

// In this order, the most certain first. Members of MVS datasets fit almost anything: only their header brings them in.
constexpr list_form tried[] = {list_form::eplf, list_form::mlsd,  list_form::unix, list_form::netware,
                               list_form::dos,  list_form::as400, list_form::vms,  list_form::mvs};
constexpr std::size_t max_vms_name = 255;

bool starts(std::string_view text, std::string_view start) {
  return equal_ignoring_case(text.substr(0, start.size()), start);
}

}  // namespace

std::optional<list_entry> list_parser::line(std::string_view text) {
  while (text.ends_with('\r') || text.ends_with('\n')) text.remove_suffix(1);
  auto entry = parse(form_, text);
  for (std::size_t i = 0; !entry && i < std::size(tried); ++i) {
    if (tried[i] == form_) continue;
    entry = parse(tried[i], text);
    if (entry) form_ = tried[i];
  }
  if (!entry) {
    if (vms_name_ != text && !header(text)) ++unparsed_;
    return std::nullopt;
  }
  if (entry->name == "." || entry->name == "..") return std::nullopt;
  return entry;
}

std::optional<list_entry> list_parser::parse(list_form form, std::string_view text) {
  switch (form) {
    case list_form::unknown: return std::nullopt;
    case list_form::mlsd: return parse_mlsd_line(text);
    case list_form::eplf: return parse_eplf_line(text);
    case list_form::unix: return parse_unix_line(text, now_);
    case list_form::netware: return parse_netware_line(text, now_);
    case list_form::dos: return parse_dos_line(text);
    case list_form::as400: return parse_as400_line(text);
    case list_form::vms: return vms(text);
    case list_form::mvs: return parse_mvs_line(text);
    case list_form::mvs_members: return header(text) ? std::nullopt : parse_mvs_member_line(text);
  }
  return std::nullopt;
}

std::optional<list_entry> list_parser::vms(std::string_view text) {
  if (!vms_name_.empty() && (text.starts_with(' ') || text.starts_with('\t'))) {
    const auto joined = std::exchange(vms_name_, {}) + std::string(text);
    return parse_vms_line(joined);
  }
  vms_name_.clear();
  auto entry = parse_vms_line(text);
  const bool name_alone = text.size() <= max_vms_name && text.find(';') != text.npos && !text.contains(' ');
  if (!entry && name_alone) vms_name_ = text;
  return entry;
}

// Lines that belong to a listing and are no entries. Those of MVS say what follows.
bool list_parser::header(std::string_view text) {
  skip_spaces(text);
  if (starts(text, "Volume Unit ") || starts(text, "Volume Referred ")) {
    form_ = list_form::mvs;
    return true;
  }
  if (starts(text, "Name ") && (text.contains(" VV.MM ") || text.contains(" TTR "))) {
    form_ = list_form::mvs_members;
    return true;
  }
  return text.empty() || starts(text, "total ") || starts(text, "Directory ") || starts(text, "Grand total ");
}

}  // namespace ferry::proto
