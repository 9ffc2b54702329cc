// What an administrator decides about a server, as plain values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.hpp"
#include "net/stream.hpp"
#include "net/tls.hpp"
#include "proto/charset.hpp"
#include "server/advertise.hpp"
#include "server/fxp.hpp"
#include "storage/storage.hpp"
#include "transfer/protect.hpp"

namespace ferry::server {

// Where control connections come in.
struct listener_settings {
  enum class header : std::uint8_t {
    by_address,  // a PROXY header from settings.proxies, none from others
    only,        // others than settings.proxies are turned away
    none         // from nobody, settings.proxies or not
  };

  net::endpoint at;
  int inherited = -1;     // a socket that listens there already and is not to be closed (socket activation); -1: none
  bool implicit = false;  // TLS is on from the first byte (990)
  header proxy = header::by_address;
  std::shared_ptr<const proto::charset> charset = nullptr;  // as settings.charset, for who comes in here
  std::string name{};                                       // by which a service manager hands its socket over

  friend bool operator==(const listener_settings&, const listener_settings&) = default;
};

struct tls_settings {
  enum class requirement : std::uint8_t { none, login, data, all };

  net::tls_server_options options;  // without an identity there is no TLS
  requirement require = requirement::none;
  transfer::resumption data_sessions = transfer::resumption::prefer;
  bool allow_ccc = true;         // the control connection may be cleared again, unless all is required
  bool bear_truncation = false;  // an upload may end without close_notify

  bool may_clear() const { return allow_ccc && require != requirement::all; }
  bool offered() const { return !options.identities.empty(); }
  bool for_login() const { return require == requirement::login || require == requirement::all; }
  bool for_data() const { return require == requirement::data || require == requirement::all; }
};

struct settings {
  std::vector<listener_settings> listen;          // at least one
  std::string banner = "ferryd ready";            // the text of the 220
  std::shared_ptr<const proto::charset> charset;  // of names, to clients that do not ask for UTF-8; null: UTF-8 to all
  std::uint16_t active_port = 0;                  // the local port of active data connections (20 by RFC 959); 0: any
  passive_settings passive;
  std::vector<net::address_range> proxies;  // load balancers, whose connections begin with a PROXY header
  tls_settings tls;
  std::vector<fxp_rule> fxp;  // none: data goes to the client and comes from it, whoever logs in
  storage::durability durability = storage::durability::data;
  std::uint16_t file_mode = 0644;  // of uploaded files
  unsigned threads = 0;            // event loops; 0: one a processor
  limits limit;

  bool offers_fxp_tls() const { return tls.offered() && !fxp.empty(); }  // CPSV, SSCN
};

}  // namespace ferry::server
