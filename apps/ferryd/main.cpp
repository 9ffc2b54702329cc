#include "ferryd/command_line.hpp"
#include "ferryd/exit_codes.hpp"
#include "shared/streams.hpp"

int main(int count, char** words) {
  ferry::shared::hold_standard_streams();
  const int code = ferry::ferryd::command_line(count, words);
  return ferry::shared::written("ferryd") || code != ferry::ferryd::success ? code : ferry::ferryd::failed;
}
