// A folder for a ferryd that runs, and its configuration.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace ferry::ferryd {

class run_test : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(::mkdtemp(folder_));
    std::filesystem::create_directory(served());
    for (const auto& each : {std::string(folder_), served()}) ::chmod(each.c_str(), 0755);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string served() const { return std::string(folder_) + "/served"; }

  // Everybody reads served(), on a port that is free. `more`: further lines of the configuration, tables last;
  // `of_everybody`: of the table [anonymous].
  std::vector<std::string> configured(const std::string& more = "", const std::string& of_everybody = "") const {
    auto file = std::string(folder_) + "/ferryd.toml";
    std::ofstream(file) << "listen = [\"127.0.0.1:0\"]\n"
                        << more << "\n[anonymous]\nroot = \"" << served() << "\"\n"
                        << of_everybody;
    ::chmod(file.c_str(), 0644);
    return {"--config", file};
  }

  char folder_[32] = "/tmp/ferryd-XXXXXX";
};

// Of the last 127.0.0.1:PORT in it.
inline std::uint16_t port_in(const std::string& announcement) {
  auto at = announcement.rfind("127.0.0.1:");
  auto digits = at == std::string::npos ? "" : announcement.substr(at + 10);
  return static_cast<std::uint16_t>(std::stoi("0" + digits));
}

}  // namespace ferry::ferryd
