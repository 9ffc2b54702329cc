#include "shared/nearest.hpp"

#include <gtest/gtest.h>

namespace ferry::shared {
namespace {

TEST(nearest, a_few_slips_of_the_finger) {
  const std::string_view known[] = {"listen", "limits", "log", "users", "login_delay", "login_delay_max"};
  const std::pair<std::string_view, std::string_view> table[] = {
      {"lisen", "listen"},
      {"listne", "listen"},
      {"listenn", "listen"},
      {"limit", "limits"},
      {"user", "users"},
      {"lgo", "log"},
      {"login-delay", "login_delay"},
      {"login_dealy_max", "login_delay_max"},
      {"password", ""},
      {"", ""},
      {"xyz", ""},
      {"listen", "listen"},
  };
  for (const auto& [typed, meant] : table) EXPECT_EQ(nearest(typed, known), meant) << typed;
  EXPECT_EQ(nearest(std::string(100'000, 'l'), known), "");
}

}  // namespace
}  // namespace ferry::shared
