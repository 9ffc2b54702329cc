// Names for URLs, kept in bookmarks.toml in the user's config folder. A password is never kept.
#pragma once

#include <map>
#include <string>

#include "base/result.hpp"

namespace ferry::cli {

using bookmarks = std::map<std::string, std::string>;  // name -> URL

std::string bookmark_file();

// A file that is not there holds none. Errors: usage.bookmarks (it is not TOML of this form)
result<bookmarks> load_bookmarks();
// Errors: local.bookmarks
result<void> save_bookmarks(const bookmarks& all);

// "@NAME/PATH": the URL of the bookmark and the path below it; anything else is given back. A URL may lack "ftp://".
// Errors: usage.bookmark
result<std::string> full_url(std::string given);

}  // namespace ferry::cli
