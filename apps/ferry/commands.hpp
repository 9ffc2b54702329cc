// The commands of ferry, one file each.
#pragma once

#include "ferry/table.hpp"

namespace ferry::cli {

extern const command_row get_command;
extern const command_row put_command;
extern const command_row copy_command;
extern const command_row ls_command;
extern const command_row ll_command;
extern const command_row cat_command;
extern const command_row rm_command;
extern const command_row mv_command;
extern const command_row mkdir_command;
extern const command_row rmdir_command;
extern const command_row stat_command;
extern const command_row hash_command;
extern const command_row du_command;
extern const command_row find_command;
extern const command_row mirror_command;
extern const command_row quote_command;
extern const command_row doctor_command;
extern const command_row shell_command;
extern const command_row open_command;
extern const command_row bookmark_command;
extern const command_row completion_command;
extern const command_row help_command;

}  // namespace ferry::cli
