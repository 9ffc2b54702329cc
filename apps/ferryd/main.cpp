#include "ferryd/command_line.hpp"

int main(int count, char** words) { return ferry::ferryd::command_line(count, words); }
