#include "client/settings.hpp"

#include "client/observer.hpp"

namespace ferry::client {

void timeouts::all(std::chrono::milliseconds each) {
  resolve = connect = greeting = reply = data_reply = data_open = data_try = final_reply = poke = each;
  stalled = std::chrono::ceil<std::chrono::seconds>(each);
}

std::string_view name_of(rung way) {
  switch (way) {
    case rung::epsv: return "EPSV";
    case rung::pasv: return "PASV";
    case rung::eprt: return "EPRT";
    case rung::port: return "PORT";
  }
  return {};
}

std::string_view name_of(proof how) {
  switch (how) {
    case proof::none: return "none";
    case proof::size: return "size";
    case proof::digest: return "digest";
  }
  return {};
}

}  // namespace ferry::client
