// What is done to files of the server without moving them. Errors: those of session.hpp.
#pragma once

#include <optional>
#include <utility>

#include "client/listing.hpp"
#include "client/session.hpp"

namespace ferry::client {

net::task<result<void>> remove(session& s, std::string path);            // DELE
net::task<result<void>> remove_directory(session& s, std::string path);  // RMD
// The folder and all below it. Refused (remote.listing) when a line of a listing was not understood.
net::task<result<void>> remove_tree(session& s, std::string path);
net::task<result<void>> make_directory(session& s, std::string path);  // MKD
// And its parents, as far as they are missing; what is there already is right.
net::task<result<void>> make_directories(session& s, std::string path);
net::task<result<void>> rename(session& s, std::string from, std::string to);           // RNFR, RNTO
net::task<result<void>> change_mode(session& s, std::string path, std::uint16_t mode);  // SITE CHMOD
// MFMT, SITE UTIME in both its forms, MDTM with a time: whichever the server has.
net::task<result<void>> set_modified(session& s, std::string path, file_time when);
// What it will ask first: verb and argument; nothing when the server was found to have none of them.
std::optional<std::pair<std::string, std::string>> time_command(const session& s, std::string_view path,
                                                                file_time when);
// SIZE; nothing where the file is not there, or the server does not tell.
net::task<result<std::optional<std::uint64_t>>> size_of(session& s, std::string path);
net::task<result<std::string>> working_directory(session& s);  // PWD
net::task<result<std::string>> system_type(session& s);        // SYST

}  // namespace ferry::client
