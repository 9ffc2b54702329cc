// What ferry doctor found, as tables, and as one HTML page with the dialogues drawn.
#pragma once

#include <string>
#include <vector>

#include "client/diagnosis.hpp"
#include "ferry/recorder.hpp"

namespace ferry::cli {

// "vsftpd, 220 ..." and what else the control connections tell, a fact a line.
std::vector<std::string> server_lines(const client::examination& found, std::string_view software);

// A row a way, a column for each family and protection; the first row is the head.
std::vector<std::vector<std::string>> way_table(const client::examination& found);

// Round trip, throughput, clock, a line each; none of what was not asked for.
std::vector<std::string> measured_lines(const client::examination& found);

// Errors: local.trace
result<void> write_examination(const std::string& file, const recorder& dialogues,
                               const std::vector<std::string>& titles, const client::examination& found,
                               const client::diagnosis& means, std::string_view software, std::string_view address);

}  // namespace ferry::cli
