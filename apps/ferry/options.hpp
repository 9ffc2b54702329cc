// What one command line says. Each member is filled by the row of the option table that names it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ferry::cli {

struct options {
  std::vector<std::string> operands;
  bool help = false;
  bool version = false;

  // Connection
  std::uint64_t timeout = 0;  // seconds; 0: each wait its own
  std::uint64_t retries = 5;
  std::string port_address;  // active mode: an address, an interface, "-"
  bool passive = false;
  bool epsv = true;
  bool eprt = true;
  bool skip_pasv_ip = true;
  std::string external_address;
  bool ipv4 = false;
  bool ipv6 = false;

  // TLS
  std::string tls = "auto";
  std::string authorities;
  std::string pin;
  bool verify_certificate = true;
  std::string certificate;
  std::string key;
  bool clear_commands = false;

  // Login
  std::string user;
  std::string account;
  std::string password_file;
  std::string netrc_file;
  bool netrc = true;

  // Output
  bool verbose = false;
  bool quiet = false;
  bool json = false;
  bool progress = true;
  std::string color = "auto";
  std::string trace;

  // Transfers
  std::string verify = "auto";
  std::string mode = "auto";
  std::string output;
  std::string output_folder;
  bool resume = false;
  bool append = false;
  bool text = false;
  std::uint64_t jobs = 0;  // 0: as the command sees fit
  bool recursive = false;
  bool parents = false;
  bool fallback = false;
  bool dry_run = false;

  // Doctor
  bool clear = false;
  std::uint64_t idle = 0;  // seconds
  std::string page;
  bool throughput = false;
  bool write = false;
  bool from_outside = false;
  std::string ports;    // expected
  std::string address;  // expected in a 227

  // Listings
  bool details = false;
  bool all = false;
  std::string name_pattern;
  std::string kind;
  bool summary = false;
  std::string algorithm;

  // Mirror
  std::vector<std::string> include;
  std::vector<std::string> exclude;
  bool remove = false;
  std::uint64_t max_delete = 100;
  bool newer = false;
  bool size_only = false;
  bool up = false;

  bool man = false;
};

}  // namespace ferry::cli
