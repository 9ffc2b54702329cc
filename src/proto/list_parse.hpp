// LIST replies -> entries, in the forms servers of all systems write them (RFC 959 §4.1.3 fixes none).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace ferry::proto {

enum class entry_kind { file, directory, link, other };  // other: devices, pipes, sockets, unknown types
enum class time_precision { day, minute, second };

// What a line tells. Empty: the line does not say.
struct list_entry {
  std::string name;  // never empty; as the server wrote it, so not to be trusted as a path
  entry_kind kind = entry_kind::file;
  std::optional<std::uint64_t> size;  // exact bytes; not set where the server counts blocks, tracks or lines
  std::optional<file_time> modified;  // the server's own local time, read as UTC, but for MLSD and EPLF which are UTC
  time_precision precision = time_precision::second;
  std::string target;  // of a link
  std::optional<std::uint32_t> mode;
  std::string owner;
  std::string group;

  friend bool operator==(const list_entry&, const list_entry&) = default;
};

enum class list_form { unknown, mlsd, eplf, unix, netware, dos, as400, vms, mvs, mvs_members };

// Takes a listing line by line, and asks the form that fitted before first. The entries "." and "..", blank lines,
// headers and totals give nothing.
class list_parser {
 public:
  // `now` dates lines that have no year. Memory: one name at most.
  explicit list_parser(file_time now) : now_(now) {}

  std::optional<list_entry> line(std::string_view text);

  list_form form() const { return form_; }
  std::size_t unparsed() const { return unparsed_; }  // lines no form explains

 private:
  std::optional<list_entry> parse(list_form form, std::string_view text);
  std::optional<list_entry> vms(std::string_view text);
  bool header(std::string_view text);

  file_time now_;
  list_form form_ = list_form::unknown;
  std::size_t unparsed_ = 0;
  std::string vms_name_;  // a name too long for its columns: the rest comes on the next line
};

}  // namespace ferry::proto
