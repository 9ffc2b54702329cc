#include "storage/errors.hpp"

#include <fmt/format.h>

#include <cerrno>

namespace ferry::storage {
namespace {

std::string_view id_of(int code) {
  switch (code) {
    case ENOENT:
    case ELOOP: return "storage.not_found";
    case EACCES:
    case EPERM:
    case ENXIO: return "storage.denied";
    case EEXIST: return "storage.exists";
    case ENOTDIR: return "storage.not_directory";
    case EISDIR: return "storage.is_directory";
    case ENOTEMPTY: return "storage.not_empty";
    case ENOSPC:
    case EFBIG: return "storage.full";
    case EDQUOT: return "storage.quota";
    case ENAMETOOLONG:
    case EILSEQ:
    case EINVAL: return "storage.name";
    case EBUSY:
    case EAGAIN:
    case ETXTBSY: return "storage.busy";
    case EROFS: return "storage.read_only";
    case EXDEV:
    case EOPNOTSUPP:
    case ENOSYS:
    case EMLINK: return "storage.unsupported";
    default: return "storage.failed";
  }
}

}  // namespace

std::unexpected<error> failure(int code) {
  switch (code) {
    // The kernel's words for these would mislead.
    case ELOOP: return fail(id_of(code), "The link cannot be followed", {}, std::errc{code});
    case EINVAL: return fail(id_of(code), "Not possible with this name", {}, std::errc{code});
    case EXDEV: return fail(id_of(code), "The two names are on different file systems", {}, std::errc{code});
    case ENXIO: return not_a_file();
    case ENOSPC: return fail_errno(id_of(code), code, "make room or choose another folder");
    case EDQUOT: return fail_errno(id_of(code), code, "make room");
    default: return fail_errno(id_of(code), code);
  }
}

std::unexpected<error> walk_failure(int code) {
  if (code != EXDEV) return failure(code);
  return fail("storage.escape", "A link leads out of the served folder", "Use a relative link that stays inside",
              std::errc::cross_device_link);
}

std::unexpected<error> not_a_file() { return fail("storage.denied", "Not a regular file"); }

std::unexpected<error> reserved_name() {
  return fail("storage.name", "Names of this form are kept for unfinished uploads");
}

std::unexpected<error> the_root() { return fail("storage.denied", "That is the root itself, which stays"); }

std::unexpected<error> behind_the_end(std::uint64_t size) {
  return fail("storage.offset", fmt::format("The file has only {} bytes", size), "Restart at its size");
}

result<void> checked(long returned) {
  if (returned < 0) return failure(errno);
  return {};
}

}  // namespace ferry::storage
