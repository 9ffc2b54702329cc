// Facts that are read, written and read again settle: the second reading and all further ones agree.
#include "proto/facts.hpp"

#include <cstdlib>

using namespace ferry::proto;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  const std::string_view in(reinterpret_cast<const char*>(bytes), size);
  constexpr fact_set all = ~fact_set{0};
  const fact_set chosen = parse_opts_mlst(in, all);
  if (parse_opts_mlst(format_opts_mlst(chosen).substr(9 + (chosen != 0)), all) != chosen) std::abort();
  const auto first = parse_facts_line(in);
  if (!first) return 0;
  std::string line, again;
  append_facts_line(line, first->facts, all, first->name);
  if (line.find_first_of("\r\n") != line.npos) std::abort();
  const auto second = parse_facts_line(line);
  if (!second || second->name.size() != first->name.size() || second->facts.size != first->facts.size) std::abort();
  append_facts_line(again, second->facts, all, second->name);
  if (again != line) std::abort();
  return 0;
}
