// The stages of the types and of page structure (RFC 959 §3.1), as TYPE and STRU choose them.
#pragma once

#include "transfer/parameters.hpp"
#include "transfer/stage.hpp"

namespace ferry::transfer {

// Format controls T and C change nothing: a file keeps its effectors, or the characters in column 1 of its lines, as
// they came, so that it goes out as it came in (§3.1.1.5).
stages outward(const parameters& by, bool after_cr);
stages inward(const parameters& by);

// What ends a line of text on the wire as the stages above leave it: where records are, they end there.
char line_end(data_type of);

// The filler of compressed mode (§3.4.3).
char filler(data_type of);

}  // namespace ferry::transfer
