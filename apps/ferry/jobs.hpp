// Commands that the shell runs beside itself. Each is a ferry of its own, which tells by its events how far it is.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.hpp"

namespace ferry::cli {

class jobs {
 public:
  jobs();
  ~jobs();  // ends at once what still runs

  // `shown` is what the user typed; `words` follow the program's name. Errors: job.start
  result<unsigned> start(std::string shown, std::vector<std::string> words, const std::string& password);

  // One line for each; those that have ended are told of once.
  std::vector<std::string> all();
  std::vector<std::string> ended();

  std::size_t running() const;
  bool stop(unsigned number);  // as Ctrl-C: in order, and what is needed to go on is kept
  // All of them, for some seconds at most, or until `impatient`; what then still runs is ended by the destructor.
  void stop_all(const std::function<bool()>& impatient);
  int worst() const { return worst_; }  // exit code of those that have ended

 private:
  struct job;
  static void signal(job& one, int which);
  std::string line_of(const job& one) const;
  std::vector<std::string> tell(bool running_too);

  std::list<std::unique_ptr<job>> jobs_;
  unsigned last_ = 0;
  int worst_ = 0;
};

}  // namespace ferry::cli
