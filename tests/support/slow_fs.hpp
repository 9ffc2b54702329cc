// A mounted file system that can be told to stop answering, as a network drive does when its server is gone.
// It shows a fresh folder; it knows no O_TMPFILE; it is served by threads of this process through FUSE.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

struct fuse;

namespace ferry::support {

class slow_fs {
 public:
  // Nullptr where FUSE may not be used. Say so loudly and skip the test.
  static std::unique_ptr<slow_fs> mount();
  ~slow_fs();  // whoever still waits gets an error
  slow_fs(const slow_fs&) = delete;
  slow_fs& operator=(const slow_fs&) = delete;

  std::string path() const { return base_ + "/mount"; }   // what may hang
  std::string files() const { return base_ + "/files"; }  // the same files, which never do

  void hang();                    // from now on no operation returns
  void answer();                  // those that wait, and all later ones
  void await_waiting(int count);  // until so many operations wait

  int folder() const { return folder_; }  // of files(), for the operations
  void operation();                       // waits its turn

 private:
  slow_fs() = default;

  std::string base_;
  int folder_ = -1;
  fuse* fuse_ = nullptr;
  std::thread serving_;
  std::mutex lock_;
  std::condition_variable changed_;
  bool hanging_ = false;
  int waiting_ = 0;
};

}  // namespace ferry::support
