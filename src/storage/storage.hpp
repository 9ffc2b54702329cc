// Where files live. The one interface between the protocol and any store: local/ (a folder, through openat2) and
// memory/ implement it; wrappers may stand in between. storage_contract.hpp is the suite that each must pass.
//
// An object belongs to one session and one loop. No operation blocks the loop. Paths are canonical; a path never
// leads out of the root, whatever links lie below it: relative links that stay inside are followed (unless the store
// was opened to follow none), absolute ones never. Rights are checked by the caller. What a storage opened outlives it,
// but not the loop.
//
// Errors (ids): storage.not_found, storage.denied, storage.exists, storage.not_directory, storage.is_directory,
// storage.not_empty, storage.escape (a link that leads out of the root), storage.full, storage.quota, storage.name
// (too long or not possible here), storage.offset (behind the end of the file), storage.busy, storage.read_only,
// storage.unsupported, storage.failed. `cause` is fit to be shown to the client: it names no path outside the root.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/task.hpp"
#include "proto/tvfs_path.hpp"

namespace ferry::storage {

using net::task;
using path = proto::tvfs_path;

enum class kind : std::uint8_t { file, directory, link, other };

struct info {
  kind type = kind::file;
  std::uint16_t mode = 0;  // permission bits, 07777
  std::uint32_t links = 1;
  std::uint32_t owner = 0;  // numeric: a name service may block
  std::uint32_t group = 0;
  std::uint64_t size = 0;  // bytes
  file_time modified{};
  std::optional<file_time> created;
  std::uint64_t device = 0;  // with `inode`: one file, whatever its names (MLSx `unique`)
  std::uint64_t inode = 0;
};

struct entry {
  std::string name;    // one part, never "." or ".."
  info facts;          // of the link itself when type is link
  std::string target;  // of a link, as stored
};

// An open file, for reading.
class source {
 public:
  virtual ~source() = default;
  virtual const info& about() const = 0;  // as it was when opened
  // Up to `into.size()` bytes from `offset` (bytes from the start), perhaps fewer than there are; 0 at the end.
  virtual task<result<std::size_t>> read(std::uint64_t offset, std::span<char> into) = 0;
  // For sendfile; -1 where there is none. at_hand(): the bytes can be read at once, without waiting for a disk.
  virtual int descriptor() const noexcept { return -1; }
  virtual bool at_hand(std::uint64_t /*offset*/, std::size_t /*length*/) noexcept { return false; }
};

// A file being written. Destroyed without commit(), a new file leaves nothing behind under any name, and the file
// it was to replace is untouched; one written in place (append, at) keeps what was written.
class sink {
 public:
  virtual ~sink() = default;
  virtual task<result<void>> write(std::span<const char> from) = 0;  // all of it, behind what was written before
  // The time that commit() gives the file, when it is not to be that of writing. What is no file takes no notice.
  virtual void set_modified(file_time /*when*/) {}
  // Adds up to `length` bytes of `from`, those from `offset` on, or fewer; how many, 0 at its end. Where it can, the
  // store does it by itself, and lets both files share the blocks.
  virtual task<result<std::size_t>> copy(source& from, std::uint64_t offset, std::size_t length);
  // Publishes: durable as configured, then under the final name. After an error nothing was published.
  virtual task<result<void>> commit() = 0;
  // For splice: whoever writes to it itself does so at the file's own offset, on a worker. -1 where there is none, and
  // while bytes are held back: ask after each write().
  virtual int descriptor() const noexcept { return -1; }
};

// The entries of a folder, a batch at a time, in memory that does not depend on their number.
class listing {
 public:
  virtual ~listing() = default;
  // Replaces `batch`; false, and no entries, when there was nothing more. An entry that vanished meanwhile is left out.
  virtual task<result<bool>> next(std::vector<entry>& batch) = 0;
};

// A folder on its way out, with all that is in it: links are removed and never followed. Destroyed before its end, it
// leaves what it has not come to.
class removal {
 public:
  virtual ~removal() = default;
  // Removes some more; how many files, links and folders. 0: the folder itself is gone.
  virtual task<result<std::size_t>> next() = 0;
};

// Room on the disk that nobody else gets while it lives.
class reservation {
 public:
  virtual ~reservation() = default;
  virtual task<> give_back() = 0;  // at once; the end of the object may take its time
};

// What a listing is to tell of an entry.
enum class detail : std::uint8_t {
  names,  // `name` and `facts.type` only
  facts   // everything
};

enum class durability : std::uint8_t {
  none,  // the kernel writes it when it likes
  data,  // fdatasync before it is published
  full   // fsync, and the folder's after; should that one fail, the file is published and commit() tells of it
};

// A link at the end is followed, except by `exclusive`: what it leads to is written, replaced or made. A file that is
// replaced keeps its permission bits.
struct create_options {
  enum class how : std::uint8_t {
    replace,    // a new file takes the name when it is complete
    exclusive,  // the same, and storage.exists when the name is taken at that moment (STOU)
    append,     // to the file itself, made if it is not there (APPE)
    at,  // into the file itself from `offset`, which must not lie behind its end; what follows is cut off (REST + STOR)
    within  // the same, but `offset` may lie anywhere and what follows stays: several sinks fill one file
  };
  how how = how::replace;
  std::uint64_t offset = 0;
  durability durable = durability::none;
  std::uint16_t mode = 0644;  // of a new file, whatever the umask
  // Asked by commit() when all but the last is done, perhaps on a worker; by an error, which is then that of commit(),
  // nothing is published. Without it there is nothing to ask.
  std::function<result<void>()> last_word = {};
  // Bytes for which room is set aside before the first is written: storage.full or storage.quota where there is none.
  // A store that cannot do so ignores it. What is not written is given back.
  std::uint64_t reserve = 0;
  // Nothing is done, and no error found, before more is written than is held back, or before commit(): a small file
  // then costs one visit to the disk. Not for files written in place.
  bool late = false;
};

struct space {
  std::uint64_t free = 0;  // bytes that this user may still write
  std::uint64_t total = 0;
};

// What a link at `at` holds to lead to `to`: relative, so that it means the same wherever the root lies. "../b/f"
std::string relative_link(const path& at, const path& to);

class storage {
 public:
  virtual ~storage() = default;

  virtual task<result<info>> stat(path at) = 0;   // follows a link at the end
  virtual task<result<entry>> look(path at) = 0;  // does not
  // Of a folder (a link at the end is followed), or of the one file or link as an only entry.
  virtual task<result<std::unique_ptr<listing>>> list(path folder, detail what = detail::facts) = 0;
  virtual task<result<std::unique_ptr<source>>> open(path at) = 0;  // files only; never waits for a FIFO
  virtual task<result<std::unique_ptr<sink>>> create(path at, create_options options) = 0;

  virtual task<result<void>> make_directory(path at) = 0;
  virtual task<result<void>> remove_directory(path at) = 0;
  virtual task<result<void>> remove(path at) = 0;                               // a file or a link itself
  virtual task<result<std::unique_ptr<removal>>> remove_tree(path folder) = 0;  // nothing is removed yet
  // A link at `at` that leads to what is called `to`, be it there or not. storage.exists when the name is taken.
  virtual task<result<void>> make_link(path at, path to) = 0;
  virtual task<result<void>> rename(path from, path to) = 0;  // replaces a file, as rename(2)
  virtual task<result<void>> set_modified(path at, file_time when) = 0;
  virtual task<result<void>> set_mode(path at, std::uint16_t mode) = 0;
  virtual task<result<space>> available(path at) = 0;
  // Of `bytes`, where new files of `folder` would lie. storage.unsupported where no room can be set aside.
  virtual task<result<std::unique_ptr<reservation>>> reserve(path folder, std::uint64_t bytes) = 0;
};

}  // namespace ferry::storage
