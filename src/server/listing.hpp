// The bytes of LIST, NLST and MLSD, made as the data connection takes them: the first leave at once, and memory does
// not grow with the folder.
#pragma once

#include <string>
#include <vector>

#include "base/limits.hpp"
#include "net/loop.hpp"
#include "server/command_table.hpp"
#include "storage/storage.hpp"
#include "transfer/pump.hpp"

namespace ferry::server {

enum class listing_form : std::uint8_t {
  list,    // lines of `ls -l`
  names,   // one name a line, with the folder in front as the client gave it
  machine  // facts, RFC 3659 §7
};

// Of the options that clients send, in the manner of `ls`, these have an effect: R (folders below too), t and S (sort
// by time or size), r (the other way), d (the folder itself), and l (the long form, for NLST). Names that begin with
// a dot are always listed. A folder of more than limit::sorted_entries is given in the order of the disk.
class listing_producer : public transfer::producer {
 public:
  listing_producer(net::loop& on, storage::storage& files, const state& who, const argument& what, listing_form form,
                   const limits& bounds);

  net::task<result<void>> begin();  // an error where there is nothing to list; next() calls it otherwise
  net::task<result<bool>> next(std::string& chunk) override;
  bool cut() const { return cut_ || too_deep_; }  // a limit left something out

 private:
  struct folder {
    proto::tvfs_path where;
    std::string shown;  // before each name, for NLST; as the headline, for LIST -R
    unsigned depth = 0;

    std::size_t bytes() const { return where.text().size() + shown.size(); }
  };

  net::task<result<void>> open(folder next);
  net::task<result<bool>> fill(std::vector<storage::entry>& batch);
  void remember(const std::string& name);
  void sort(std::vector<storage::entry>& batch) const;
  void append(std::string& chunk, const storage::entry& each);
  bool option(char letter) const { return options_.find(letter) != std::string::npos; }
  bool wanted(const storage::entry& each);

  net::loop& on_;
  storage::storage& files_;
  const state& who_;
  std::string options_;
  std::string pattern_;
  listing_form form_;
  const limits& bounds_;
  time_point until_;
  file_time written_at_;
  folder current_;
  std::vector<folder> pending_;  // folders still to be listed, the next one last
  std::size_t pending_bytes_ = 0;
  std::unique_ptr<storage::listing> open_;
  std::size_t listed_ = 0;
  std::size_t pattern_steps_;
  const bool bounded_;  // recursive or by a pattern: one folder is listed to its end
  bool begun_ = false;
  bool first_batch_ = true;
  bool single_ = false;    // the one entry stands for itself
  bool cut_ = false;       // it ends here
  bool too_deep_ = false;  // folders were left out
};

}  // namespace ferry::server
